/**
 * What the schema, and the rules that it cannot say, make of a value of unknown
 * shape.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import { checkDeclaration } from "../permissions/check_declaration.ts";
import type { PermissionDeclaration } from "../permissions/permission_set.ts";
import { describeThrown, quote } from "../base/text.ts";
import { entryProblem } from "./entry.ts";
import {
  issueProblems,
  manifestProblem,
  MAX_PROBLEMS,
  valueAt,
} from "./issue_problems.ts";
import type { Manifest } from "./manifest.ts";
import { manifestSchema } from "./schema.ts";

/** What {@linkcode validateManifest} found. */
export type ManifestResult =
  | { readonly ok: true; readonly manifest: Manifest }
  | {
    readonly ok: false;
    /** The id, where at least that could be read. */
    readonly id: string | undefined;
    /** Everything that is wrong; at least one. */
    readonly problems: readonly Problem[];
  };

const PERMISSION_FIELDS = ["permissions", "optionalPermissions"] as const;

// Of permissions, their own room says all there is to say.
function isPermissionField(key: PropertyKey | undefined): boolean {
  return PERMISSION_FIELDS.some((field) => field === key);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

function repeatedRequirements(
  requires: readonly { readonly id: string }[],
): readonly Problem[] {
  const seen = new Set<string>();
  return requires.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [manifestProblem(
      `requires[${index}].id`,
      `The plugin ${quote(id)} is required twice`,
      "Require it once, with one range",
    )];
  });
}

function readableId(value: unknown): string | undefined {
  const parsed = manifestSchema.shape.id.safeParse(valueAt(value, ["id"]));
  return parsed.success ? parsed.data : undefined;
}

/** What the schema cannot say. Checked also where it found something wrong, so that an author sees everything at once. */
function otherProblems(value: unknown): readonly Problem[] {
  const { shape } = manifestSchema;
  const problems = PERMISSION_FIELDS.flatMap((field) => {
    const declared = valueAt(value, [field]);
    return declared === undefined ? [] : checkDeclaration(declared, field);
  });
  const requires = shape.requires.safeParse(valueAt(value, ["requires"]));
  if (requires.success) {
    problems.push(...repeatedRequirements(requires.data ?? []));
  }
  const entry = shape.entry.safeParse(valueAt(value, ["entry"]));
  if (entry.success && entry.data !== undefined) {
    const wrong = entryProblem(entry.data);
    if (wrong !== undefined) problems.push(wrong);
  }
  return problems;
}

function fail(
  id: string | undefined,
  problems: readonly Problem[],
): ManifestResult {
  const told = problems.slice(0, MAX_PROBLEMS);
  if (told.length < problems.length) {
    told.push(manifestProblem(
      "",
      "More is wrong with the manifest than is listed here",
      "Correct what is listed first",
    ));
  }
  return { ok: false, id, problems: Object.freeze(told) };
}

// A kind that an object names and leaves undefined is one it does not name.
function declaration(
  given: Readonly<Record<string, true | string[] | undefined>> = {},
): PermissionDeclaration {
  const declared: Record<string, true | string[]> = {};
  for (const [kind, list] of Object.entries(given)) {
    if (list !== undefined) declared[kind] = list;
  }
  return declared;
}

function parse(value: unknown): ManifestResult {
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    const { issues } = parsed.error;
    const problems = [
      ...issues.filter(({ path }) => !isPermissionField(path[0]))
        .slice(0, MAX_PROBLEMS)
        .flatMap((issue) => issueProblems(issue, value)),
      ...otherProblems(value),
    ];
    return fail(
      readableId(value),
      // An object with code of its own may answer otherwise the second time.
      problems.length > 0
        ? problems
        : issues.flatMap((issue) => issueProblems(issue, value)),
    );
  }
  // From here on the copy alone is read.
  const { $schema: _, ...fields } = parsed.data;
  const problems = otherProblems(fields);
  if (problems.length > 0) return fail(fields.id, problems);
  return {
    ok: true,
    manifest: deepFreeze({
      ...fields,
      requires: fields.requires ?? [],
      permissions: declaration(fields.permissions),
      optionalPermissions: declaration(fields.optionalPermissions),
    }),
  };
}

/**
 * Validates a value of unknown shape as a manifest.
 *
 * The value is copied, so that changing it later changes nothing. It never
 * throws, whatever the value is.
 *
 * @param value What `JSON.parse`, a JSON module or a host handed over.
 * @returns The manifest, frozen, or every problem at once.
 */
export function validateManifest(value: unknown): ManifestResult {
  try {
    return parse(value);
  } catch (thrown) {
    // Only an object with code of its own (a getter, a Proxy) gets here.
    return {
      ok: false,
      id: undefined,
      problems: Object.freeze([manifestProblem(
        "",
        `The manifest cannot be read: ${describeThrown(thrown)}`,
        "Hand over plain data",
      )]),
    };
  }
}
