/**
 * From the bytes of a `plugin.json` to a value.
 *
 * @module
 */

import type { Problem } from "../errors.ts";

/** What {@linkcode decodeManifest} found. */
export type DecodeResult =
  | { readonly ok: true; readonly value: unknown }
  | {
    readonly ok: false;
    readonly id: undefined;
    readonly problems: readonly Problem[];
  };

const MAX_BYTES = 1_048_576;
const POSITION_REGEXP = /at position (\d+)/;
const decoder = new TextDecoder("utf-8", { fatal: true });

function fail(message: string, remedy: string): DecodeResult {
  const problem: Problem = {
    code: "PLUGIN_MANIFEST_INVALID",
    message,
    remedy,
    path: "",
  };
  return { ok: false, id: undefined, problems: [Object.freeze(problem)] };
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

// The engine's own message quotes the text, which may be any file that a
// link points to: the place alone is told.
function place(text: string, thrown: unknown): string {
  const position = thrown instanceof Error
    ? POSITION_REGEXP.exec(thrown.message)?.[1]
    : undefined;
  const before = position === undefined
    ? text
    : text.slice(0, Number(position));
  const line = before.split("\n").length;
  const column = before.length - before.lastIndexOf("\n");
  return `line ${line}, column ${column}`;
}

/**
 * Reads the bytes of a manifest as JSON.
 *
 * @param bytes What the file holds.
 * @returns The value, or why it is none, with the line and column.
 */
export function decodeManifest(bytes: Uint8Array): DecodeResult {
  if (bytes.length > MAX_BYTES) {
    return fail(
      `The manifest has ${bytes.length} bytes`,
      `Write one of at most ${MAX_BYTES} bytes`,
    );
  }
  const text = decodeText(bytes);
  if (text === undefined || text.includes("\0")) {
    return fail("The manifest is not text", "Write JSON, as UTF-8");
  }
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (thrown) {
    return fail(
      `The manifest is not JSON: ${place(text, thrown)}`,
      "Correct the JSON at that place; comments and trailing commas are no JSON",
    );
  }
}
