import { cut, quote } from "./text.ts";

/** Any JSON value. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | JsonObject;

/** A JSON object. */
export interface JsonObject {
  /** The value of each key. */
  readonly [key: string]: JsonValue;
}

export type JsonCopy =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly path: string; readonly what: string };

const MAX_DEPTH = 64;
// A small object whose parts are shared can have a huge copy.
const MAX_VALUES = 1_000_000;
const PLAIN_KEY_REGEXP = /^[A-Za-z_$][\w$]{0,63}$/;

/** Returns the path of a member for a message, e.g. `servers[0].name`; the top has the path `""`. */
export function joinJsonPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!PLAIN_KEY_REGEXP.test(key)) return `${path}[${quote(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

export function isJsonObject(
  value: JsonValue | undefined,
): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tests if an object has no class of its own. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // The Object.prototype of another realm has no prototype either.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

class NotJson {
  constructor(readonly path: string, readonly what: string) {}
}

class Copier {
  #left = MAX_VALUES;
  readonly #above: object[] = [];

  copy(value: unknown, path: string): JsonValue {
    if (--this.#left < 0) throw new NotJson(path, "is one of too many values");
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        if (!Number.isFinite(value)) {
          throw new NotJson(path, "is a number that JSON does not have");
        }
        // JSON has no negative zero.
        return value === 0 ? 0 : value;
      case "object":
        return value === null ? null : this.#copyObject(value, path);
      default:
        throw new NotJson(path, `is of the type ${typeof value}, not JSON`);
    }
  }

  #copyObject(value: object, path: string): JsonValue {
    if (this.#above.includes(value)) {
      throw new NotJson(path, "contains itself");
    }
    if (this.#above.length >= MAX_DEPTH) {
      throw new NotJson(path, `is nested more than ${MAX_DEPTH} deep`);
    }
    this.#above.push(value);
    const copy = Array.isArray(value)
      ? this.#copyList(value, path)
      : this.#copyFields(value, path);
    this.#above.pop();
    return Object.freeze(copy);
  }

  #copyList(list: readonly unknown[], path: string): readonly JsonValue[] {
    const copy: JsonValue[] = [];
    for (let index = 0; index < list.length; index++) {
      copy.push(this.copy(list[index], joinJsonPath(path, index)));
    }
    return copy;
  }

  #copyFields(object: object, path: string): JsonObject {
    if (!isPlainObject(object)) {
      throw new NotJson(path, "is an object of a class, not JSON");
    }
    const fields: [string, JsonValue][] = [];
    for (const [key, value] of Object.entries(object)) {
      // Like JSON.stringify, it omits what is undefined.
      if (value === undefined) continue;
      const at = joinJsonPath(path, key);
      if (key === "__proto__") {
        throw new NotJson(at, "has a name that would change other objects");
      }
      fields.push([key, this.copy(value, at)]);
    }
    return Object.fromEntries(fields);
  }
}

/**
 * Makes a deeply frozen copy of a value, or finds the first place in it that is
 * not JSON. `path` names the value in that place.
 */
export function copyJson(value: unknown, path: string): JsonCopy {
  try {
    return { ok: true, value: new Copier().copy(value, path) };
  } catch (thrown) {
    if (!(thrown instanceof NotJson)) throw thrown;
    return { ok: false, path: cut(thrown.path, 400), what: thrown.what };
  }
}
