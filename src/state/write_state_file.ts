/**
 * Writing a state file so that it is the old one or the new one at any moment.
 *
 * @module
 */

import { folderOf, type StatePaths } from "./state_paths.ts";
import type { StatePowers } from "./state_powers.ts";

async function removeIfThere(path: string, powers: StatePowers): Promise<void> {
  try {
    await powers.remove(path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

async function writeTemporary(
  path: string,
  bytes: Uint8Array,
  powers: StatePowers,
): Promise<void> {
  // Made anew, never opened: a file or link that somebody else put there
  // must not be written through, and its mode not be kept.
  const file = await powers.open(path, {
    write: true,
    createNew: true,
    mode: 0o600,
  });
  try {
    let written = 0;
    while (written < bytes.length) {
      const count = await file.write(bytes.subarray(written));
      if (count === 0) throw new Deno.errors.WriteZero("Nothing was written");
      written += count;
    }
    // Without it, a power cut after the rename can leave an empty file.
    await file.sync();
  } finally {
    file.close();
  }
}

// The name is in the folder: until the folder is on the disk, a power cut may
// bring the old file back, whole. Opening a folder needs `read` for all of it,
// which is too much to demand; and not every file system can do it.
async function syncFolder(folder: string, powers: StatePowers): Promise<void> {
  if (await powers.permission("read", folder) !== "granted") return;
  const file = await powers.open(folder, { read: true });
  try {
    await file.sync();
  } finally {
    file.close();
  }
}

/**
 * Puts a new content in the place of the old one. The caller holds the lock.
 *
 * @param paths The paths of the state file.
 * @param bytes The content.
 * @param powers The file system.
 * @throws What the file system threw; the file is then the old one.
 */
export async function writeStateFile(
  paths: StatePaths,
  bytes: Uint8Array,
  powers: StatePowers,
): Promise<void> {
  const { target, temporary } = paths;
  // A writer that was killed leaves its temporary file behind.
  await removeIfThere(temporary, powers);
  try {
    await writeTemporary(temporary, bytes, powers);
    await powers.rename(temporary, target);
  } catch (thrown) {
    // The next writer removes it, if this one cannot.
    await removeIfThere(temporary, powers).catch(() => {});
    throw thrown;
  }
  // The change is in force from here on: nothing may call it a failure.
  await syncFolder(folderOf(target), powers).catch(() => {});
}
