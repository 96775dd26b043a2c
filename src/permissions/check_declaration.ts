import type { Problem } from "../base/errors.ts";
import { cut, escapeControls, quote } from "../base/text.ts";
import { type Fault, faultOf, nearestName } from "./fault.ts";
import {
  isPermissionKind,
  MAX_LIST_LENGTH,
  PERMISSION_KINDS,
  type PermissionKind,
} from "./permission_set.ts";
import { valueFault } from "./value_fault.ts";

/** What {@linkcode checkDeclaration} needs to know of the system. */
export interface CheckDeclarationOptions {
  /**
   * Whether the declaration is for Windows.
   *
   * @default {Deno.build.os === "windows"}
   */
  readonly windows?: boolean | undefined;
}

function problem(path: string, what: string, found: Fault): Problem {
  return Object.freeze({
    code: "PLUGIN_MANIFEST_INVALID",
    message: `${what} ${found.fault}`,
    remedy: found.remedy,
    path,
  });
}

function nameProblem(name: string, path: string): Problem {
  const nearest = nearestName(name, PERMISSION_KINDS);
  return problem(
    `${path}.${escapeControls(cut(name, 80))}`,
    `The permission ${quote(name)}`,
    faultOf(
      "is none that Deno has",
      nearest === undefined
        ? `Write one of ${PERMISSION_KINDS.join(", ")}`
        : `Did you mean "${nearest}"?`,
    ),
  );
}

// A URL may carry a password, and a message carries none.
function shown(value: string): string {
  const parts = value.split("/").map((part) => {
    const at = part.lastIndexOf("@");
    const isCredential = part.slice(0, Math.max(at, 0)).includes(":");
    return isCredential ? `***${part.slice(at)}` : part;
  });
  return quote(parts.join("/"));
}

function listFault(list: unknown): Fault {
  if (Array.isArray(list)) {
    if (list.length > MAX_LIST_LENGTH) {
      return faultOf(
        `has more than ${MAX_LIST_LENGTH.toLocaleString("en")} values`,
        "Write fewer values, each for more, or true for the whole kind",
      );
    }
    return faultOf("is an empty list", "Leave it out to ask for nothing");
  }
  return faultOf(
    "is neither true nor a list",
    list === false || list === null
      ? "Leave it out to ask for nothing"
      : "Write true for the whole kind, or a list of texts",
  );
}

function findProblems(
  kind: PermissionKind,
  list: unknown,
  path: string,
  windows: boolean,
  problems: Problem[],
): void {
  // An optional setting that was not given is one that was left out.
  if (list === true || list === undefined) return;
  if (
    !Array.isArray(list) || list.length === 0 || list.length > MAX_LIST_LENGTH
  ) {
    const found = listFault(list);
    problems.push(
      problem(`${path}.${kind}`, `The permission "${kind}"`, found),
    );
    return;
  }
  const seen = list.length > 1 ? new Map<string, number>() : undefined;
  // By index: a hole in a sparse list is a value that is no text, too.
  for (let index = 0; index < list.length; index++) {
    const value: unknown = list[index];
    const at = () => `${path}.${kind}[${index}]`;
    if (typeof value !== "string") {
      const found = faultOf("is not a text", "Write every value in quotes");
      problems.push(
        problem(at(), `A value of the permission "${kind}"`, found),
      );
      continue;
    }
    const first = seen?.get(value);
    seen?.set(value, first ?? index);
    const found = first === undefined
      ? valueFault(kind, value, windows)
      : faultOf(
        `stands in the list twice, first at ${path}.${kind}[${first}]`,
        "Leave out one of the two",
      );
    if (found !== undefined) problems.push(problem(at(), shown(value), found));
  }
}

/**
 * Finds everything in a declaration of permissions that Deno would reject, or
 * take for something else than was meant.
 *
 * Needs no permission, and no directory: relative paths are checked as they
 * are written.
 *
 * @example A manifest with two mistakes
 * ```ts
 * import { checkDeclaration } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const problems = checkDeclaration({
 *   net: ["https://api.example.com/v1"],
 *   read: [],
 * });
 *
 * assertEquals(problems.map((problem) => problem.path), [
 *   "permissions.net[0]",
 *   "permissions.read",
 * ]);
 * ```
 *
 * @param declaration What was written, of whatever shape.
 * @param path Where it was written, for the paths of the problems.
 * @param options For which system it is checked.
 * @returns Every problem, each with its path and a remedy; empty when all is well.
 */
export function checkDeclaration(
  declaration: unknown,
  path: string = "permissions",
  options: CheckDeclarationOptions = {},
): readonly Problem[] {
  const { windows = Deno.build.os === "windows" } = options;
  if (
    typeof declaration !== "object" || declaration === null ||
    Array.isArray(declaration)
  ) {
    const found = faultOf(
      "are not an object",
      'Write an object, as in { "net": ["example.com:443"] }',
    );
    return Object.freeze([problem(path, "The permissions", found)]);
  }
  const entries: readonly [string, unknown][] = Object.entries(declaration);
  const problems: Problem[] = [];
  for (const [name, list] of entries) {
    if (isPermissionKind(name)) {
      findProblems(name, list, path, windows, problems);
    } else problems.push(nameProblem(name, path));
  }
  return Object.freeze(problems);
}
