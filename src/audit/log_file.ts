/**
 * The file of a log: opened, appended to, rotated.
 *
 * @module
 */

import {
  type AuditRotation,
  exists,
  isRotatedTo,
  removeSurplusFiles,
  rotatedPath,
  rotateFiles,
} from "./log_files.ts";
import { lockFile } from "./file_lock.ts";
import { PartialWriteError, writeWhole } from "../base/stderr.ts";
import { directoryOf, isLink, refuseLink } from "./resolve_log_path.ts";
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

/** The state of a log's file since it was opened. */
export type FileChange =
  | "none"
  /** It is shorter than what was written. */
  | "cut"
  /** Another program rotated it, as a handler does. */
  | "rotated"
  /** Nothing is at its path, or something else. */
  | "gone"
  /** The system does not say. */
  | "unknown";

/** Takes an open file for the log, or throws. */
export type Accept = (file: Deno.FsFile, path: string) => void;

function refuseLinked(path: string, { nlink }: Deno.FileInfo): void {
  if (nlink === null || nlink <= 1) return;
  throw unavailable(
    "open",
    path,
    "the file has another name as well (a hard link), by which somebody else can write to it",
    "Remove the other name, or name another file",
  );
}

/** Refuses what an open file must not be, and locks it. */
function secure(file: Deno.FsFile, path: string): Deno.FileInfo {
  const info = file.statSync();
  if (!info.isFile && !info.isCharDevice) {
    throw unavailable(
      "open",
      path,
      "it is neither a file nor a character device",
      "Name a file",
    );
  }
  if (!info.isFile) return info;
  // Asked after the opening: nobody can put a link there in between.
  const named = Deno.lstatSync(path);
  if (named.isSymlink) refuseLink(path);
  if (named.ino !== info.ino) {
    throw unavailable(
      "open",
      path,
      "somebody replaced it while it was opened",
      "Let no other program replace the file, and try again",
    );
  }
  lockFile(file, path);
  refuseLinked(path, info);
  return info;
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
   * @param accept Takes the file for the log, or throws.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when it is no file that can be the log.
   */
  constructor(path: string, options: LogFileOptions, accept: Accept) {
    this.path = path;
    this.#options = options;
    this.#file = this.#open(accept);
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
   * @param accept Takes the new file for the log, or throws.
   * @throws When that fails half way: either the old file is then at its path
   * again, or the new one is begun.
   */
  rotate(accept: Accept): void {
    const maxFiles = this.#options.rotate?.maxFiles ?? 2;
    const rotated = this.#file;
    rotateFiles(this.path, maxFiles);
    try {
      this.reopen(accept);
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
   * Looks whether the file is still the one at its path, with all that was written.
   *
   * @returns The state of the file.
   */
  look(): FileChange {
    if (!this.#regular) return "none";
    try {
      // Not followed: a link in its place would lead to it as well.
      const { ino, size, isSymlink } = Deno.lstatSync(this.path);
      if (ino === this.#inode && !isSymlink) {
        const isCut = size < this.#size;
        this.#size = size;
        return isCut ? "cut" : "none";
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) return "unknown";
    }
    return isRotatedTo(this.path, this.#inode) ? "rotated" : "gone";
  }

  /**
   * Opens the file that is at the path now.
   *
   * @param accept Takes the file for the log, or throws.
   * @throws When it cannot be opened: the file that was open before still is.
   */
  reopen(accept: Accept): void {
    const before = this.#file;
    this.#file = this.#open(accept);
    before.close();
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }

  #putBack(): void {
    try {
      // Somebody else may have begun a file there meanwhile.
      if (exists(this.path)) return;
      Deno.renameSync(rotatedPath(this.path, 1), this.path);
    } catch {
      // Then it is found out later that no file is at the path.
    }
  }

  #open(accept: Accept): Deno.FsFile {
    const { mode, fsync } = this.#options;
    // Opening a link that leads nowhere would make a file there.
    if (isLink(this.path)) refuseLink(this.path);
    const file = open(this.path, mode);
    try {
      const info = secure(file, this.path);
      if (info.isFile) accept(file, this.path);
      // Not before: a file that is refused stays as it is.
      if (info.isFile && info.mode !== null && (info.mode & 0o777) !== mode) {
        Deno.chmodSync(this.path, mode);
      }
      this.#regular = info.isFile;
      this.#size = info.size;
      this.#inode = info.ino;
    } catch (error) {
      file.close();
      throw error;
    }
    if (fsync) syncDirectory(this.path);
    return file;
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
