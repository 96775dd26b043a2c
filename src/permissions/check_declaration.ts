import { isRecord, type Problem } from "../base/errors.ts";
import { cut, escapeControls, nearestName, quote } from "../base/text.ts";
import type { Fault } from "./net_endpoint.ts";
import {
  isPermissionKind,
  MAX_LIST_LENGTH,
  PERMISSION_KINDS,
  type PermissionKind,
} from "./permission_set.ts";
import { valueFault } from "./value_fault.ts";

/** Options of {@linkcode checkDeclaration}. */
export interface CheckDeclarationOptions {
  /**
   * True for a declaration that is used on Windows.
   *
   * @default {Deno.build.os === "windows"}
   */
  readonly windows?: boolean | undefined;
}

function problem(path: string, subject: string, found: Fault): Problem {
  return Object.freeze({
    code: "PLUGIN_MANIFEST_INVALID",
    message: `${subject} ${found.fault}`,
    remedy: found.remedy,
    path,
  });
}

function nameProblem(name: string, path: string): Problem {
  const nearest = nearestName(name, PERMISSION_KINDS);
  return problem(
    `${path}.${escapeControls(cut(name, 80))}`,
    quote(name),
    {
      fault: "is not a Deno permission",
      remedy: nearest === undefined
        ? `Write one of ${PERMISSION_KINDS.join(", ")}`
        : `Did you mean "${nearest}"?`,
    },
  );
}

/** Quotes a value without the password that a URL may hold. */
function quoteMasked(value: string): string {
  const parts = value.split("/").map((part) => {
    const at = part.lastIndexOf("@");
    const isCredential = part.slice(0, Math.max(at, 0)).includes(":");
    return isCredential ? `***${part.slice(at)}` : part;
  });
  return quote(parts.join("/"));
}

function listFault(list: unknown): Fault | undefined {
  if (!Array.isArray(list)) {
    return {
      fault: "is neither true nor a list",
      remedy: list === false || list === null
        ? "Leave it out to ask for nothing"
        : "Write true for the whole kind, or a list of strings",
    };
  }
  if (list.length === 0) {
    return {
      fault: "is an empty list",
      remedy: "Leave it out to ask for nothing",
    };
  }
  return list.length <= MAX_LIST_LENGTH ? undefined : {
    fault: `has more than ${MAX_LIST_LENGTH.toLocaleString("en")} values`,
    remedy: "Write fewer and wider values, or true for the whole kind",
  };
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
  const fault = listFault(list);
  if (fault !== undefined) {
    problems.push(problem(path, `The permission "${kind}"`, fault));
  }
  if (fault !== undefined || !Array.isArray(list)) return;
  const seen = list.length > 1 ? new Map<string, number>() : undefined;
  // By index: a hole in a sparse list is not a string either.
  for (let index = 0; index < list.length; index++) {
    const value: unknown = list[index];
    if (typeof value !== "string") {
      problems.push(
        problem(
          `${path}[${index}]`,
          `A value of the permission "${kind}"`,
          { fault: "is not a string", remedy: "Write every value in quotes" },
        ),
      );
      continue;
    }
    const first = seen?.get(value);
    seen?.set(value, first ?? index);
    const found = first === undefined ? valueFault(kind, value, windows) : {
      fault: `is a duplicate of ${path}[${first}]`,
      remedy: "Leave out one of the two",
    };
    if (found !== undefined) {
      problems.push(problem(`${path}[${index}]`, quoteMasked(value), found));
    }
  }
}

/**
 * Finds every value in a declaration that Deno would reject, or read as
 * something else than its author meant.
 *
 * Needs no permission and no directory: relative paths are checked as they are
 * written.
 *
 * @example A manifest with two mistakes
 * ```ts
 * import { checkDeclaration } from "@semantik/plugins/permissions";
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
 * @param declaration The declaration, of any type.
 * @param path The path of the declaration, for the paths of the problems.
 * @param options The system that the declaration is used on.
 * @returns Every problem, with its path and a remedy; empty for a valid
 * declaration.
 */
export function checkDeclaration(
  declaration: unknown,
  path: string = "permissions",
  options: CheckDeclarationOptions = {},
): readonly Problem[] {
  const { windows = Deno.build.os === "windows" } = options;
  if (!isRecord(declaration)) {
    return Object.freeze([problem(path, "The permissions", {
      fault: "are not an object",
      remedy: 'Write an object, as in { "net": ["example.com:443"] }',
    })]);
  }
  const problems: Problem[] = [];
  for (const [name, list] of Object.entries(declaration)) {
    if (isPermissionKind(name)) {
      findProblems(name, list, `${path}.${name}`, windows, problems);
    } else problems.push(nameProblem(name, path));
  }
  return Object.freeze(problems);
}
