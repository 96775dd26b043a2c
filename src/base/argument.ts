import { PluginError } from "./errors.ts";

// Shows nothing of the value: it may be a secret.
function describeKind(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === "") return "an empty text";
  if (Array.isArray(value)) return "a list";
  if (value instanceof URL) return "a URL";
  if (typeof value === "string") return "a text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Makes the error for an argument of the wrong kind, for callers without TypeScript. */
export function argumentError(
  given: unknown,
  { action, expected, remedy }: {
    /** The action that fails, e.g. `open audit log`. */
    readonly action: string;
    /** The expected kind, e.g. `a path`. */
    readonly expected: string;
    readonly remedy: string;
  },
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

/** Tests if a value has all of these methods. */
export function hasMethods(value: unknown, ...names: string[]): boolean {
  return typeof value === "object" && value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === "function");
}

/** Throws unless an argument is a path; `call` shows a correct call. */
export function requirePath(path: unknown, action: string, call: string): void {
  if (typeof path === "string" && path !== "") return;
  const remedy = `Give the path first, as in ${call}`;
  throw argumentError(path, { action, expected: "a path", remedy });
}

/** Throws unless an argument is an object; `call` shows a correct call. */
export function requireOptions(
  options: unknown,
  action: string,
  call: string,
): void {
  if (isRecord(options)) return;
  const remedy = `Give an object, as in ${call}`;
  throw argumentError(options, { action, expected: "options", remedy });
}
