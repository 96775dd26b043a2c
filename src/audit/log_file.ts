/**
 * The file of a log: opened, appended to, rotated.
 *
 * @module
 */

import {
  type AuditRotation,
  removeSurplusFiles,
  rotatedPath,
  rotateFiles,
} from "./log_files.ts";
import { PartialWriteError, writeWhole } from "./output.ts";
import { directoryOf } from "./resolve_log_path.ts";
import { unavailable } from "./unavailable.ts";

/** How a log's file is kept. */
export interface LogFileOptions {
  /** Who may read and write it, in the system's numbers. */
  readonly mode: number;
  /** When it is rotated. */
  readonly rotate: AuditRotation | undefined;
  /** Whether the disk has each line before its call returns. */
  readonly fsync: boolean;
}

function open(path: string, mode: number): Deno.FsFile {
  return Deno.openSync(path, {
    append: true,
    create: true,
    read: true,
    mode,
  });
}

function syncDirectory(path: string): void {
  try {
    using directory = Deno.openSync(directoryOf(path));
    directory.syncSync();
  } catch {
    // Not every system can, and not every process may read the directory.
  }
}

/** A log's file, open for appending. */
export class LogFile {
  /** The path that all links lead to. */
  readonly path: string;
  readonly #options: LogFileOptions;
  #file: Deno.FsFile;
  #regular = true;
  #size = 0;
  #inode: number | null = null;

  /**
   * Opens a log's file, and makes it where there is none.
   *
   * @param path The real path.
   * @param options How it is kept.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when it is not a file.
   */
  constructor(path: string, options: LogFileOptions) {
    this.path = path;
    this.#options = options;
    this.#file = open(path, options.mode);
    try {
      this.#adopt();
    } catch (error) {
      this.#file.close();
      throw error;
    }
    if (options.fsync) syncDirectory(path);
  }

  /** The open file, to be read. */
  get file(): Deno.FsFile {
    return this.#file;
  }

  /** Whether it is a file and not a device, which holds nothing to be read. */
  get isRegular(): boolean {
    return this.#regular;
  }

  /** Whether nothing was written to it. */
  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** Every file that it reads or writes. */
  get files(): readonly string[] {
    const length = this.#options.rotate?.maxFiles ?? 1;
    return [
      ...Array.from({ length }, (_, index) => rotatedPath(this.path, index)),
    ];
  }

  /**
   * Whether some bytes more are too many for this file.
   *
   * @param bytes How many.
   * @returns Whether it is to be rotated first.
   */
  isFullFor(bytes: number): boolean {
    const rotate = this.#options.rotate;
    return rotate !== undefined && this.#regular && this.#size > 0 &&
      this.#size + bytes > rotate.maxBytes;
  }

  /**
   * Begins a new file, and keeps the old one under another name.
   *
   * @throws When that fails half way: either the old file is then at its path
   * again, or the new one is begun.
   */
  rotate(): void {
    const maxFiles = this.#options.rotate?.maxFiles ?? 2;
    const rotated = this.#file;
    rotateFiles(this.path, maxFiles);
    try {
      this.#replace();
    } catch (error) {
      if (this.#file === rotated) this.#putBack();
      throw error;
    }
    removeSurplusFiles(this.path, maxFiles);
  }

  /**
   * Writes bytes in one call, or not at all: what a full disk took of them is
   * cut off again.
   *
   * @param bytes What to append.
   * @throws {PartialWriteError} when it could not be written; `written` is then 0
   * unless what was written could not be cut off.
   */
  append(bytes: Uint8Array): void {
    try {
      writeWhole(this.#file, bytes, 0);
    } catch (error) {
      throw error instanceof PartialWriteError && this.#cutOff(error.written)
        ? new PartialWriteError(0, error.cause)
        : error;
    }
    this.#size += bytes.length;
  }

  /** Has the disk take what was written, where that was asked for. */
  sync(): void {
    if (this.#options.fsync && this.#regular) this.#file.syncDataSync();
  }

  /**
   * Looks whether the file is still the one at its path, and opens the one
   * that is there now where it is not.
   *
   * @returns Whether it was another one.
   */
  reopenIfReplaced(): boolean {
    if (!this.#regular) return false;
    try {
      const { ino, size } = Deno.statSync(this.path);
      if (ino === this.#inode) {
        this.#size = size;
        return false;
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    this.#replace();
    return true;
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }

  #putBack(): void {
    try {
      Deno.renameSync(rotatedPath(this.path, 1), this.path);
    } catch {
      // Then it is found out later that no file is at the path.
    }
  }

  #replace(): void {
    // Opened before the old one is closed: where that fails, there is still one.
    const file = open(this.path, this.#options.mode);
    this.#file.close();
    this.#file = file;
    this.#adopt();
    if (this.#options.fsync) syncDirectory(this.path);
  }

  #adopt(): void {
    const stat = this.#file.statSync();
    this.#regular = stat.isFile;
    this.#size = stat.size;
    this.#inode = stat.ino;
    if (!stat.isFile && !stat.isCharDevice) {
      throw unavailable(
        "open",
        this.path,
        "it is neither a file nor a character device",
        "Name a file",
      );
    }
    const mode = this.#options.mode;
    if (stat.isFile && stat.mode !== null && (stat.mode & 0o777) !== mode) {
      Deno.chmodSync(this.path, mode);
    }
  }

  #cutOff(written: number): boolean {
    if (written === 0) return true;
    if (!this.#regular) return false;
    try {
      // Asked and not counted: somebody may have emptied the file meanwhile.
      this.#file.truncateSync(
        Math.max(0, this.#file.statSync().size - written),
      );
      return true;
    } catch {
      this.#size += written;
      return false;
    }
  }
}
