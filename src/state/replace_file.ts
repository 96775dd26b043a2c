/** Replaces a file: at any moment it is the old one or the new one, whole. */

import { resolvePath } from "../base/path.ts";
import type { StateFileHandle, StateSystem } from "./state_system.ts";

/** A file, and where its next content is written first. */
export interface ReplacedPaths {
  /** The file itself, and no link to it. */
  readonly target: string;
  /** The next content, in the same directory. */
  readonly temporary: string;
}

async function writeBytes(
  file: StateFileHandle,
  bytes: Uint8Array,
): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const count = await file.write(bytes.subarray(written));
    if (count === 0) throw new Deno.errors.WriteZero("Nothing was written");
    written += count;
  }
  // Without it, a power cut after the rename can leave an empty file.
  await file.sync();
}

async function removeIfThere(path: string, system: StateSystem): Promise<void> {
  try {
    await system.remove(path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

// Until the directory is on the disk, a power cut may bring the old file
// back, whole. Opening it needs `read` for all of it, which is too much to
// demand; and not every file system can do it.
async function syncDirectory(
  directory: string,
  system: StateSystem,
): Promise<void> {
  if (await system.permission("read", directory) !== "granted") return;
  const file = await system.open(directory, { read: true });
  try {
    await file.sync();
  } finally {
    file.close();
  }
}

/**
 * Replaces a file atomically. Keep other writers away meanwhile.
 *
 * @param mode The permissions of the new file, e.g. `0o600`.
 * @throws the error of the file system; the file is then as it was.
 */
export async function replaceFile(
  { target, temporary }: ReplacedPaths,
  bytes: Uint8Array,
  mode: number,
  system: StateSystem,
): Promise<void> {
  // A writer that was killed leaves its temporary file behind.
  await removeIfThere(temporary, system);
  try {
    // Made anew, never opened: a file or link that somebody else put there
    // must not be written through, nor its mode be kept.
    const file = await system.open(temporary, {
      write: true,
      createNew: true,
      mode,
    });
    try {
      await writeBytes(file, bytes);
    } finally {
      file.close();
    }
    await system.rename(temporary, target);
  } catch (thrown) {
    // The next writer removes it, if this one cannot.
    await removeIfThere(temporary, system).catch(() => {});
    throw thrown;
  }
  // The change is in force from here on: nothing may call it a failure.
  await syncDirectory(resolvePath("..", target), system).catch(() => {});
}
