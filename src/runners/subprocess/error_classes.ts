import { PluginError } from "../../base/errors.ts";
import { TAG } from "./wire_format.ts";

type ErrorClass = new (message: string) => Error;

const LANGUAGE_ERRORS: readonly (readonly [string, ErrorClass])[] = [
  ["Error", Error],
  ["TypeError", TypeError],
  ["RangeError", RangeError],
  ["SyntaxError", SyntaxError],
  ["ReferenceError", ReferenceError],
  ["EvalError", EvalError],
  ["URIError", URIError],
];

/** Every class of errors that both processes have, except those with more arguments. */
export const ERRORS: ReadonlyMap<string, ErrorClass> = new Map([
  ...LANGUAGE_ERRORS,
  ...Object.entries(Deno.errors),
]);
// What errors have by themselves, and names whose replacement breaks an error.
const OWN_OF_ERRORS: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  "name",
  "message",
  "stack",
  "cause",
  "errors",
  "then",
  TAG,
]);

/** Tests if a member of an error crosses with it, and is not part of every error. */
export function isExtraOfError(key: string): boolean {
  return !OWN_OF_ERRORS.has(key);
}

/** The class of an error that the other process has, and its name. */
export interface ClassOfError {
  readonly kind: string;
  readonly name: string;
}

export function classOfError(error: Error): ClassOfError {
  const name = String(error.name);
  if (error instanceof DOMException) return { kind: "DOMException", name };
  if (error instanceof PluginError) return { kind: "PluginError", name };
  let prototype: unknown = Object.getPrototypeOf(error);
  // A class that the other process lacks becomes the nearest one, with its name.
  let own: string | undefined;
  while (typeof prototype === "object" && prototype !== null) {
    const maker: unknown = Reflect.get(prototype, "constructor");
    const kind = typeof maker === "function" ? maker.name : "";
    if (maker === AggregateError || ERRORS.get(kind) === maker) {
      return { kind, name: name === kind ? own ?? name : name };
    }
    if (kind !== "") own ??= kind;
    prototype = Object.getPrototypeOf(prototype);
  }
  return { kind: "Error", name };
}
