/**
 * One writer for a log.
 *
 * @module
 */

import { isLink, refuseLink } from "./resolve_log_path.ts";
import { unavailable } from "./unavailable.ts";

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
 *
 * @param path The path of the log.
 * @returns The lock, to be disposed.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when somebody else has it.
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
 *
 * @param file The open file.
 * @param path Its path.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when somebody else has it.
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
