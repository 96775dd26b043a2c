/**
 * What a state file asks of the world, handed in.
 *
 * @module
 */

/** An open file. */
export interface StateFile {
  /** Fills a part of the buffer; `null` at the end of the file. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** Writes a part of the bytes, and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Brings what was written to the disk. */
  sync(): Promise<void>;
  /** Takes the lock of the file, or says at once that it is taken. */
  tryLock(exclusive: boolean): Promise<boolean>;
  /** Gives the lock back. */
  unlock(): Promise<void>;
  /** Closes the file. */
  close(): void;
}

/** What is known of a file without opening it. */
export interface StateFileInfo {
  /** Whether it is a regular file. */
  readonly isFile: boolean;
  /** Whether it is a symbolic link. */
  readonly isSymlink: boolean;
  /** Its length in bytes. */
  readonly size: number;
}

/** The file system and the permissions, as far as a state file needs them. */
export interface StatePowers {
  /** Whether a permission is granted. Asks nobody. */
  permission(
    kind: "read" | "write",
    path: string,
  ): Promise<Deno.PermissionState>;
  /**
   * Whether using what is neither granted nor denied could ask a person. Where
   * it could not, it is tried: a permission broker answers no queries, and
   * grants all the same.
   */
  canPrompt(): boolean;
  /** What is known of a file, symbolic links not followed. */
  lstat(path: string): Promise<StateFileInfo>;
  /** What is known of a file, symbolic links followed. */
  stat(path: string): Promise<StateFileInfo>;
  /** The path with its symbolic links resolved. */
  realPath(path: string): Promise<string>;
  /** Opens a file. */
  open(path: string, options: Deno.OpenOptions): Promise<StateFile>;
  /** Puts a file in the place of another, at once. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. */
  remove(path: string): Promise<void>;
}

/** The real ones. */
export const denoStatePowers: StatePowers = {
  async permission(name, path) {
    return (await Deno.permissions.query({ name, path })).state;
  },
  // Deno asks on standard error, and only where somebody can answer.
  canPrompt: () => Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
  lstat: (path) => Deno.lstat(path),
  stat: (path) => Deno.stat(path),
  realPath: (path) => Deno.realPath(path),
  open: (path, options) => Deno.open(path, options),
  rename: (from, to) => Deno.rename(from, to),
  remove: (path) => Deno.remove(path),
};
