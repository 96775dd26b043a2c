/**
 * One writer for a log.
 *
 * @module
 */

import { unavailable } from "./unavailable.ts";

function readOwner(file: Deno.FsFile): string {
  const bytes = new Uint8Array(32);
  const count = file.readSync(bytes) ?? 0;
  const owner = new TextDecoder().decode(bytes.subarray(0, count)).trim();
  if (!/^\d+$/.test(owner)) return "another process";
  return owner === String(Deno.pid) ? "this process" : `process ${owner}`;
}

function writeOwner(file: Deno.FsFile): void {
  file.truncateSync(0);
  file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
}

/**
 * Takes the lock of a log, in a file beside it.
 *
 * The system holds the lock for the process and gives it up with it, so that
 * the file of a process that was killed locks nobody out. The file stays: if
 * it were removed, two processes could each lock one of that name.
 *
 * @param path The path of the log.
 * @returns What gives the lock up.
 * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when somebody else has it.
 */
export function lockLog(path: string): Disposable {
  const file = Deno.openSync(`${path}.lock`, {
    create: true,
    read: true,
    write: true,
    mode: 0o600,
  });
  try {
    if (!file.tryLockSync(true)) {
      throw unavailable(
        "open",
        path,
        `${readOwner(file)} already writes to it`,
        "Give each process a file of its own, and dispose of one handler before the next one opens the same file",
      );
    }
    writeOwner(file);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
