import type { Problem } from "../base/errors.ts";
import { parseJson } from "../base/json.ts";
import { decodeFileText } from "../base/path.ts";
import { inferIdFromText } from "./infer_id.ts";
import { MAX_MANIFEST_BYTES } from "./manifest.ts";
import { manifestProblem } from "./found_plugin.ts";

export type DecodeResult =
  | { readonly ok: true; readonly value: unknown }
  | {
    readonly ok: false;
    /** The id that invalid JSON appears to name. */
    readonly inferredId?: string | undefined;
    readonly problems: readonly Problem[];
  };

function fail(
  message: string,
  remedy: string,
  inferredId?: string,
): DecodeResult {
  const problems = Object.freeze([manifestProblem("", message, remedy)]);
  return { ok: false, inferredId, problems };
}

/** Reads the bytes of a manifest as JSON. Never quotes them: a link may point to any file. */
export function decodeManifest(bytes: Uint8Array): DecodeResult {
  const decoded = decodeFileText(bytes, MAX_MANIFEST_BYTES);
  if ("fault" in decoded) {
    return fail(
      `The manifest ${decoded.fault}`,
      "Write a short JSON text in UTF-8: a manifest names what a plugin needs, and no more",
    );
  }
  const { text } = decoded;
  const parsed = parseJson(text);
  if (parsed.ok) return parsed;
  const { line, column, duplicateKey } = parsed.fault;
  const place = `line ${line}, column ${column}`;
  const id = inferIdFromText(text);
  return duplicateKey !== undefined
    ? fail(
      `The manifest has a duplicate field: ${place}`,
      "Write every field once: JSON readers use the last, and people may see the first",
      id,
    )
    : fail(
      `The manifest is not JSON: ${place}`,
      "Correct the JSON at that place; JSON has no comments and no trailing commas",
      id,
    );
}
