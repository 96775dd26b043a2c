/**
 * Finds the task that `deno run` takes a script for.
 *
 * @module
 */

import { resolvePath } from "../base/path.ts";

const CONFIGS = ["deno.json", "deno.jsonc", "package.json"];

// Deno takes comments and single quotes, and so does this.
const TOKEN_REGEXP =
  /\/\/[^\n]*|\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/)?|"[^"\\]*(?:\\[^][^"\\]*)*"?|'[^'\\]*(?:\\[^][^'\\]*)*'?|[:,{}[\]]/g;
const ESCAPE_REGEXP = /\\(?:u([0-9a-f]{4})|([^]))/gi;

/** A configuration that may say what a script runs. */
export interface TaskSource {
  /** Its path. */
  readonly path: string;
  /** False if this process may not read it, so that nobody knows. */
  readonly isRead: boolean;
}

function unescape(text: string): string {
  return text.replaceAll(
    ESCAPE_REGEXP,
    (_, hex: string | undefined, character: string) =>
      hex === undefined ? character : String.fromCharCode(parseInt(hex, 16)),
  );
}

/** Tests if a text in JSON with comments has a key. */
function hasKey(text: string, key: string): boolean {
  let isKey = false;
  for (const [token] of text.matchAll(TOKEN_REGEXP)) {
    if (token.startsWith("/")) continue;
    if (token === ":" && isKey) return true;
    isKey = /^["']/.test(token) && unescape(token.slice(1, -1)) === key;
  }
  return false;
}

type ConfigState = "named" | "other" | "hidden" | "absent";

function stateOf(path: string, script: string): ConfigState {
  try {
    return hasKey(Deno.readTextFileSync(path), script) ? "named" : "other";
  } catch (error) {
    // What the system refuses to this process it refuses to Deno, too.
    return error instanceof Deno.errors.NotCapable ? "hidden" : "absent";
  }
}

/**
 * Finds the configuration that names a task like a script, or may do so. A
 * module of that name goes before the task, unless one of its imports is
 * missing: then Deno runs the task.
 *
 * Needs `read` permission for the configurations of the working directory and
 * of those above it.
 *
 * @param script The script, as it stands on a command line.
 * @param directory The absolute working directory.
 * @param configs The files that the command line names by `--config`.
 * @returns The configuration; `undefined` if none names such a task.
 */
export function findTask(
  script: string,
  directory: string,
  configs: readonly string[] = [],
): TaskSource | undefined {
  const paths = configs.map((path) => resolvePath(path, directory));
  let inner = "";
  let outer = directory;
  while (outer !== inner) {
    paths.push(...CONFIGS.map((name) => resolvePath(name, outer)));
    inner = outer;
    outer = resolvePath("..", inner);
  }
  let hidden: string | undefined;
  let isKnown = false;
  for (const path of paths) {
    const state = stateOf(path, script);
    if (state === "named") return { path, isRead: true };
    // Above the innermost configuration only a workspace has tasks.
    isKnown ||= state === "other";
    if (state === "hidden" && !isKnown) hidden ??= path;
  }
  return hidden === undefined ? undefined : { path: hidden, isRead: false };
}
