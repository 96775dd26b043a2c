/**
 * Reading a state file whole, or saying why not.
 *
 * @module
 */

import { describeThrown } from "../text.ts";
import {
  explainNotCapable,
  type FileFault,
  findPermissionFault,
} from "./missing_permissions.ts";
import type { StatePowers } from "./state_powers.ts";
import { emptySnapshot, parseState } from "./state_text.ts";
import type { StateSnapshot } from "./state_store.ts";

/** What {@linkcode readStateFile} found. */
export type StateFileResult =
  | { readonly ok: true; readonly snapshot: StateSnapshot }
  | { readonly ok: false; readonly fault: FileFault };

/** The longest state file that is read, and so that is written. */
export const MAX_STATE_BYTES = 4 * 1024 * 1024;

const RESTORE = "Restore the file from a backup, or move it away to begin " +
  "with a state in which no plugin is disabled";

function fail(what: string, remedy: string = RESTORE): StateFileResult {
  return { ok: false, fault: { what, remedy } };
}

async function readBytes(
  path: string,
  powers: StatePowers,
): Promise<Uint8Array> {
  const file = await powers.open(path, { read: true });
  try {
    // One byte more than the limit: the file may grow while it is read.
    let buffer = new Uint8Array(64 * 1024);
    let length = 0;
    while (length <= MAX_STATE_BYTES) {
      if (length === buffer.length) {
        const larger = new Uint8Array(
          Math.min(buffer.length * 4, MAX_STATE_BYTES + 1),
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
  if (bytes.length > MAX_STATE_BYTES) {
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
  powers: StatePowers,
): Promise<StateFileResult> {
  const { isSymlink } = await powers.lstat(path);
  try {
    // Before it is opened: opening a pipe waits for somebody to write to it.
    const { isFile, size } = await powers.stat(path);
    if (!isFile) return fail("it is not a regular file");
    if (size > MAX_STATE_BYTES) {
      return fail(`it has more than ${MAX_STATE_BYTES} bytes`);
    }
    return understand(await readBytes(path, powers));
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

/**
 * Reads a state file. Never prompts, and never changes the file.
 *
 * @param path The path of the file or of a link to it.
 * @param powers The file system and the permissions.
 * @returns The state, the empty one where there is no file; or what is wrong.
 */
export async function readStateFile(
  path: string,
  powers: StatePowers,
): Promise<StateFileResult> {
  const permissions = { read: [path], write: [] };
  const fault = await findPermissionFault(permissions, powers);
  if (fault !== undefined) return { ok: false, fault };
  try {
    return await read(path, powers);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) {
      return { ok: true, snapshot: emptySnapshot() };
    }
    return {
      ok: false,
      fault: await explainNotCapable(thrown, permissions, powers) ?? {
        what: `it cannot be read: ${describeThrown(thrown)}`,
        remedy: "Make the file readable for this process",
        cause: thrown,
      },
    };
  }
}
