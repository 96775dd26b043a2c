/** The lock: for each plugin what a person reviewed, down to its bytes. Pure. */

import type { Problem } from "../base/errors.ts";
import { joinJsonPath, type JsonObject, type JsonValue } from "../base/json.ts";
import { isVersion } from "../manifest/version.ts";
import { ID_REGEXP } from "../manifest/manifest.ts";
import { normalForm } from "../permissions/normalize_permissions.ts";
import {
  listEntries,
  type PermissionDeclaration,
} from "../permissions/permission_set.ts";
import { JsonReader, matching, type TextRule } from "./json_reader.ts";
import { compareBytes, DIGEST_REGEXP, pathFault, sortFiles } from "./tree.ts";

/** A publisher, as the lock names one. */
export interface LockedPublisher {
  /** The name in the trust file. */
  readonly name: string;
  /** The fingerprint of the key that signed, e.g. `SHA256:…`. */
  readonly key: string;
}

/** A plugin as a person reviewed it, whatever it is. */
export interface LockedReview {
  /** The source, as the host names it, e.g. `./plugins/search`. */
  readonly source: string;
  /** The version of its manifest. */
  readonly version: string;
  /** The permissions that it needs. */
  readonly permissions: PermissionDeclaration;
  /** The permissions that it uses when they are granted. */
  readonly optionalPermissions: PermissionDeclaration;
  /** Whoever signed it, if it was signed. */
  readonly publisher?: LockedPublisher;
  /** The time of the review, in UTC. */
  readonly lockedAt: string;
  /** The integrity of each module that it brings, as in `deno.lock`. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** A plugin in a directory. */
export interface LockedDirectory extends LockedReview {
  /** The digest of its tree. */
  readonly tree: string;
  /** The SHA-256 of each file, by its path. */
  readonly files: Readonly<Record<string, string>>;
}

/** A plugin that Deno downloads. */
export interface LockedPackage extends LockedReview {
  /** The specifier with its version, or the URL. */
  readonly resolved: string;
  /** The SHA-256 of its manifest. */
  readonly manifest: string;
}

/** A plugin in a lock. */
export type LockedPlugin = LockedDirectory | LockedPackage;

/** The contents of a `plugins.lock.json`. */
export interface PluginsLock {
  /** The JSON Schema for editors. */
  readonly $schema?: string;
  /** The version of the format. */
  readonly lockVersion: 1;
  /** Grows with each change, and never goes back. */
  readonly serial: number;
  /** The plugins, by id. */
  readonly plugins: Readonly<Record<string, LockedPlugin>>;
}

/** The result of parsing a lock. */
export type LockResult =
  | {
    /** The lock is valid. */
    readonly ok: true;
    /** The lock. */
    readonly lock: PluginsLock;
  }
  | {
    /** The lock is invalid as a whole. */
    readonly ok: false;
    /** Everything that is wrong; at least one. */
    readonly problems: readonly Problem[];
  };

/** The fields of a lock, in the order in which they are written. */
export const LOCK_FIELDS = ["$schema", "lockVersion", "serial", "plugins"];

/** The fields of a locked plugin, in the order in which they are written. */
export const LOCKED_FIELDS = [
  "source",
  "resolved",
  "version",
  "tree",
  "manifest",
  "permissions",
  "optionalPermissions",
  "publisher",
  "lockedAt",
  "dependencies",
  "files",
];

/** Times in UTC. */
export const TIME_REGEXP: RegExp =
  /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{1,3})?Z$/;

/** Fingerprints of keys, as `ssh-keygen -l` prints them. */
export const FINGERPRINT_REGEXP: RegExp = /^SHA256:[A-Za-z0-9+/]{43}$/;

const MAX_TEXT_LENGTH = 4_096;

const digest = matching(
  DIGEST_REGEXP,
  "Write a SHA-256 as 64 of 0-9 and a-f, as sha256sum prints it",
);

/** Refuses what is no time. */
export const timeRule: TextRule = (text) =>
  TIME_REGEXP.test(text) && Number.isFinite(Date.parse(text))
    ? undefined
    : "Write a time in UTC, e.g. 2026-01-31T12:00:00Z";

/** Refuses what is empty, or longer than anybody reads. */
export const textRule: TextRule = (text) =>
  text !== "" && text.length <= MAX_TEXT_LENGTH
    ? undefined
    : `Write 1 to ${MAX_TEXT_LENGTH} characters`;

const versionRule: TextRule = (text) =>
  isVersion(text) ? undefined : "Write a semantic version, e.g. 1.0.0";

const fingerprintRule = matching(
  FINGERPRINT_REGEXP,
  "Write the fingerprint that ssh-keygen -l prints, e.g. SHA256:…",
);

class LockReader {
  readonly #json = new JsonReader({
    code: "PLUGIN_LOCK_INVALID",
    name: "lock",
  });

  read(content: string | Uint8Array): LockResult {
    const json = this.#json;
    const value = json.parse(content);
    if (value === undefined) return { ok: false, problems: json.problems };
    const fields = json.object(value, "", LOCK_FIELDS);
    if (fields === undefined) return { ok: false, problems: json.problems };
    const lockVersion = json.format(fields.lockVersion, "lockVersion");
    const serial = json.serial(fields.serial, "serial");
    const schema = json.optionalText(fields.$schema, "$schema", textRule);
    const plugins = this.#readPlugins(fields.plugins);
    const { problems } = json;
    if (
      problems.length > 0 || lockVersion === undefined || serial === undefined
    ) return { ok: false, problems };
    const lock = Object.freeze({
      ...schema === undefined ? {} : { $schema: schema },
      lockVersion,
      serial,
      plugins,
    });
    return { ok: true, lock };
  }

  #readPlugins(value: JsonValue | undefined): PluginsLock["plugins"] {
    const plugins: [string, LockedPlugin][] = [];
    const fields = this.#json.object(value, "plugins") ?? {};
    for (const [id, locked] of Object.entries(fields)) {
      const path = joinJsonPath("plugins", id);
      if (!ID_REGEXP.test(id)) {
        this.#json.add(
          path,
          "The id of the plugin is invalid",
          "Correct the id",
        );
        continue;
      }
      const plugin = this.#readPlugin(locked, path);
      if (plugin !== undefined) plugins.push([id, plugin]);
    }
    return Object.freeze(Object.fromEntries(plugins));
  }

  #readPlugin(value: JsonValue, path: string): LockedPlugin | undefined {
    const json = this.#json;
    const fields = json.object(value, path, LOCKED_FIELDS);
    if (fields === undefined) return undefined;
    const at = (field: string) => `${path}.${field}`;
    const source = json.text(fields.source, at("source"), textRule);
    const version = json.text(fields.version, at("version"), versionRule);
    const lockedAt = json.text(fields.lockedAt, at("lockedAt"), timeRule);
    const isPackage = fields.tree === undefined;
    const content = isPackage
      ? this.#readPackage(fields, at)
      : this.#readFiles(fields, at);
    const publisher = fields.publisher === undefined
      ? undefined
      : this.#readPublisher(fields.publisher, at("publisher"));
    const dependencies = this.#readTexts(
      fields.dependencies ?? {},
      at("dependencies"),
    );
    const permissions = json.permissions(fields.permissions, at("permissions"));
    const optionalPermissions = json.permissions(
      fields.optionalPermissions,
      at("optionalPermissions"),
    );
    if (
      source === undefined || version === undefined ||
      lockedAt === undefined || content === undefined
    ) return undefined;
    return Object.freeze({
      source,
      version,
      ...content,
      permissions,
      optionalPermissions,
      ...publisher === undefined ? {} : { publisher },
      lockedAt,
      dependencies,
    });
  }

  #readPackage(
    fields: JsonObject,
    at: (field: string) => string,
  ): Pick<LockedPackage, "resolved" | "manifest"> | undefined {
    const json = this.#json;
    const resolved = json.text(fields.resolved, at("resolved"), textRule);
    const manifest = json.text(fields.manifest, at("manifest"), digest);
    if (fields.files !== undefined) {
      json.add(
        at("files"),
        `The field "${at("files")}" needs the digest of the tree`,
        'Add "tree", or lock the plugin again',
      );
    }
    return resolved === undefined || manifest === undefined
      ? undefined
      : { resolved, manifest };
  }

  #readFiles(
    fields: JsonObject,
    at: (field: string) => string,
  ): Pick<LockedDirectory, "tree" | "files"> | undefined {
    const json = this.#json;
    const tree = json.text(fields.tree, at("tree"), digest);
    for (const field of ["resolved", "manifest"]) {
      if (fields[field] === undefined) continue;
      json.add(
        at(field),
        `The field "${at(field)}" is for packages, and "tree" for directories`,
        "Remove one of the two, or lock the plugin again",
      );
    }
    const listed = Object.entries(json.object(fields.files, at("files")) ?? {});
    const files: [string, string][] = [];
    for (const [path, value] of listed) {
      const place = joinJsonPath(at("files"), path);
      const fault = pathFault(path);
      if (fault !== undefined) {
        json.add(place, `A file ${fault.fault}`, fault.remedy);
      }
      const hash = json.text(value, place, digest);
      if (hash !== undefined) files.push([path, hash]);
    }
    return tree === undefined ? undefined : { tree, files: sortFiles(files) };
  }

  #readPublisher(value: JsonValue, path: string): LockedPublisher | undefined {
    const json = this.#json;
    const fields = json.object(value, path, ["name", "key"]);
    if (fields === undefined) return undefined;
    const name = json.text(fields.name, `${path}.name`, textRule);
    const key = json.text(fields.key, `${path}.key`, fingerprintRule);
    return name === undefined || key === undefined
      ? undefined
      : Object.freeze({ name, key });
  }

  #readTexts(
    value: JsonValue,
    path: string,
  ): Readonly<Record<string, string>> {
    const fields = this.#json.object(value, path) ?? {};
    const texts: [string, string][] = [];
    for (const [key, given] of Object.entries(fields)) {
      const text = this.#json.text(given, joinJsonPath(path, key), textRule);
      if (text !== undefined) texts.push([key, text]);
    }
    return sortFiles(texts);
  }
}

/**
 * Parses a `plugins.lock.json`. A lock with one fault is invalid as a whole.
 *
 * @example A lock with a fault
 * ```ts
 * import { parseLock } from "@semantik/plugins/provenance";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const result = parseLock('{ "lockVersion": 1, "serial": 0, "plugins": {} }');
 *
 * assert(!result.ok);
 * assertEquals(result.problems[0]?.path, "serial");
 * assertEquals(result.problems[0]?.remedy, "Write a whole number from 1");
 * ```
 *
 * @param content The text, or its bytes.
 * @returns The lock, deeply frozen, or everything that is wrong. Never throws.
 */
export function parseLock(content: string | Uint8Array): LockResult {
  return new LockReader().read(content);
}

/** Writes permissions in their shortest form, kind by kind. */
function shortest(declared: PermissionDeclaration): PermissionDeclaration {
  return normalForm(listEntries(declared));
}

function sortKeys(
  record: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return sortFiles(Object.entries(record));
}

/**
 * Writes a lock as the text of a `plugins.lock.json`: every field in a certain
 * order and on a line of its own, so that a difference shows what changed.
 *
 * @example An empty lock
 * ```ts
 * import { formatLock, parseLock } from "@semantik/plugins/provenance";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const text = formatLock({ lockVersion: 1, serial: 1, plugins: {} });
 * const result = parseLock(text);
 *
 * assert(result.ok);
 * assertEquals(result.lock.serial, 1);
 * ```
 *
 * @param lock The lock.
 * @returns The text, with a line feed at its end.
 */
export function formatLock(lock: PluginsLock): string {
  const { $schema, lockVersion, serial, plugins } = lock;
  const content = {
    ...$schema === undefined ? {} : { $schema },
    lockVersion,
    serial,
    plugins: Object.fromEntries(
      Object.entries(plugins)
        .sort(([one], [other]) => compareBytes(one, other))
        .map(([id, plugin]) => [id, canonical(plugin)]),
    ),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function canonical(plugin: LockedPlugin): Readonly<Record<string, unknown>> {
  const { files } = "files" in plugin ? plugin : {};
  const fields: Readonly<Record<string, unknown>> = {
    ...plugin,
    permissions: shortest(plugin.permissions),
    optionalPermissions: shortest(plugin.optionalPermissions),
    dependencies: sortKeys(plugin.dependencies),
    ...files === undefined ? {} : { files: sortKeys(files) },
  };
  return Object.fromEntries(
    LOCKED_FIELDS.filter((field) => fields[field] !== undefined)
      .map((field) => [field, fields[field]]),
  );
}
