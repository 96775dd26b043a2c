/**
 * What the schema found wrong with a manifest, as a person is told it.
 *
 * @module
 */

import type { z } from "zod";
import type { Problem } from "../base/errors.ts";
import { nearestName } from "../base/nearest_name.ts";
import { quote } from "../base/text.ts";
import { MANIFEST_FIELDS, REQUIREMENT_FIELDS } from "./schema.ts";

type Issue = z.core.$ZodIssue;

/** Names that other systems use for what a field here is called. */
const FOREIGN_NAMES: ReadonlyMap<string, string> = new Map([
  ["name", "displayName"],
  ["title", "displayName"],
  ["main", "entry"],
  ["module", "entry"],
  ["exports", "entry"],
  ["dependencies", "requires"],
  ["engines", "host"],
  ["kind", "type"],
]);

/** How many problems of one manifest are told; nobody reads more at once. */
export const MAX_PROBLEMS = 100;

const IDENTIFIER_REGEXP = /^[A-Za-z_$][\w$]*$/;

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((shown, key) => {
    if (typeof key === "number") return `${shown}[${key}]`;
    const name = String(key);
    if (!IDENTIFIER_REGEXP.test(name)) return `${shown}[${quote(name)}]`;
    return shown === "" ? name : `${shown}.${name}`;
  }, "");
}

/**
 * One problem of a manifest.
 *
 * @param path Where it is.
 * @param message What is the case.
 * @param remedy What its author can do.
 * @returns The problem, frozen.
 */
export function manifestProblem(
  path: string,
  message: string,
  remedy: string,
): Problem {
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
  return keys.slice(0, MAX_PROBLEMS).map((key) => {
    const foreign = path.length === 0 ? FOREIGN_NAMES.get(key) : undefined;
    const meant = foreign ?? nearestName(key, known);
    return manifestProblem(
      formatPath([...path, key]),
      `The field ${quote(key)} is not known`,
      meant === undefined
        ? `Remove it, or use one of: ${known.join(", ")}`
        : `Did you mean "${meant}"?`,
    );
  });
}

function describeType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/**
 * What stands at a path of a value.
 *
 * @param value The value, of whatever shape.
 * @param path The path.
 * @returns What stands there; `undefined` where nothing does.
 */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined,
    value,
  );
}

function expectedType(expected: string): string {
  if (expected === "array") return "a list";
  return expected === "object" ? "an object" : `a ${expected}`;
}

/**
 * Says what an issue of the schema means.
 *
 * @param issue The issue.
 * @param input What the schema was given.
 * @returns The problems: one, or one for each field that is not known.
 */
export function issueProblems(
  issue: Issue,
  input: unknown,
): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    return unknownFields(issue.path, issue.keys);
  }
  const path = formatPath(issue.path);
  const subject = path === "" ? "The manifest" : `The field "${path}"`;
  const value = valueAt(input, issue.path);
  if (issue.code !== "invalid_type") {
    // Our schema's own messages are written as remedies.
    const shown = typeof value === "string"
      ? quote(value)
      : describeType(value);
    return [
      manifestProblem(path, `${subject} cannot be ${shown}`, issue.message),
    ];
  }
  const expected = expectedType(issue.expected);
  return [
    value === undefined
      ? manifestProblem(path, `${subject} is missing`, `Add it, as ${expected}`)
      : manifestProblem(
        path,
        `${subject} is ${describeType(value)}`,
        `Write ${expected}`,
      ),
  ];
}
