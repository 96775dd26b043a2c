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

class Fault {
  readonly path: string;
  readonly what: string;

  constructor(path: string, what: string) {
    this.path = path;
    this.what = what;
  }
}

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

class Copier {
  #left = MAX_VALUES;
  readonly #above: object[] = [];

  copy(value: unknown, path: string): JsonValue | Fault {
    if (--this.#left < 0) return new Fault(path, "is one of too many values");
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        if (!Number.isFinite(value)) {
          return new Fault(path, "is a number that JSON does not have");
        }
        // JSON has no negative zero.
        return value === 0 ? 0 : value;
      case "object":
        return value === null ? null : this.#copyObject(value, path);
      default:
        return new Fault(path, `is of the type ${typeof value}, not JSON`);
    }
  }

  #copyObject(value: object, path: string): JsonValue | Fault {
    if (this.#above.includes(value)) {
      return new Fault(path, "contains itself");
    }
    if (this.#above.length >= MAX_DEPTH) {
      return new Fault(path, `is nested more than ${MAX_DEPTH} deep`);
    }
    this.#above.push(value);
    const copy = Array.isArray(value)
      ? this.#copyMembers(value, path)
      : isPlainObject(value)
      ? this.#copyFields(value, path)
      : new Fault(path, "is an object of a class, not JSON");
    this.#above.pop();
    return copy;
  }

  #copyMembers(list: readonly unknown[], path: string): JsonValue | Fault {
    const copy: JsonValue[] = [];
    for (let i = 0; i < list.length; i++) {
      const member = this.copy(list[i], joinJsonPath(path, i));
      if (member instanceof Fault) return member;
      copy.push(member);
    }
    return Object.freeze(copy);
  }

  #copyFields(object: object, path: string): JsonValue | Fault {
    const fields: [string, JsonValue][] = [];
    for (const [key, value] of Object.entries(object)) {
      // Like JSON.stringify, it omits what is undefined.
      if (value === undefined) continue;
      const at = joinJsonPath(path, key);
      if (key === "__proto__") {
        return new Fault(at, "has a name that would change other objects");
      }
      const field = this.copy(value, at);
      if (field instanceof Fault) return field;
      fields.push([key, field]);
    }
    return Object.freeze(Object.fromEntries(fields));
  }
}

/**
 * Makes a deeply frozen copy of a value, or finds the first place in it that is
 * not JSON. `path` names the value in that place.
 */
export function copyJson(value: unknown, path: string): JsonCopy {
  const copy = new Copier().copy(value, path);
  return copy instanceof Fault
    ? { ok: false, path: cut(copy.path, 400), what: copy.what }
    : { ok: true, value: copy };
}
