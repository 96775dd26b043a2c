/**
 * From a value of unknown shape to a manifest, or to everything that is wrong
 * with it.
 *
 * @module
 */

import type { z } from "zod";
import type { Problem } from "../errors.ts";
import { checkDeclaration } from "../permissions/check_declaration.ts";
import { nearestName } from "../permissions/nearest_name.ts";
import { describeThrown, quote } from "../text.ts";
import { entryProblem } from "./entry.ts";
import type { Manifest } from "./manifest.ts";
import {
  MANIFEST_FIELDS,
  manifestSchema,
  REQUIREMENT_FIELDS,
} from "./schema.ts";

/** What {@linkcode parseManifest} found. */
export type ManifestResult =
  | { readonly ok: true; readonly manifest: Manifest }
  | {
    readonly ok: false;
    /** The id, where at least that could be read. */
    readonly id: string | undefined;
    /** Everything that is wrong; at least one. */
    readonly problems: readonly Problem[];
  };

type Issue = z.core.$ZodIssue;

/** Names that other systems use for what a field here is called. */
const FOREIGN_NAMES: Readonly<Record<string, string>> = {
  name: "displayName",
  title: "displayName",
  main: "entry",
  module: "entry",
  exports: "entry",
  dependencies: "requires",
  engines: "host",
  kind: "type",
};

const IDENTIFIER_REGEXP = /^[A-Za-z_$][\w$]*$/;

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((shown, key) => {
    if (typeof key === "number") return `${shown}[${key}]`;
    const name = String(key);
    if (!IDENTIFIER_REGEXP.test(name)) return `${shown}[${quote(name)}]`;
    return shown === "" ? name : `${shown}.${name}`;
  }, "");
}

const PERMISSION_FIELDS = ["permissions", "optionalPermissions"] as const;

function problem(path: string, message: string, remedy: string): Problem {
  return Object.freeze({
    code: "PLUGIN_MANIFEST_INVALID",
    message,
    remedy,
    path,
  });
}

function unknownFields(
  path: readonly PropertyKey[],
  keys: readonly string[],
): readonly Problem[] {
  const known = path.length === 0 ? MANIFEST_FIELDS : REQUIREMENT_FIELDS;
  return keys.map((key) => {
    const foreign = path.length === 0 ? FOREIGN_NAMES[key] : undefined;
    const meant = foreign ?? nearestName(key, known);
    return problem(
      formatPath([...path, key]),
      `The field ${quote(key)} is not known`,
      meant === undefined
        ? `Remove it, or use one of: ${known.join(", ")}`
        : `Did you mean "${meant}"?`,
    );
  });
}

// Of permissions, their own room says all there is to say.
function isPermissionField(key: PropertyKey | undefined): boolean {
  return PERMISSION_FIELDS.some((field) => field === key);
}

function describeType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined,
    value,
  );
}

function issueProblems(issue: Issue, input: unknown): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    return unknownFields(issue.path, issue.keys);
  }
  const path = formatPath(issue.path);
  const subject = path === "" ? "The manifest" : `The field "${path}"`;
  const value = valueAt(input, issue.path);
  if (issue.code === "invalid_type") {
    const expected = issue.expected === "array"
      ? "a list"
      : issue.expected === "object"
      ? "an object"
      : `a ${issue.expected}`;
    return [
      value === undefined
        ? problem(path, `${subject} is missing`, `Add it, as ${expected}`)
        : problem(
          path,
          `${subject} is ${describeType(value)}`,
          `Write ${expected}`,
        ),
    ];
  }
  const shown = typeof value === "string" ? quote(value) : describeType(value);
  return [
    problem(path, `${subject} cannot be ${shown}`, escapeRemedy(issue.message)),
  ];
}

// Our own schema's messages are written as remedies; zod's own words for the
// few checks that have none of ours are cut to what a person needs.
function escapeRemedy(message: string): string {
  return message.startsWith("Invalid input: ")
    ? `Write what is expected: ${message.slice("Invalid input: ".length)}`
    : message;
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
    return [problem(
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

function parse(value: unknown): ManifestResult {
  const parsed = manifestSchema.safeParse(value);
  const problems = parsed.success ? [] : parsed.error.issues
    .filter(({ path }) => !isPermissionField(path[0]))
    .flatMap((issue) => issueProblems(issue, value));
  // What the schema cannot say is checked also where something else is wrong,
  // so that an author sees everything at once.
  for (const field of PERMISSION_FIELDS) {
    const declared = valueAt(value, [field]);
    if (declared !== undefined) {
      problems.push(...checkDeclaration(declared, field));
    }
  }
  const requires = manifestSchema.shape.requires.safeParse(
    valueAt(value, ["requires"]),
  );
  if (requires.success) {
    problems.push(...repeatedRequirements(requires.data ?? []));
  }
  const entry = manifestSchema.shape.entry.safeParse(valueAt(value, ["entry"]));
  if (entry.success && entry.data !== undefined) {
    const wrong = entryProblem(entry.data);
    if (wrong !== undefined) problems.push(wrong);
  }
  if (!parsed.success || problems.length > 0) {
    return {
      ok: false,
      id: readableId(value),
      problems: Object.freeze(problems),
    };
  }
  const { $schema: _, ...fields } = parsed.data;
  return {
    ok: true,
    manifest: deepFreeze({
      ...fields,
      requires: fields.requires ?? [],
      permissions: fields.permissions ?? {},
      optionalPermissions: fields.optionalPermissions ?? {},
    }),
  };
}

/**
 * Reads a manifest out of a value of unknown shape.
 *
 * The value is copied, so that changing it later changes nothing. It never
 * throws, whatever the value is.
 *
 * @param value What `JSON.parse`, a JSON module or a host handed over.
 * @returns The manifest, frozen, or every problem at once.
 */
export function parseManifest(value: unknown): ManifestResult {
  try {
    return parse(value);
  } catch (thrown) {
    // Only an object with code of its own (a getter, a Proxy) gets here.
    return {
      ok: false,
      id: undefined,
      problems: [problem(
        "",
        `The manifest cannot be read: ${describeThrown(thrown)}`,
        "Hand over plain data",
      )],
    };
  }
}
