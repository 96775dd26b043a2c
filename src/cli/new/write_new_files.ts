/**
 * Writes files where none are.
 *
 * @module
 */

import { describeThrown, quote } from "../../base/text.ts";
import { UsageError } from "../usage_error.ts";

async function findExisting(
  directory: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names) {
    try {
      await Deno.lstat(`${directory}/${name}`);
      found.push(name);
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }
  return found;
}

async function removeAll(paths: readonly string[]): Promise<void> {
  for (const path of paths) await Deno.remove(path).catch(() => {});
}

function cannotWrite(directory: string, thrown: unknown): unknown {
  const isOfTheDisk = thrown instanceof Error &&
    !(thrown instanceof Deno.errors.NotCapable) &&
    !(thrown instanceof UsageError);
  return isOfTheDisk
    ? new UsageError(
      `Cannot make a plugin in ${quote(directory)}: ${describeThrown(thrown)}`,
      "Name a directory that this user may write to",
    )
    : thrown;
}

/**
 * Writes files into a directory, which is made where there is none. All of them
 * are written or none is, and none that is there is touched.
 *
 * Needs `read` and `write` permission for the directory.
 *
 * @param directory The directory.
 * @param files The texts, by name.
 * @throws {UsageError} when a file is there already, or the disk refuses.
 */
export async function writeNewFiles(
  directory: string,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const written: string[] = [];
  try {
    await Deno.mkdir(directory, { recursive: true });
    const existing = await findExisting(directory, [...files.keys()]);
    if (existing.length > 0) {
      throw new UsageError(
        `Cannot make a plugin in ${quote(directory)}: ${
          existing.map(quote).join(", ")
        } would be overwritten`,
        "Name another directory, or move what is there",
      );
    }
    for (const [name, text] of files) {
      const path = `${directory}/${name}`;
      await Deno.writeTextFile(path, text, { createNew: true });
      written.push(path);
    }
  } catch (thrown) {
    await removeAll(written);
    throw cannotWrite(directory, thrown);
  }
}
