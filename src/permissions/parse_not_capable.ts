import { isPermissionKind, type PermissionKind } from "./permission_set.ts";

/** What an error of Deno says was needed. */
export type NotCapableNeed = Readonly<{
  /** The kind, or `"all"` where nothing less than `--allow-all` is enough. */
  kind: PermissionKind | "all";
  /** What of it, as the error shows it; left out for the whole kind. */
  value?: string;
  /** Whether Deno hides the value, as it does for temporary files. */
  hidden: boolean;
}>;

const MAX_LENGTH = 10_000;
const MAX_DEPTH = 5;
const REQUIRES_REGEXP =
  /Requires (\w+) access(?: to (?:"(.*)"|(<[^>\n]*>)))?, (?:run again with the --allow-|specify the required permissions during compilation)/s;
const UNSCOPED_REGEXP =
  /requires unscoped (--allow-\w+(?: and --allow-\w+)*) permission/;

function textOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (typeof thrown !== "object" || thrown === null) return "";
  const message: unknown = Reflect.get(thrown, "message");
  return typeof message === "string" ? message : "";
}

function parseText(text: string): readonly NotCapableNeed[] {
  const [, unscoped] = UNSCOPED_REGEXP.exec(text) ?? [];
  if (unscoped !== undefined) {
    return unscoped.split(" and ").map((flag) => flag.slice(8))
      .filter(isPermissionKind).map((kind) => ({ kind, hidden: false }));
  }
  const [, kind = "", value, hidden] = REQUIRES_REGEXP.exec(text) ?? [];
  if (kind !== "all" && !isPermissionKind(kind)) return [];
  if (value === undefined) return [{ kind, hidden: hidden !== undefined }];
  return [{ kind, value, hidden: false }];
}

/**
 * Finds out which permission Deno says was missing.
 *
 * A denied import is a `TypeError` and not a `NotCapable`, and libraries wrap
 * what they catch: it is the text that counts, in the error and its causes.
 *
 * @param thrown What was thrown, whatever it was.
 * @returns What was needed; empty when the error says nothing of the kind.
 */
export function parseNotCapable(thrown: unknown): readonly NotCapableNeed[] {
  try {
    let error = thrown;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const needs = parseText(textOf(error).slice(0, MAX_LENGTH));
      if (needs.length > 0) return needs;
      if (typeof error !== "object" || error === null) return [];
      error = Reflect.get(error, "cause");
    }
    return [];
  } catch {
    // A plugin may throw an object whose every property throws.
    return [];
  }
}
