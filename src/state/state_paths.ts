/**
 * Where a state file and what belongs to it are, and what it asks of the world,
 * handed in.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import { quote } from "../base/text.ts";

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
export interface StateSystem {
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
export const denoStateSystem: StateSystem = {
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

/** Every path that a state file touches. */
export interface StatePaths {
  /** The path as it was given: a file or a link to it. */
  readonly path: string;
  /** The file itself. */
  readonly target: string;
  /** What writers lock. It stays: who removes it divides the writers. */
  readonly lock: string;
  /** Where the next content is written before it takes the file's place. */
  readonly temporary: string;
}

const WINDOWS_ROOT_REGEXP =
  /^(?:[A-Za-z]:|\\\\[^\\/]+[\\/]+[^\\/]+)(?=[\\/]|$)/;

function refuse(path: string, what: string): PluginError {
  return new PluginError(`Cannot use state file ${quote(path)}: ${what}`, {
    code: "PLUGIN_OPTION_INVALID",
    remedy: 'Give the path of a file, e.g. "./plugin_state.json"',
  });
}

function fromUrl(url: URL, windows: boolean): string {
  if (url.protocol !== "file:" || (url.host !== "" && !windows)) {
    throw refuse(url.href, "the URL is not one of a file on this machine");
  }
  let path: string;
  try {
    path = decodeURIComponent(url.pathname);
  } catch {
    throw refuse(url.href, "the URL is not one of a file on this machine");
  }
  if (!windows) return path;
  return url.host === "" ? path.slice(1) : `//${url.host}${path}`;
}

/**
 * Makes a path absolute and free of `.` and `..`, as Deno's flags name it.
 *
 * @param path A path, or a `file:` URL.
 * @param cwd Gives what relative paths are relative to, if need be.
 * @param windows Whether to read it as Windows does.
 * @returns The path.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when it cannot be one of a file.
 */
export function toStatePath(
  path: string | URL,
  cwd: () => string,
  windows: boolean,
): string {
  const text = path instanceof URL ? fromUrl(path, windows) : path;
  const separator = windows ? "\\" : "/";
  const last = windows ? text.replaceAll("/", "\\") : text;
  if (last === "" || text.includes("\0") || last.endsWith(separator)) {
    throw refuse(text, "it does not name a file");
  }
  const isAbsolute = windows
    ? WINDOWS_ROOT_REGEXP.test(last)
    : last.startsWith("/");
  const whole = isAbsolute ? last : `${cwd()}${separator}${last}`;
  const root = windows ? WINDOWS_ROOT_REGEXP.exec(whole)?.[0] ?? "" : "";
  const names: string[] = [];
  for (const name of whole.slice(root.length).split(separator)) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  if (names.length === 0 || /(?:^|[\\/])\.{1,2}$/.test(last)) {
    throw refuse(text, "it does not name a file");
  }
  return `${root}${separator}${names.join(separator)}`;
}

/**
 * Names the paths of a state file.
 *
 * @param path The path as it was given.
 * @param target The file that it leads to.
 * @returns The paths.
 */
export function toStatePaths(path: string, target: string): StatePaths {
  return Object.freeze({
    path,
    target,
    lock: `${target}.lock`,
    temporary: `${target}.tmp`,
  });
}

/**
 * The folder of a file.
 *
 * @param path An absolute path.
 * @returns The folder.
 */
export function folderOf(path: string): string {
  // A backslash is a letter like any other outside of Windows.
  const end = path.lastIndexOf(path.startsWith("/") ? "/" : "\\");
  return end === 0 ? "/" : path.slice(0, end);
}

async function isLink(path: string, system: StateSystem): Promise<boolean> {
  try {
    return (await system.lstat(path)).isSymlink;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

/**
 * Follows a link: renaming onto it would replace the link, and the writers
 * that come by another link would lock another file.
 *
 * @param path The path as it was given.
 * @param system The file system.
 * @returns The paths of the file that it leads to.
 * @throws What the file system threw: `NotFound` for a link that leads nowhere.
 */
export async function locateStateFile(
  path: string,
  system: StateSystem,
): Promise<StatePaths> {
  const target = await isLink(path, system)
    ? await system.realPath(path)
    : path;
  return toStatePaths(path, target);
}
