/**
 * Where the code of a plugin is, as its manifest says it.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import { quote } from "../base/text.ts";

const SCHEME_REGEXP = /^[A-Za-z][A-Za-z0-9+.-]*:/;
// deno-lint-ignore no-control-regex
const CONTROL_REGEXP = /[\u0000-\u001f\u007f]/;

function leavesDirectory(entry: string): boolean {
  let depth = 0;
  for (const segment of entry.split("/")) {
    if (segment === "..") depth--;
    else if (segment !== "" && segment !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

// A URL reads `%2e%2e` as `..` and `%2f` as `/`, a path does not: with the
// percent sign refused there is one reading. `?` and `#` begin what a path has
// not, and of spaces at its ends and of half a character a URL makes something
// else.
function fault(entry: string): string | undefined {
  if (SCHEME_REGEXP.test(entry)) return "is a URL";
  if (entry.startsWith("/")) return "is an absolute path";
  if (entry.includes("\\")) return "holds a backslash";
  if (CONTROL_REGEXP.test(entry)) return "holds a control character";
  if (/[%?#]/.test(entry)) return "holds one of % ? #";
  if (entry !== entry.trim()) return "begins or ends with a space";
  if (!entry.isWellFormed()) return "holds half a character";
  if (leavesDirectory(entry)) return "leaves the plugin's directory";
  return undefined;
}

/**
 * Says what is wrong with an `entry`, as far as its text tells.
 *
 * @param entry The entry of a manifest.
 * @returns The problem, or `undefined` where there is none.
 */
export function entryProblem(entry: string): Problem | undefined {
  const wrong = fault(entry);
  if (wrong === undefined) return undefined;
  return Object.freeze({
    code: "PLUGIN_MANIFEST_INVALID",
    message: `The entry ${quote(entry)} ${wrong}`,
    remedy: "Write a path inside the plugin's directory, with /, e.g. ./mod.ts",
    path: "entry",
  });
}

/**
 * The module that an `entry` names.
 *
 * @param entry The entry of a manifest, good as {@linkcode entryProblem} says.
 * @param manifestUrl Where the manifest was read.
 * @returns The module, beside the manifest or below.
 */
export function resolveEntry(entry: string | undefined, manifestUrl: URL): URL {
  // A colon in a file's name would be read as a scheme.
  return new URL(`./${entry ?? "mod.ts"}`, manifestUrl);
}
