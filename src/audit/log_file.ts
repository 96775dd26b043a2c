import { PartialWriteError, writeWhole } from "../base/stderr.ts";
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
  "Give each process a file of its own, and dispose of one handler before the next one opens the same file";

const MAX_OWNER = 32;

/** Reads the number of the process that wrote the file. */
function readOwner(file: Deno.FsFile): string {
  const bytes = new Uint8Array(MAX_OWNER);
  const count = file.readSync(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, count)).trim();
}

function describeOwner(owner: string): string {
  if (!/^\d+$/.test(owner)) return "another process";
  return owner === String(Deno.pid) ? "this process" : `process ${owner}`;
}

function writeOwner(file: Deno.FsFile): void {
  file.truncateSync(0);
  file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
}

/** Refuses a lock file that is no lock file: its text would be lost. */
function refuseForeign(file: Deno.FsFile, path: string): string {
  const { size, isFile } = file.statSync();
  const owner = size > MAX_OWNER ? "" : readOwner(file);
  if (isFile && (size === 0 || /^\d+$/.test(owner))) return owner;
  throw unavailable(
    "open",
    path,
    'the file beside it that ends in ".lock" is not the lock of a log',
    "Move that file away, or name another log",
  );
}

function openLock(path: string, log: string): Deno.FsFile {
  if (isLink(path)) refuseLink(path);
  const options = { create: true, read: true, write: true, mode: 0o600 };
  const file = Deno.openSync(path, options);
  try {
    const owner = refuseForeign(file, log);
    if (file.tryLockSync(true)) return file;
    throw unavailable(
      "open",
      log,
      `${describeOwner(owner)} already writes to it`,
      OWN_FILE,
    );
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Takes the lock of a log, in a file beside it.
 *
 * The system holds the lock for the process and gives it up with it, so that
 * the file of a process that was killed locks nobody out. The file stays: if
 * it were removed, two processes could each lock one of that name. It keeps
 * others out while a log is rotated; {@linkcode lockFile} does if it is removed.
 */
export function lockLog(path: string): Disposable {
  const file = openLock(`${path}.lock`, path);
  try {
    writeOwner(file);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Locks the file of a log itself, until it is closed: whoever comes by another
 * name of the file, or after its lock file was removed, meets this lock.
 */
export function lockFile(file: Deno.FsFile, path: string): void {
  // There, a lock keeps readers out as well.
  if (Deno.build.os === "windows" || file.tryLockSync(true)) return;
  throw unavailable(
    "open",
    path,
    "another handler already writes to it, by this name or another",
    OWN_FILE,
  );
}

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

  /** Opens a log's file, and makes it where there is none. */
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

  /** Whether some bytes more are too many for this file. */
  isFullFor(bytes: number): boolean {
    const rotate = this.#options.rotate;
    return rotate !== undefined && this.#regular && this.#size > 0 &&
      this.#size + bytes > rotate.maxBytes;
  }

  /** Begins a new file, and keeps the old one under another name. */
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

  /** Opens the file that is at the path now. */
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
