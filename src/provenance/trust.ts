/** The decisions of an operator: publishers, revocations, and the rule of each level. */

import type { Problem } from "../base/errors.ts";
import { joinJsonPath, type JsonValue } from "../base/json.ts";
import { ID_REGEXP, type TrustLevel } from "../manifest/manifest.ts";
import { isRange, rangeFault } from "../manifest/version.ts";
import {
  type AllowedSigner,
  matchesList,
  sshFingerprint,
} from "./allowed_signers.ts";
import { JsonReader, matching, type TextRule } from "./json_reader.ts";
import { FINGERPRINT_REGEXP, textRule, timeRule } from "./lock.ts";
import { LOCK_NAMESPACE, PLUGIN_NAMESPACE } from "./sums.ts";
import { DIGEST_REGEXP } from "./tree.ts";

/** The levels of trust, the best first. */
export const TRUST_LEVELS: readonly TrustLevel[] = [
  "builtin",
  "verified",
  "local",
  "unverified",
];

/** The rules for plugins of a level, the strictest first. */
export const TRUST_RULES: readonly TrustRule[] = [
  "refuse",
  "enforced",
  "restricted",
  "in-process",
];

/**
 * A rule for plugins of a level. `refuse`: they may do nothing. `enforced`: run in a process of
 * their own, without `run` and `ffi`, which would undo it. `restricted`: run
 * anywhere without `run` and `ffi`. `in-process`: run anywhere with all that they
 * are granted.
 */
export type TrustRule = "refuse" | "enforced" | "restricted" | "in-process";

/** The rule of each level. */
export type TrustPolicy = Readonly<Record<TrustLevel, TrustRule>>;

/** A key of a publisher or of an operator. */
export interface TrustedKey {
  /** The type and the bytes of the public key. */
  readonly key: string;
  /** Its fingerprint, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** The first moment at which it may sign, in UTC. */
  readonly validFrom?: string;
  /** The last moment at which it may sign, in UTC. */
  readonly validUntil?: string;
}

/** Whoever publishes plugins. */
export interface Publisher {
  /** The keys. */
  readonly keys: readonly TrustedKey[];
  /** Patterns of the ids that the publisher may provide, e.g. `acme-*`. */
  readonly plugins: readonly string[];
}

/** The contents of a `plugins.trust.json`. */
export interface PluginsTrust {
  /** The JSON Schema for editors. */
  readonly $schema?: string;
  /** Grows with each change, and never goes back. */
  readonly serial: number;
  /** The time after which somebody should look at it again, in UTC. */
  readonly refreshBy?: string;
  /** The publishers, by name. */
  readonly publishers: Readonly<Record<string, Publisher>>;
  /** The keys that may sign the lock; without any it needs no signature. */
  readonly lockKeys: readonly TrustedKey[];
  /** Everything that is no longer trusted, each with a reason. */
  readonly revoked: {
    /** The fingerprints of keys. */
    readonly keys: Readonly<Record<string, string>>;
    /** The digests of trees. */
    readonly trees: Readonly<Record<string, string>>;
    /** Versions of plugins. */
    readonly plugins: readonly {
      /** The id. */
      readonly id: string;
      /** The versions, as a semver range; `*` is every version. */
      readonly versions: string;
      /** The reason. */
      readonly reason: string;
    }[];
  };
  /** The rules of levels that differ from the default. */
  readonly levels: Partial<TrustPolicy>;
}

/** The result of parsing a trust file. */
export type TrustResult =
  | {
    /** The file is valid. */
    readonly ok: true;
    /** Its contents. */
    readonly trust: PluginsTrust;
  }
  | {
    /** The file is invalid as a whole. */
    readonly ok: false;
    /** Everything that is wrong; at least one. */
    readonly problems: readonly Problem[];
  };

/** The fields of a trust file. */
export const TRUST_FIELDS = [
  "$schema",
  "trustVersion",
  "serial",
  "refreshBy",
  "publishers",
  "lockKeys",
  "revoked",
  "levels",
];

/** Patterns of ids, with stars. */
export const ID_PATTERN_REGEXP: RegExp = /^[a-z0-9_*-]{1,64}$/;

const idRule = matching(
  ID_REGEXP,
  "Use 1 to 64 of a-z, 0-9, - and _, with a letter or digit at both ends",
);

const patternRule = matching(
  ID_PATTERN_REGEXP,
  "Write an id, or a pattern such as acme-*",
);

const rangeRule: TextRule = (text) =>
  isRange(text) ? undefined : rangeFault(text);

/** Names of publishers. */
export const PUBLISHER_REGEXP: RegExp = /^[A-Za-z0-9._@-]{1,64}$/;

const KEY_REMEDY =
  "Write the line of a .pub file that ssh-keygen made, e.g. ssh-ed25519 AAAA…";

class TrustReader {
  readonly #json = new JsonReader({
    code: "PLUGIN_TRUST_INVALID",
    name: "trust file",
  });

  async read(content: string | Uint8Array): Promise<TrustResult> {
    const json = this.#json;
    const value = json.parse(content);
    const fields = value === undefined
      ? undefined
      : json.object(value, "", TRUST_FIELDS);
    if (fields === undefined) return { ok: false, problems: json.problems };
    const schema = json.optionalText(fields.$schema, "$schema", textRule);
    json.format(fields.trustVersion, "trustVersion");
    const serial = json.serial(fields.serial, "serial");
    const refreshBy = json.optionalText(
      fields.refreshBy,
      "refreshBy",
      timeRule,
    );
    const publishers = await this.#readPublishers(fields.publishers ?? {});
    const lockKeys = await this.#readKeys(fields.lockKeys ?? [], "lockKeys");
    const revoked = this.#readRevoked(fields.revoked ?? {});
    const levels = this.#readLevels(fields.levels ?? {});
    const { problems } = json;
    if (problems.length > 0 || serial === undefined) {
      return { ok: false, problems };
    }
    return {
      ok: true,
      trust: Object.freeze({
        ...schema === undefined ? {} : { $schema: schema },
        serial,
        ...refreshBy === undefined ? {} : { refreshBy },
        publishers,
        lockKeys,
        revoked,
        levels,
      }),
    };
  }

  async #readPublishers(value: JsonValue): Promise<PluginsTrust["publishers"]> {
    const json = this.#json;
    const publishers: [string, Publisher][] = [];
    const all = Object.entries(json.object(value, "publishers") ?? {});
    for (const [name, given] of all) {
      const path = joinJsonPath("publishers", name);
      if (!PUBLISHER_REGEXP.test(name)) {
        json.add(
          path,
          "The name of the publisher is invalid",
          "Use 1 to 64 of letters, digits, ., _, @ and -",
        );
      }
      const fields = json.object(given, path, ["keys", "plugins"]);
      if (fields === undefined) continue;
      const keys = await this.#readKeys(fields.keys, `${path}.keys`);
      const plugins = (json.list(fields.plugins, `${path}.plugins`) ?? [])
        .map((one, index) =>
          json.text(one, `${path}.plugins[${index}]`, patternRule)
        )
        .filter((one) => one !== undefined);
      publishers.push([name, Object.freeze({ keys, plugins })]);
    }
    return Object.freeze(Object.fromEntries(publishers));
  }

  async #readKeys(
    value: JsonValue | undefined,
    path: string,
  ): Promise<readonly TrustedKey[]> {
    const json = this.#json;
    const keys: TrustedKey[] = [];
    for (const [index, given] of (json.list(value, path) ?? []).entries()) {
      const at = `${path}[${index}]`;
      const known = ["key", "validFrom", "validUntil"];
      const fields = json.object(given, at, known);
      if (fields === undefined) continue;
      const key = json.text(fields.key, `${at}.key`, textRule);
      const times = ["validFrom", "validUntil"].flatMap((field) => {
        const time = json.optionalText(
          fields[field],
          `${at}.${field}`,
          timeRule,
        );
        return time === undefined ? [] : [[field, time] as const];
      });
      const fingerprint = key === undefined
        ? undefined
        : await sshFingerprint(key);
      if (key === undefined) continue;
      if (fingerprint === undefined) {
        json.add(`${at}.key`, "The text is no public key of SSH", KEY_REMEDY);
        continue;
      }
      keys.push(
        Object.freeze({ key, fingerprint, ...Object.fromEntries(times) }),
      );
    }
    return Object.freeze(keys);
  }

  #readRevoked(value: JsonValue): PluginsTrust["revoked"] {
    const json = this.#json;
    const known = ["keys", "trees", "plugins"];
    const fields = json.object(value, "revoked", known) ?? {};
    const plugins = (json.list(fields.plugins ?? [], "revoked.plugins") ?? [])
      .flatMap((given, index) => {
        const at = `revoked.plugins[${index}]`;
        const one = json.object(given, at, ["id", "versions", "reason"]);
        if (one === undefined) return [];
        const id = json.text(one.id, `${at}.id`, idRule);
        const versions = json.text(one.versions, `${at}.versions`, rangeRule);
        const reason = json.text(one.reason, `${at}.reason`, textRule);
        return id === undefined || versions === undefined ||
            reason === undefined
          ? []
          : [Object.freeze({ id, versions, reason })];
      });
    return Object.freeze({
      keys: this.#readReasons(
        fields.keys ?? {},
        "revoked.keys",
        FINGERPRINT_REGEXP,
        "Write the fingerprint that ssh-keygen -l prints, e.g. SHA256:…",
      ),
      trees: this.#readReasons(
        fields.trees ?? {},
        "revoked.trees",
        DIGEST_REGEXP,
        "Write the digest of a tree, as in the lock",
      ),
      plugins: Object.freeze(plugins),
    });
  }

  /** Reads what is revoked, each with the reason. */
  #readReasons(
    value: JsonValue,
    path: string,
    expression: RegExp,
    remedy: string,
  ): Readonly<Record<string, string>> {
    const json = this.#json;
    const reasons: [string, string][] = [];
    for (const [key, given] of Object.entries(json.object(value, path) ?? {})) {
      const at = joinJsonPath(path, key);
      if (!expression.test(key)) json.add(at, "The name is invalid", remedy);
      const reason = json.text(given, at, textRule);
      if (reason !== undefined) reasons.push([key, reason]);
    }
    return Object.freeze(Object.fromEntries(reasons));
  }

  #readLevels(value: JsonValue): Partial<TrustPolicy> {
    const json = this.#json;
    const fields = json.object(value, "levels", TRUST_LEVELS) ?? {};
    const levels: Partial<Record<TrustLevel, TrustRule>> = {};
    for (const level of TRUST_LEVELS) {
      const given = fields[level];
      if (given === undefined) continue;
      const rule = TRUST_RULES.find((one) => one === given);
      if (rule !== undefined) levels[level] = rule;
      else {
        json.add(
          `levels.${level}`,
          `The field "levels.${level}" is no rule`,
          `Write one of: ${TRUST_RULES.join(", ")}`,
        );
      }
    }
    return Object.freeze(levels);
  }
}

/**
 * Parses a `plugins.trust.json`. A file with one fault is invalid as a whole.
 *
 * @example A publisher without a key
 * ```ts
 * import { parseTrust } from "@semantik/plugins/provenance";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const result = await parseTrust(JSON.stringify({
 *   trustVersion: 1,
 *   serial: 1,
 *   publishers: { acme: { keys: [{ key: "mine" }], plugins: ["acme-*"] } },
 * }));
 *
 * assert(!result.ok);
 * assertEquals(result.problems[0]?.path, "publishers.acme.keys[0].key");
 * ```
 *
 * @param content The text, or its bytes.
 * @returns The contents, deeply frozen, or everything that is wrong. Never
 * rejects.
 */
export async function parseTrust(
  content: string | Uint8Array,
): Promise<TrustResult> {
  return await new TrustReader().read(content);
}

/** Tests if a publisher may provide an id. */
export function mayProvide({ plugins }: Publisher, id: string): boolean {
  return plugins.some((pattern) => matchesList(id, pattern));
}

function signerOf(
  principals: string,
  namespaces: string,
  { key, validFrom, validUntil }: TrustedKey,
): AllowedSigner {
  return {
    principals,
    key,
    namespaces,
    ...validFrom === undefined ? {} : { validAfter: Date.parse(validFrom) },
    ...validUntil === undefined ? {} : { validBefore: Date.parse(validUntil) },
  };
}

/**
 * Lists the keys that may sign a plugin, or the lock, for `verifySums` and
 * `verifySsh`.
 *
 * @example Nobody may sign yet
 * ```ts
 * import { parseTrust, trustedSigners } from "@semantik/plugins/provenance";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const result = await parseTrust('{ "trustVersion": 1, "serial": 1 }');
 *
 * assert(result.ok);
 * assertEquals(trustedSigners(result.trust, { plugin: "search" }), []);
 * ```
 *
 * @param trust Whom the operator trusts.
 * @param what The id of the plugin, or the lock.
 * @returns The signers; the principal of a publisher is its name.
 */
export function trustedSigners(
  { publishers, lockKeys }: PluginsTrust,
  what: { readonly plugin: string } | "lock",
): readonly AllowedSigner[] {
  if (what === "lock") {
    return lockKeys.map((key) => signerOf("operator", LOCK_NAMESPACE, key));
  }
  return Object.entries(publishers)
    .filter(([, publisher]) => mayProvide(publisher, what.plugin))
    .flatMap(([name, { keys }]) =>
      keys.map((key) => signerOf(name, PLUGIN_NAMESPACE, key))
    );
}
