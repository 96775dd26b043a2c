/**
 * JSON that is handed over in a file.
 *
 * @module
 */

import { describeThrown, quote } from "../base/text.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads a file of JSON. Needs `read` permission for it.
 *
 * @param path The file.
 * @param option The option that names it, for messages.
 * @returns What it holds.
 * @throws {UsageError} when it cannot be read, or is not JSON.
 */
export async function readJsonFile(
  path: string,
  option: string,
): Promise<unknown> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotCapable) throw thrown;
    const why = thrown instanceof Deno.errors.NotFound
      ? "it does not exist"
      : describeThrown(thrown);
    throw new UsageError(
      `Cannot read ${quote(path)} of ${option}: ${why}`,
      "Name a file of JSON that this process may read",
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    // What the file holds is not quoted: it may hold secrets.
    throw new UsageError(
      `Cannot read ${quote(path)} of ${option}: it is not JSON`,
      "Correct the file",
    );
  }
}
