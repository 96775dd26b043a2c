/** Reads JSON files strictly: every fault has its path, a sentence and a remedy. Pure. */

import type { PluginErrorCode, Problem } from "../base/errors.ts";
import {
  isJsonObject,
  joinJsonPath,
  type JsonObject,
  type JsonValue,
  parseJson,
} from "../base/json.ts";
import { decodeFileText } from "../base/path.ts";
import { nearestName, quote } from "../base/text.ts";
import { checkDeclaration } from "../permissions/check_declaration.ts";
import {
  isPermissionKind,
  PERMISSION_KINDS,
  type PermissionDeclaration,
} from "../permissions/permission_set.ts";

/** The most bytes of a file. */
const MAX_BYTES = 33_554_432;

/** Nobody reads more problems at once. */
const MAX_PROBLEMS = 100;

/** Returns the remedy for a text that is invalid. */
export type TextRule = (text: string) => string | undefined;

/** Makes the rule of an expression. */
export function matching(expression: RegExp, remedy: string): TextRule {
  return (text) => expression.test(text) ? undefined : remedy;
}

/** The file that is read, for messages. */
export interface FileKind {
  readonly code: PluginErrorCode;
  /** E.g. `lock`. */
  readonly name: string;
}

/** Collects the problems of one file. */
export class JsonReader {
  readonly #kind: FileKind;
  readonly #problems: Problem[] = [];

  constructor(kind: FileKind) {
    this.#kind = kind;
  }

  /** The problems so far. */
  get problems(): readonly Problem[] {
    return Object.freeze(this.#problems.slice());
  }

  add(path: string, message: string, remedy: string): undefined {
    if (this.#problems.length >= MAX_PROBLEMS) return undefined;
    const { code } = this.#kind;
    this.#problems.push(Object.freeze({ code, message, remedy, path }));
    return undefined;
  }

  /** Parses a file; `undefined` if it is not JSON. */
  parse(content: string | Uint8Array): JsonValue | undefined {
    const decoded = typeof content !== "string"
      ? decodeFileText(content, MAX_BYTES)
      : content.length <= MAX_BYTES
      ? { text: content }
      : { fault: `is longer than ${MAX_BYTES} characters` };
    const { name } = this.#kind;
    if ("fault" in decoded) {
      return this.add("", `The ${name} ${decoded.fault}`, "Restore the file");
    }
    const parsed = parseJson(decoded.text);
    if (parsed.ok) return parsed.value;
    const { line, column, duplicateKey } = parsed.fault;
    const place = `line ${line}, column ${column}`;
    return duplicateKey === undefined
      ? this.add(
        "",
        `The ${name} is not JSON: ${place}`,
        "Correct the JSON at that place, and remove marks of a merge",
      )
      : this.add(
        "",
        `The ${name} has a duplicate field: ${place}`,
        "Write every field once: JSON readers use the last, and people may see the first",
      );
  }

  #addType(path: string, value: JsonValue | undefined, expected: string) {
    const subject = path === ""
      ? `The ${this.#kind.name}`
      : `The field "${path}"`;
    return value === undefined
      ? this.add(path, `${subject} is missing`, `Add it, as ${expected}`)
      : this.add(path, `${subject} is not ${expected}`, `Write ${expected}`);
  }

  /** Reads an object, and refuses fields that nobody knows. */
  object(
    value: JsonValue | undefined,
    path: string,
    known?: readonly string[],
  ): JsonObject | undefined {
    if (!isJsonObject(value)) return this.#addType(path, value, "an object");
    if (known === undefined) return value;
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      const meant = nearestName(key, known);
      this.add(
        joinJsonPath(path, key),
        `The field ${quote(key)} is not known`,
        meant === undefined
          ? `Remove it, or use one of: ${known.join(", ")}`
          : `Did you mean "${meant}"?`,
      );
    }
    return value;
  }

  /** Reads a list. */
  list(
    value: JsonValue | undefined,
    path: string,
  ): readonly JsonValue[] | undefined {
    if (Array.isArray(value)) return value;
    return this.#addType(path, value, "a list");
  }

  /** Reads a text by a rule. */
  text(
    value: JsonValue | undefined,
    path: string,
    rule: TextRule,
  ): string | undefined {
    if (typeof value !== "string") {
      return this.#addType(path, value, "a string");
    }
    const remedy = rule(value);
    if (remedy === undefined) return value;
    return this.add(
      path,
      `The field "${path}" cannot be ${quote(value)}`,
      remedy,
    );
  }

  /** Reads a text that may be left out. */
  optionalText(
    value: JsonValue | undefined,
    path: string,
    rule: TextRule,
  ): string | undefined {
    return value === undefined ? undefined : this.text(value, path, rule);
  }

  /** Reads a number that counts changes. */
  serial(value: JsonValue | undefined, path: string): number | undefined {
    return typeof value === "number" && Number.isSafeInteger(value) && value > 0
      ? value
      : this.#addType(path, value, "a whole number from 1");
  }

  /** Reads the version of the format, which decides what every field means. */
  format(value: JsonValue | undefined, path: string): 1 | undefined {
    if (value === 1) return 1;
    if (typeof value !== "number") return this.#addType(path, value, "1");
    return this.add(
      path,
      `The field "${path}" cannot be ${value}`,
      "Use the version of @semantik/plugins that wrote the file",
    );
  }

  /** Reads permissions, with the paths of any system. */
  permissions(
    value: JsonValue | undefined,
    path: string,
  ): PermissionDeclaration {
    const fields = value === undefined ? {} : this.object(value, path);
    const declared: Partial<
      Record<keyof PermissionDeclaration, true | readonly string[]>
    > = {};
    for (const [kind, list] of Object.entries(fields ?? {})) {
      const at = joinJsonPath(path, kind);
      if (!isPermissionKind(kind)) {
        const kinds = PERMISSION_KINDS.join(", ");
        this.add(
          at,
          `${quote(kind)} is not a Deno permission`,
          `Write ${kinds}`,
        );
      } else if (list === true) declared[kind] = true;
      else if (isTextList(list)) declared[kind] = list;
      else this.#addType(at, list, "true or a list of strings");
    }
    // A lock travels between systems: either reading of a path is fine.
    const faults = [false, true].map((windows) =>
      checkDeclaration(declared, path, { windows })
    );
    const [some = []] = faults.toSorted((a, b) => a.length - b.length);
    for (const { message, remedy, path: at } of some) {
      this.add(at ?? path, message, remedy);
    }
    return Object.freeze(declared);
  }
}

function isTextList(value: JsonValue): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
