/**
 * A state file, read whole, and written so that it is the old one or the new
 * one at any moment.
 *
 * @module
 */

import { describeThrown, quote } from "../base/text.ts";
import {
  explainNotCapable,
  type FileFault,
  findPermissionFault,
} from "./state_faults.ts";
import {
  folderOf,
  type StatePaths,
  type StateSystem,
  toStatePaths,
} from "./state_paths.ts";
import type { StateSnapshot } from "./state_store.ts";
import { emptySnapshot, parseState } from "./state_text.ts";

/** What {@linkcode readStateFile} found. */
export type StateFileResult =
  | { readonly ok: true; readonly snapshot: StateSnapshot }
  | { readonly ok: false; readonly fault: FileFault };

/** The longest state file that configurations may fill. */
export const MAX_STATE_BYTES = 4 * 1024 * 1024;

/** The longest state file: disabling a plugin must fit in a full one, too. */
export const MAX_FILE_BYTES = 2 * MAX_STATE_BYTES;

const RESTORE = "Restore the file from a backup, or move it away to begin " +
  "with a state in which no plugin is disabled";

function fail(what: string, remedy: string = RESTORE): StateFileResult {
  return { ok: false, fault: { what, remedy } };
}

async function readBytes(
  path: string,
  system: StateSystem,
): Promise<Uint8Array> {
  const file = await system.open(path, { read: true });
  try {
    // One byte more than the limit: the file may grow while it is read.
    let buffer = new Uint8Array(64 * 1024);
    let length = 0;
    while (length <= MAX_FILE_BYTES) {
      if (length === buffer.length) {
        const larger = new Uint8Array(
          Math.min(buffer.length * 4, MAX_FILE_BYTES + 1),
        );
        larger.set(buffer);
        buffer = larger;
      }
      const count = await file.read(buffer.subarray(length));
      if (count === null) break;
      length += count;
    }
    return buffer.subarray(0, length);
  } finally {
    file.close();
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    // A byte order mark is kept, to be seen.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    return undefined;
  }
}

function understand(bytes: Uint8Array): StateFileResult {
  if (bytes.length > MAX_FILE_BYTES) {
    return fail(`it has more than ${MAX_STATE_BYTES} bytes`);
  }
  const text = decode(bytes);
  if (text === undefined) return fail("it is not UTF-8 text");
  const parsed = parseState(text);
  if (parsed.ok) return parsed;
  const { what, path, newer } = parsed;
  const remedy = newer
    ? "Use the version of the package that wrote it, or a newer one"
    : RESTORE;
  return {
    ok: false,
    fault: { what, remedy, ...(path === undefined ? {} : { path }) },
  };
}

async function read(
  path: string,
  system: StateSystem,
): Promise<StateFileResult> {
  const { isSymlink } = await system.lstat(path);
  try {
    // Before it is opened: opening a pipe waits for somebody to write to it.
    const { isFile, size } = await system.stat(path);
    if (!isFile) return fail("it is not a regular file");
    if (size > MAX_FILE_BYTES) {
      return fail(`it has more than ${MAX_STATE_BYTES} bytes`);
    }
    return understand(await readBytes(path, system));
  } catch (thrown) {
    // Somebody put the link there: what it leads to is missing, not new.
    if (isSymlink && thrown instanceof Deno.errors.NotFound) {
      return fail(
        "it is a link to a file that does not exist",
        "Bring back the file that it links to, or remove the link",
      );
    }
    throw thrown;
  }
}

/** Looks at a folder. `undefined` when this process may not. */
async function isFolder(
  folder: string,
  system: StateSystem,
): Promise<boolean | undefined> {
  const permissions = { read: [folder], write: [] };
  if (await findPermissionFault(permissions, system) !== undefined) {
    return undefined;
  }
  try {
    return !(await system.stat(folder)).isFile;
  } catch (thrown) {
    return thrown instanceof Deno.errors.NotFound ? false : undefined;
  }
}

/** Opens the lock file, which every change makes and nobody removes. */
async function canHoldLock(
  lock: string,
  system: StateSystem,
): Promise<boolean | undefined> {
  const permissions = { read: [], write: [lock] };
  if (await findPermissionFault(permissions, system) !== undefined) {
    return undefined;
  }
  try {
    const file = await system.open(lock, {
      write: true,
      create: true,
      mode: 0o600,
    });
    file.close();
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotCapable) return undefined;
    // A folder that takes no file is there all the same.
    return !(thrown instanceof Deno.errors.NotFound);
  }
}

/**
 * Decides what a missing file means: the first start, when its folder is there.
 * The folder of a volume that is not mounted is missing, with all decisions.
 */
async function withoutFile(
  path: string,
  { system, mustExist }: StateReader,
): Promise<StateFileResult> {
  if (mustExist) {
    return fail(
      "it does not exist, and it must",
      "Mount the volume that it is on, or restore the file from a backup",
    );
  }
  const folder = folderOf(path);
  const isThere = await isFolder(folder, system) ??
    await canHoldLock(toStatePaths(path, path).lock, system);
  if (isThere) return { ok: true, snapshot: emptySnapshot() };
  if (isThere === false) {
    return fail(
      "its folder does not exist",
      "Make the folder, or mount the volume that it is on",
    );
  }
  return fail(
    "it does not exist, and this process may not see whether its folder does",
    `Let this process read ${quote(folder)}, or make the file`,
  );
}

/** What {@linkcode readStateFile} works with. */
export interface StateReader {
  /** The file system and the permissions. */
  readonly system: StateSystem;
  /** Whether a missing file is a problem, and not the first start. */
  readonly mustExist: boolean;
}

/**
 * Reads a state file. Never prompts, and never changes the file. When there is
 * no file and the folder may not be read, it makes the lock file to see whether
 * the folder is there.
 *
 * @param path The path of the file or of a link to it.
 * @param reader What it works with.
 * @returns The state, the empty one at a first start; or what is wrong.
 */
export async function readStateFile(
  path: string,
  reader: StateReader,
): Promise<StateFileResult> {
  const { system } = reader;
  const permissions = { read: [path], write: [] };
  const fault = await findPermissionFault(permissions, system);
  if (fault !== undefined) return { ok: false, fault };
  try {
    return await read(path, system);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) {
      return await withoutFile(path, reader);
    }
    return {
      ok: false,
      fault: await explainNotCapable(thrown, permissions, system) ?? {
        what: `it cannot be read: ${describeThrown(thrown)}`,
        remedy: "Make the file readable for this process",
        cause: thrown,
      },
    };
  }
}

async function removeIfThere(path: string, system: StateSystem): Promise<void> {
  try {
    await system.remove(path);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
}

async function writeTemporary(
  path: string,
  bytes: Uint8Array,
  system: StateSystem,
): Promise<void> {
  // Made anew, never opened: a file or link that somebody else put there
  // must not be written through, and its mode not be kept.
  const file = await system.open(path, {
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
async function syncFolder(folder: string, system: StateSystem): Promise<void> {
  if (await system.permission("read", folder) !== "granted") return;
  const file = await system.open(folder, { read: true });
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
 * @param system The file system.
 * @throws What the file system threw; the file is then the old one.
 */
export async function writeStateFile(
  paths: StatePaths,
  bytes: Uint8Array,
  system: StateSystem,
): Promise<void> {
  const { target, temporary } = paths;
  // A writer that was killed leaves its temporary file behind.
  await removeIfThere(temporary, system);
  try {
    await writeTemporary(temporary, bytes, system);
    await system.rename(temporary, target);
  } catch (thrown) {
    // The next writer removes it, if this one cannot.
    await removeIfThere(temporary, system).catch(() => {});
    throw thrown;
  }
  // The change is in force from here on: nothing may call it a failure.
  await syncFolder(folderOf(target), system).catch(() => {});
}
