import { isRecord, type Problem } from "../base/errors.ts";
import { joinJsonPath, parseJson } from "../base/json.ts";
import { decodeFileText } from "../base/path.ts";
import { describeThrown, nearestName, quote } from "../base/text.ts";
import { checkDeclaration } from "../permissions/check_declaration.ts";
import {
  MAX_LIST_LENGTH,
  PERMISSION_KINDS,
  type PermissionDeclaration,
} from "../permissions/permission_set.ts";
import {
  ID_REGEXP,
  inferIdFromText,
  type Manifest,
  manifestProblem,
  MAX_MANIFEST_BYTES,
  MAX_REQUIREMENTS,
  MAX_TEXT_LENGTH,
  type Requirement,
  TYPE_REGEXP,
} from "./manifest.ts";
import { entryProblem } from "./source.ts";
import { isRange, isVersion, rangeFault } from "./version.ts";

export type ManifestResult =
  | { readonly ok: true; readonly manifest: Manifest }
  | {
    readonly ok: false;
    /** The id, when at least that is valid. */
    readonly id: string | undefined;
    /** Everything that is wrong; at least one. */
    readonly problems: readonly Problem[];
  };

type Fields = Readonly<Record<string, unknown>>;

/** Returns the remedy for an invalid text. */
type TextRule = (text: string) => string | undefined;

function checkId(text: string): string | undefined {
  return ID_REGEXP.test(text)
    ? undefined
    : "Use 1 to 64 of a-z, 0-9, - and _, with a letter or digit at both ends";
}

function checkType(text: string): string | undefined {
  return TYPE_REGEXP.test(text)
    ? undefined
    : "Use 1 to 63 of a-z, 0-9 and _, with a letter at the start, e.g. embedding";
}

function checkVersion(text: string): string | undefined {
  return isVersion(text) ? undefined : "Write a semantic version, e.g. 1.0.0";
}

function checkRange(text: string): string | undefined {
  return isRange(text) ? undefined : rangeFault(text);
}

function checkLength(text: string): string | undefined {
  return text.length > MAX_TEXT_LENGTH
    ? `Write at most ${MAX_TEXT_LENGTH.toLocaleString("en")} characters`
    : undefined;
}

function checkText(text: string): string | undefined {
  return text === ""
    ? "Write at least one character, or leave it out"
    : checkLength(text);
}

function checkUrl(text: string): string | undefined {
  return checkLength(text) ??
    (/^https?:\/\//.test(text) && URL.canParse(text)
      ? undefined
      : "Write an https: URL");
}

const OPTIONAL_TEXTS = [
  ["displayName", checkText],
  ["description", checkText],
  ["author", checkText],
  ["license", checkText],
  ["homepage", checkUrl],
  ["entry", checkText],
  ["host", checkRange],
] as const;

/** The fields of a manifest. */
export const MANIFEST_FIELDS: ReadonlySet<string> = new Set([
  "$schema",
  "id",
  "type",
  "version",
  ...OPTIONAL_TEXTS.map(([field]) => field),
  "requires",
  "permissions",
  "optionalPermissions",
]);

/** The fields of a requirement. */
export const REQUIREMENT_FIELDS: ReadonlySet<string> = new Set([
  "id",
  "version",
  "optional",
]);

/** The names of other systems for a field. */
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

const KINDS: ReadonlySet<string> = new Set(PERMISSION_KINDS);
const NO_REQUIREMENTS: readonly Requirement[] = Object.freeze([]);
const NO_PERMISSIONS: PermissionDeclaration = Object.freeze({});

/** Nobody reads more problems at once. */
const MAX_PROBLEMS = 100;

function describeType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** Copies a list, and of one that is too long a part that is too long as well. */
function copyList(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const list: unknown[] = [];
  const { length } = value;
  for (let index = 0; index < length && index <= MAX_LIST_LENGTH; index++) {
    list.push(value[index]);
  }
  return Object.freeze(list);
}

// It reads every field once, so that what it checked is what it returns: an
// object with code of its own (a getter, a Proxy) may change its mind.
class ManifestReader {
  readonly #problems: Problem[] = [];

  read(value: unknown): ManifestResult {
    if (!isRecord(value)) {
      this.#addType("", value, "an object");
      return this.#fail(undefined);
    }
    const id = this.#readText(value, "id", checkId);
    const type = this.#readText(value, "type", checkType);
    const version = this.#readText(value, "version", checkVersion);
    this.#readText(value, "$schema", checkLength, "", true);
    const texts: Partial<Record<typeof OPTIONAL_TEXTS[number][0], string>> = {};
    for (const [field, rule] of OPTIONAL_TEXTS) {
      const text = this.#readText(value, field, rule, "", true);
      if (text !== undefined) texts[field] = text;
    }
    const problem = texts.entry === undefined
      ? undefined
      : entryProblem(texts.entry);
    if (problem !== undefined) this.#add(problem);
    const requires = this.#readRequirements(value.requires);
    const permissions = this.#readPermissions(value, "permissions");
    const optionalPermissions = this.#readPermissions(
      value,
      "optionalPermissions",
    );
    this.#findUnknownFields(value, "", MANIFEST_FIELDS);
    if (
      this.#problems.length > 0 || id === undefined || type === undefined ||
      version === undefined
    ) return this.#fail(id);
    const manifest = Object.freeze({
      id,
      type,
      version,
      ...texts,
      requires,
      permissions,
      optionalPermissions,
    });
    return { ok: true, manifest };
  }

  #fail(id: string | undefined): ManifestResult {
    const problems = this.#problems.slice(0, MAX_PROBLEMS);
    if (this.#problems.length > MAX_PROBLEMS) {
      problems.push(manifestProblem(
        "",
        "The manifest has more problems than are listed here",
        "Correct the listed ones first",
      ));
    }
    return { ok: false, id, problems: Object.freeze(problems) };
  }

  get #isFull(): boolean {
    return this.#problems.length > MAX_PROBLEMS;
  }

  #add(problem: Problem): void {
    if (!this.#isFull) this.#problems.push(problem);
  }

  #addType(path: string, value: unknown, expected: string): void {
    const subject = path === "" ? "The manifest" : `The field "${path}"`;
    this.#add(
      value === undefined
        ? manifestProblem(
          path,
          `${subject} is missing`,
          `Add it, as ${expected}`,
        )
        : manifestProblem(
          path,
          `${subject} is ${describeType(value)}`,
          `Write ${expected}`,
        ),
    );
  }

  #readText(
    fields: Fields,
    key: string,
    rule: TextRule,
    path = "",
    isOptional = false,
  ): string | undefined {
    const value = fields[key];
    if (value === undefined && isOptional) return undefined;
    if (typeof value !== "string") {
      this.#addType(joinJsonPath(path, key), value, "a string");
      return undefined;
    }
    const remedy = rule(value);
    if (remedy === undefined) return value;
    const at = joinJsonPath(path, key);
    const message = `The field "${at}" cannot be ${quote(value)}`;
    this.#add(manifestProblem(at, message, remedy));
    return undefined;
  }

  #readRequirements(given: unknown): readonly Requirement[] {
    if (given === undefined) return NO_REQUIREMENTS;
    if (!Array.isArray(given)) {
      this.#addType("requires", given, "a list");
      return NO_REQUIREMENTS;
    }
    const { length } = given;
    if (!(length <= MAX_REQUIREMENTS)) {
      const most = MAX_REQUIREMENTS.toLocaleString("en");
      this.#add(manifestProblem(
        "requires",
        `The field "requires" has more than ${most} plugins`,
        `Require at most ${most} plugins`,
      ));
      return NO_REQUIREMENTS;
    }
    const list: Requirement[] = [];
    const ids = new Set<string>();
    for (let index = 0; index < length; index++) {
      const read = this.#readRequirement(
        given[index],
        `requires[${index}]`,
        ids,
      );
      if (read !== undefined) list.push(read);
    }
    return Object.freeze(list);
  }

  #readRequirement(
    given: unknown,
    path: string,
    ids: Set<string>,
  ): Requirement | undefined {
    if (!isRecord(given)) {
      this.#addType(path, given, "an object");
      return undefined;
    }
    const id = this.#readText(given, "id", checkId, path);
    const version = this.#readText(given, "version", checkRange, path);
    const { optional } = given;
    if (optional !== undefined && typeof optional !== "boolean") {
      this.#addType(`${path}.optional`, optional, "a boolean");
    }
    this.#findUnknownFields(given, path, REQUIREMENT_FIELDS);
    if (id !== undefined && ids.has(id)) {
      this.#add(manifestProblem(
        `${path}.id`,
        `The plugin ${quote(id)} is required twice`,
        "Require it once, with one range",
      ));
    }
    if (id === undefined || version === undefined) return undefined;
    ids.add(id);
    return Object.freeze(
      typeof optional === "boolean"
        ? { id, version, optional }
        : { id, version },
    );
  }

  #readPermissions(
    fields: Fields,
    field: "permissions" | "optionalPermissions",
  ): PermissionDeclaration {
    const given = fields[field];
    if (given === undefined) return NO_PERMISSIONS;
    const declared: Record<string, true | readonly string[]> = {};
    const invalid: [string, unknown][] = [];
    if (isRecord(given)) {
      for (const kind of PERMISSION_KINDS) {
        const value = copyList(given[kind]);
        if (value === true || isTextList(value)) declared[kind] = value;
        else if (value !== undefined) invalid.push([kind, value]);
      }
      for (const key in given) {
        if (invalid.length > MAX_PROBLEMS) break;
        if (!KINDS.has(key)) invalid.push([key, true]);
      }
    }
    const checked = !isRecord(given)
      ? given
      : invalid.length === 0
      ? declared
      : Object.fromEntries([...Object.entries(declared), ...invalid]);
    for (const problem of checkDeclaration(checked, field)) this.#add(problem);
    return Object.freeze(declared);
  }

  #findUnknownFields(
    fields: Fields,
    path: string,
    known: ReadonlySet<string>,
  ): void {
    for (const key in fields) {
      if (known.has(key)) continue;
      if (this.#isFull) return;
      const foreign = path === "" ? FOREIGN_NAMES.get(key) : undefined;
      const meant = foreign ?? nearestName(key, [...known]);
      this.#add(manifestProblem(
        joinJsonPath(path, key),
        `The field ${quote(key)} is not known`,
        meant === undefined
          ? `Remove it, or use one of: ${[...known].join(", ")}`
          : `Did you mean "${meant}"?`,
      ));
    }
  }
}

/**
 * Reads a manifest out of a value of unknown shape. The value is copied, so that
 * changing it later changes nothing. Never throws, whatever the value is.
 */
export function parseManifest(value: unknown): ManifestResult {
  try {
    return new ManifestReader().read(value);
  } catch (thrown) {
    // Only an object with code of its own gets here.
    return {
      ok: false,
      id: undefined,
      problems: Object.freeze([manifestProblem(
        "",
        `The manifest cannot be read: ${describeThrown(thrown)}`,
        "Pass plain data",
      )]),
    };
  }
}

export type DecodeResult =
  | { readonly ok: true; readonly value: unknown }
  | {
    readonly ok: false;
    /** The id that invalid JSON appears to name. */
    readonly inferredId?: string | undefined;
    readonly problems: readonly Problem[];
  };

function fail(
  message: string,
  remedy: string,
  inferredId?: string,
): DecodeResult {
  const problems = Object.freeze([manifestProblem("", message, remedy)]);
  return { ok: false, inferredId, problems };
}

/** Reads the bytes of a manifest as JSON. Never quotes them: a link may point to any file. */
export function decodeManifest(bytes: Uint8Array): DecodeResult {
  const decoded = decodeFileText(bytes, MAX_MANIFEST_BYTES);
  if ("fault" in decoded) {
    return fail(
      `The manifest ${decoded.fault}`,
      "Write a short JSON text in UTF-8: a manifest names what a plugin needs, and no more",
    );
  }
  const { text } = decoded;
  const parsed = parseJson(text);
  if (parsed.ok) return parsed;
  const { line, column, duplicateKey } = parsed.fault;
  const place = `line ${line}, column ${column}`;
  const id = inferIdFromText(text);
  return duplicateKey !== undefined
    ? fail(
      `The manifest has a duplicate field: ${place}`,
      "Write every field once: JSON readers use the last, and people may see the first",
      id,
    )
    : fail(
      `The manifest is not JSON: ${place}`,
      "Correct the JSON at that place; JSON has no comments and no trailing commas",
      id,
    );
}
