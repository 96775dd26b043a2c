/**
 * From a value of unknown shape to a manifest, or to everything that is wrong
 * with it.
 *
 * A manifest that is plainly good is read without the schema library; what
 * validates by it is loaded with the first one that is not.
 *
 * @module
 */

import { checkDeclaration } from "../permissions/check_declaration.ts";
import {
  MAX_LIST_LENGTH,
  PERMISSION_KINDS,
  type PermissionDeclaration,
} from "../permissions/permission_set.ts";
import { entryProblem } from "./entry.ts";
import {
  ID_REGEXP,
  isWebAddress,
  type Manifest,
  MAX_REQUIREMENTS,
  MAX_TEXT_LENGTH,
  type Requirement,
  TYPE_REGEXP,
} from "./manifest.ts";
import type { ManifestResult } from "./validate_manifest.ts";
import { isRange, isVersion } from "./version.ts";

type Fields = Readonly<Record<string, unknown>>;

const OPTIONAL_TEXTS = [
  ["displayName", isText],
  ["description", isText],
  ["author", isText],
  ["license", isText],
  ["homepage", isWebAddress],
  ["entry", isEntry],
  ["host", isRange],
] as const;

// A field that is not read here is one that the schema decides about.
const FIELDS: ReadonlySet<string> = new Set([
  "$schema",
  "id",
  "type",
  "version",
  ...OPTIONAL_TEXTS.map(([field]) => field),
  "requires",
  "permissions",
  "optionalPermissions",
]);
const REQUIREMENT_FIELDS: ReadonlySet<string> = new Set([
  "id",
  "version",
  "optional",
]);
const KINDS: ReadonlySet<string> = new Set(PERMISSION_KINDS);

const NO_REQUIREMENTS: readonly Requirement[] = Object.freeze([]);
const NO_PERMISSIONS: PermissionDeclaration = Object.freeze({});

function isText(text: string): boolean {
  return text.length > 0 && text.length <= MAX_TEXT_LENGTH;
}

function isEntry(text: string): boolean {
  return isText(text) && entryProblem(text) === undefined;
}

/** Whether a value is an object without a class, and without other fields. */
function hasOnly(
  value: unknown,
  fields: ReadonlySet<string>,
): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) if (!fields.has(key)) return false;
  return true;
}

/** The same values in a list of its own, each looked at once. */
function readList<Value>(
  given: unknown,
  max: number,
  read: (value: unknown) => Value | undefined,
): readonly Value[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const { length } = given;
  if (length > max) return undefined;
  const list: Value[] = [];
  for (let index = 0; index < length; index++) {
    const value = read(given[index]);
    if (value === undefined) return undefined;
    list.push(value);
  }
  // The length that a Proxy tells may be none.
  return list.length === length ? Object.freeze(list) : undefined;
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function readRequirement(value: unknown): Requirement | undefined {
  if (!hasOnly(value, REQUIREMENT_FIELDS)) return undefined;
  const { id, version, optional } = value;
  if (typeof id !== "string" || !ID_REGEXP.test(id)) return undefined;
  if (typeof version !== "string" || !isRange(version)) return undefined;
  if (!("optional" in value)) return Object.freeze({ id, version });
  return typeof optional === "boolean"
    ? Object.freeze({ id, version, optional })
    : undefined;
}

function readRequirements(given: unknown): readonly Requirement[] | undefined {
  if (given === undefined) return NO_REQUIREMENTS;
  const requires = readList(given, MAX_REQUIREMENTS, readRequirement);
  const ids = new Set(requires?.map(({ id }) => id));
  return ids.size === requires?.length ? requires : undefined;
}

function readPermissions(given: unknown): PermissionDeclaration | undefined {
  if (given === undefined) return NO_PERMISSIONS;
  if (!hasOnly(given, KINDS)) return undefined;
  const declared: Record<string, true | readonly string[]> = {};
  for (const kind of PERMISSION_KINDS) {
    const values = given[kind];
    if (values === undefined) continue;
    const list = values === true
      ? values
      : readList(values, MAX_LIST_LENGTH, readText);
    if (list === undefined) return undefined;
    declared[kind] = list;
  }
  return checkDeclaration(declared).length === 0
    ? Object.freeze(declared)
    : undefined;
}

type OptionalTexts = Partial<
  Record<typeof OPTIONAL_TEXTS[number][0], string>
>;

function readOptionalTexts(given: Fields): OptionalTexts | undefined {
  const texts: OptionalTexts = {};
  for (const [field, isGood] of OPTIONAL_TEXTS) {
    const text = given[field];
    if (text === undefined && !(field in given)) continue;
    if (typeof text !== "string" || !isGood(text)) return undefined;
    texts[field] = text;
  }
  return texts;
}

function read(value: unknown): Manifest | undefined {
  if (!hasOnly(value, FIELDS)) return undefined;
  const { $schema = "", id, type, version } = value;
  if (typeof $schema !== "string" || $schema.length > MAX_TEXT_LENGTH) {
    return undefined;
  }
  if (typeof id !== "string" || !ID_REGEXP.test(id)) return undefined;
  if (typeof type !== "string" || !TYPE_REGEXP.test(type)) return undefined;
  if (typeof version !== "string" || !isVersion(version)) return undefined;
  const texts = readOptionalTexts(value);
  const requires = readRequirements(value.requires);
  const permissions = readPermissions(value.permissions);
  const optionalPermissions = readPermissions(value.optionalPermissions);
  if (
    texts === undefined || requires === undefined ||
    permissions === undefined || optionalPermissions === undefined
  ) return undefined;
  return Object.freeze({
    id,
    type,
    version,
    ...texts,
    requires,
    permissions,
    optionalPermissions,
  });
}

/**
 * Reads a manifest out of a value that is plainly a good one.
 *
 * The value is copied: each of its fields is looked at once, and what was seen
 * is what is checked and returned. It never throws, whatever the value is.
 *
 * @param value What `JSON.parse`, a JSON module or a host handed over.
 * @returns The manifest, frozen; `undefined` where that is for the schema to decide.
 */
export function readPlainManifest(value: unknown): Manifest | undefined {
  try {
    return read(value);
  } catch {
    // An object with code of its own (a getter, a Proxy).
    return undefined;
  }
}

type Validate = (value: unknown) => ManifestResult;

let loading: Promise<Validate> | undefined;

async function loadValidation(): Promise<Validate> {
  const { validateManifest } = await import("./validate_manifest.ts");
  return validateManifest;
}

/**
 * Reads a manifest out of a value of unknown shape.
 *
 * The value is copied, so that changing it later changes nothing. Whatever the
 * value is, what comes back is a result.
 *
 * What validates by the schema is loaded with the first value that is not
 * plainly a good manifest.
 *
 * @param value What `JSON.parse`, a JSON module or a host handed over.
 * @returns The manifest, frozen, or every problem at once.
 */
export async function parseManifest(value: unknown): Promise<ManifestResult> {
  const manifest = readPlainManifest(value);
  if (manifest !== undefined) return { ok: true, manifest };
  // Deno takes its time for an import of what is loaded already, too.
  const validateManifest = await (loading ??= loadValidation());
  return validateManifest(value);
}
