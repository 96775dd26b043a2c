/** The file of a log that is written: opened safely, locked, appended to, rotated. */

import { PartialWriteError, writeAll } from "../base/text.ts";
import {
  type AuditRotation,
  directoryOf,
  exists,
  isLink,
  isRotatedTo,
  refuseLink,
  removeSurplusFiles,
  rotatedPath,
  rotateFiles,
  unavailable,
} from "./log_paths.ts";

const OWN_FILE =
  "Give each process its own file, and dispose a handler before another one opens the same file";

const MAX_OWNER = 32;

function readOwner(file: Deno.FsFile): string {
  const bytes = new Uint8Array(MAX_OWNER);
  const count = file.readSync(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, count)).trim();
}

function describeOwner(owner: string): string {
  if (!/^\d+$/.test(owner)) return "another process";
  return owner === String(Deno.pid) ? "this process" : `process ${owner}`;
}

/** Refuses any other file in the place of the lock: its text would be lost. */
function refuseForeign(file: Deno.FsFile, path: string): string {
  const { size, isFile } = file.statSync();
  const owner = size > MAX_OWNER ? "" : readOwner(file);
  if (isFile && (size === 0 || /^\d+$/.test(owner))) return owner;
  throw unavailable(
    "open",
    path,
    'the ".lock" file beside it is not the lock of a log',
    "Move that file away, or name another log",
  );
}

/**
 * Unlocks a file and closes it. Closing alone leaves the lock to a program that
 * was started in this moment, and holds the file until it runs.
 */
function release(file: Deno.FsFile): void {
  try {
    file.unlockSync();
  } catch {
    // A device has no lock.
  }
  file.close();
}

/**
 * Locks a log through a file beside it, also while it is rotated.
 *
 * The system releases the lock when the process ends, even if it is killed. The
 * lock file stays: if it were removed, two processes could each lock one.
 */
export function lockLog(path: string): Disposable {
  const lockPath = `${path}.lock`;
  if (isLink(lockPath)) refuseLink(lockPath);
  const options = { create: true, read: true, write: true, mode: 0o600 };
  const file = Deno.openSync(lockPath, options);
  try {
    const owner = refuseForeign(file, path);
    if (!file.tryLockSync(true)) {
      const problem = `${describeOwner(owner)} already writes to it`;
      throw unavailable("open", path, problem, OWN_FILE);
    }
    file.truncateSync(0);
    file.seekSync(0, Deno.SeekMode.Start);
    file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
    return { [Symbol.dispose]: () => release(file) };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Locks the log itself: another name, or a removed lock file, does not help. */
function lockFile(file: Deno.FsFile, path: string): void {
  // A lock on Windows keeps readers out as well.
  if (Deno.build.os === "windows" || file.tryLockSync(true)) return;
  throw unavailable(
    "open",
    path,
    "another handler already writes to it, by this name or another",
    OWN_FILE,
  );
}

/** Options of {@linkcode LogFile}. */
export interface LogFileOptions {
  /** The mode of the file, such as `0o600`. */
  readonly mode: number;
  readonly rotate: AuditRotation | undefined;
  readonly fsync: boolean;
}

/** The change of a log's file since the last look. */
type FileChange =
  | "none"
  /** It is shorter than what was written. */
  | "cut"
  /** Another program rotated it, as a handler does. */
  | "rotated"
  /** Its path is empty, or has another file. */
  | "gone"
  | "unknown";

/** Accepts an open file as the log, or throws. */
export type Accept = (file: Deno.FsFile, path: string) => void;

/** Refuses anything but a regular file or a device, and locks a file. */
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
  // Checked after opening: nobody can put a link there in between.
  const named = Deno.lstatSync(path);
  if (named.isSymlink) refuseLink(path);
  if (named.ino !== info.ino) {
    throw unavailable(
      "open",
      path,
      "another program replaced it while it was opened",
      "Let no other program replace the file, and try again",
    );
  }
  lockFile(file, path);
  if (info.nlink !== null && info.nlink > 1) {
    throw unavailable(
      "open",
      path,
      "the file has a second name (a hard link), by which others can write to it",
      "Remove that name, or name another file",
    );
  }
  return info;
}

function syncDirectory(path: string): void {
  try {
    using directory = Deno.openSync(directoryOf(path));
    directory.syncSync();
  } catch {
    // Not every system supports it, and not every process may read the directory.
  }
}

/** The file of a log, open for appending. */
export class LogFile {
  readonly path: string;
  readonly #options: LogFileOptions;
  #file: Deno.FsFile;
  #regular = true;
  #size = 0;
  #inode: number | null = null;

  constructor(path: string, options: LogFileOptions, accept: Accept) {
    this.path = path;
    this.#options = options;
    this.#file = this.#open(accept);
  }

  get file(): Deno.FsFile {
    return this.#file;
  }

  /** Returns `false` for a device, which cannot be read back. */
  get isRegular(): boolean {
    return this.#regular;
  }

  get files(): readonly string[] {
    const length = this.#options.rotate?.maxFiles ?? 1;
    return Array.from({ length }, (_, index) => rotatedPath(this.path, index));
  }

  /** Returns `true` if the file must be rotated before so many bytes. */
  isFullFor(bytes: number): boolean {
    const rotate = this.#options.rotate;
    return rotate !== undefined && this.#regular && this.#size > 0 &&
      this.#size + bytes > rotate.maxBytes;
  }

  /** Begins a new file; if that fails, the old one is at its path again. */
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

  /** Writes bytes in one call; what a full disk took of them is cut off again. */
  append(bytes: Uint8Array): void {
    try {
      writeAll(this.#file, bytes, 0);
    } catch (error) {
      throw error instanceof PartialWriteError && this.#cutOff(error.written)
        ? new PartialWriteError(0, error.cause)
        : error;
    }
    this.#size += bytes.length;
  }

  /** Flushes the file to disk, if the option `fsync` says so. */
  sync(): void {
    if (this.#options.fsync && this.#regular) this.#file.syncDataSync();
  }

  /** Checks that the file is still at its path, with all that was written. */
  look(): FileChange {
    if (!this.#regular) return "none";
    try {
      // Not followed: a link in its place may lead to it.
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

  /** Opens the file that is at the path now; if that fails, keeps the old one. */
  reopen(accept: Accept): void {
    const before = this.#file;
    this.#file = this.#open(accept);
    release(before);
  }

  close(): void {
    release(this.#file);
  }

  #putBack(): void {
    try {
      // Another program may have created a file there meanwhile.
      if (exists(this.path)) return;
      Deno.renameSync(rotatedPath(this.path, 1), this.path);
    } catch {
      // The next look finds that no file is at the path.
    }
  }

  #open(accept: Accept): Deno.FsFile {
    const { mode, fsync } = this.#options;
    // Opening a broken link would create its target.
    if (isLink(this.path)) refuseLink(this.path);
    const file = Deno.openSync(this.path, {
      append: true,
      create: true,
      read: true,
      mode,
    });
    try {
      const info = secure(file, this.path);
      if (info.isFile) accept(file, this.path);
      // Last: a file that is refused stays as it is.
      if (info.isFile && info.mode !== null && (info.mode & 0o777) !== mode) {
        Deno.chmodSync(this.path, mode);
      }
      this.#regular = info.isFile;
      this.#size = info.size;
      this.#inode = info.ino;
    } catch (error) {
      release(file);
      throw error;
    }
    if (fsync) syncDirectory(this.path);
    return file;
  }

  #cutOff(written: number): boolean {
    if (written === 0) return true;
    if (!this.#regular) return false;
    try {
      // Not counted: another program may have truncated the file meanwhile.
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
