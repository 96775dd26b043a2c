/**
 * Checks of what a caller hands over: types hold in TypeScript alone.
 *
 * @module
 */

import { PluginError } from "./errors.ts";

/** Names the kind of a value. Shows nothing of it: it may be a secret. */
function describeKind(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === "") return "an empty text";
  if (Array.isArray(value)) return "a list";
  if (value instanceof URL) return "a URL";
  if (typeof value === "string") return "a text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The argument that a function expects. */
export interface Expected {
  /** The work that fails without it, e.g. `open audit log`. */
  readonly action: string;
  /** Its kind, e.g. `a path`. */
  readonly expected: string;
  /** The right call. */
  readonly remedy: string;
}

/**
 * Makes the error for an argument of the wrong kind.
 *
 * @param given The argument.
 * @param wanted What it should have been.
 * @returns The error, with the code `PLUGIN_OPTION_INVALID`.
 */
export function argumentError(
  given: unknown,
  { action, expected, remedy }: Expected,
): PluginError {
  return new PluginError(
    `Cannot ${action}: expected ${expected}, got ${describeKind(given)}`,
    { code: "PLUGIN_OPTION_INVALID", remedy },
  );
}

/** Tests if a value is an object, and neither a list nor a function. */
export function isRecord(
  value: unknown,
): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** True for an object whose methods include some. */
export function hasMethods(value: unknown, ...names: string[]): boolean {
  return typeof value === "object" && value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === "function");
}

/**
 * Throws unless an argument is the path of a file.
 *
 * @param path The argument.
 * @param action What needs it.
 * @param call The right call.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when it is not.
 */
export function requirePath(path: unknown, action: string, call: string): void {
  if (typeof path === "string" && path !== "") return;
  const remedy = `Give the path first, as in ${call}`;
  throw argumentError(path, { action, expected: "a path", remedy });
}

/**
 * Throws unless an argument is an object of options.
 *
 * @param options The argument.
 * @param action What needs it.
 * @param call The right call.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when it is not.
 */
export function requireOptions(
  options: unknown,
  action: string,
  call: string,
): void {
  if (isRecord(options)) return;
  const remedy = `Give an object, as in ${call}`;
  throw argumentError(options, { action, expected: "options", remedy });
}
