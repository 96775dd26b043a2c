/**
 * What a plugin's schema answered, as data of our own: an object with code of
 * its own may answer otherwise the next time it is asked.
 *
 * @module
 */

import type { StandardIssue, StandardResult } from "../standard_schema.ts";

// Nobody reads more of either.
const MAX_ISSUES = 100;
const MAX_PATH_LENGTH = 100;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** By index: a list may bring an iterator of its own, which need not end. */
function readList<Item>(
  list: readonly unknown[],
  limit: number,
  read: (item: unknown) => Item,
): readonly Item[] {
  const length = Math.min(list.length, limit);
  return Object.freeze(
    Array.from({ length }, (_, index) => read(list[index])),
  );
}

function readKey(segment: unknown): PropertyKey {
  const key: unknown = isObject(segment)
    ? Reflect.get(segment, "key")
    : segment;
  return typeof key === "number" || typeof key === "symbol" ? key : `${key}`;
}

function readIssue(issue: unknown): StandardIssue {
  if (!isObject(issue)) return Object.freeze({ message: `${issue}` });
  const message: unknown = Reflect.get(issue, "message");
  const path: unknown = Reflect.get(issue, "path");
  return Object.freeze({
    message: `${message}`,
    path: Array.isArray(path)
      ? readList(path, MAX_PATH_LENGTH, readKey)
      : undefined,
  });
}

/**
 * Reads what a schema answered.
 *
 * @param result Its answer, of whatever shape.
 * @returns The same, copied and frozen but for the value; `undefined` where it
 * is no result of a Standard Schema.
 * @throws whatever the answer's own code throws.
 */
export function readResult(
  result: unknown,
): StandardResult<unknown> | undefined {
  if (!isObject(result)) return undefined;
  const issues: unknown = Reflect.get(result, "issues");
  if (Array.isArray(issues)) {
    return Object.freeze({ issues: readList(issues, MAX_ISSUES, readIssue) });
  }
  if (issues !== undefined || !("value" in result)) return undefined;
  const value: unknown = Reflect.get(result, "value");
  return Object.freeze({ value });
}
