/**
 * From the bytes of a `plugin.json` to a value.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import { everyKeyStandsOnce } from "./every_key_stands_once.ts";
import { findJsonFault, type JsonFault } from "./json_fault.ts";

/** What {@linkcode decodeManifest} found. */
export type DecodeResult =
  | { readonly ok: true; readonly value: unknown }
  | {
    readonly ok: false;
    readonly id: undefined;
    readonly problems: readonly Problem[];
  };

/** The longest manifest that is read: many times what any plugin has to say. */
export const MAX_MANIFEST_BYTES = 262_144;

function fail(message: string, remedy: string): DecodeResult {
  const problem: Problem = {
    code: "PLUGIN_MANIFEST_INVALID",
    message,
    remedy,
    path: "",
  };
  return {
    ok: false,
    id: undefined,
    problems: Object.freeze([Object.freeze(problem)]),
  };
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function failAt(text: string, { kind, position }: JsonFault): DecodeResult {
  const before = text.slice(0, position);
  const line = before.split("\n").length;
  const column = before.length - before.lastIndexOf("\n");
  const place = `line ${line}, column ${column}`;
  return kind === "repeated key"
    ? fail(
      `The manifest holds a field twice: ${place}`,
      "Write every field once: the one of the two that counts is not the one a reader may see",
    )
    : fail(
      `The manifest is not JSON: ${place}`,
      "Correct the JSON at that place; comments and trailing commas are no JSON",
    );
}

function decodeJson(text: string): DecodeResult {
  try {
    const value: unknown = JSON.parse(text);
    if (everyKeyStandsOnce(text, value)) return { ok: true, value };
  } catch {
    // What is wrong, and where, is found below.
  }
  const fault = findJsonFault(text);
  return fault === undefined
    ? { ok: true, value: JSON.parse(text) }
    : failAt(text, fault);
}

/**
 * Reads the bytes of a manifest as JSON.
 *
 * What the file holds is never quoted: it may be any file that a link points
 * to.
 *
 * @param bytes What the file holds.
 * @returns The value, or why it is none, with the line and column.
 */
export function decodeManifest(bytes: Uint8Array): DecodeResult {
  if (bytes.length > MAX_MANIFEST_BYTES) {
    return fail(
      `The manifest has more than ${MAX_MANIFEST_BYTES} bytes`,
      "Write less: a manifest names what a plugin needs, and no more",
    );
  }
  const text = decodeText(bytes);
  if (text === undefined || text.includes("\0")) {
    return fail("The manifest is not text", "Write JSON, as UTF-8");
  }
  return decodeJson(text);
}
