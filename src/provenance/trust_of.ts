/** Decides how far a plugin is trusted, and what it may for that. Pure. */

import type { PluginErrorCode, Problem } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import type { PluginTrust, TrustLevel } from "../manifest/manifest.ts";
import { isInRange } from "../manifest/version.ts";
import type { SignatureVerdict } from "./allowed_signers.ts";
import type { LockedPlugin, LockedPublisher, PluginsLock } from "./lock.ts";
import {
  mayProvide,
  type PluginsTrust,
  TRUST_LEVELS,
  type TrustPolicy,
  type TrustRule,
} from "./trust.ts";
import {
  type PluginFacts,
  readingProblems,
  verifyAgainstLock,
} from "./verify_lock.ts";

/** Facts about a plugin, to decide how far it is trusted. */
export interface TrustFacts extends PluginFacts {
  /** `builtin` if the application passes the plugin as an object. */
  readonly origin: "builtin" | "external";
  /**
   * The verdict on the signature that it ships.
   *
   * @default {undefined} it ships none
   */
  readonly signature?: SignatureVerdict;
}

/** The decisions of an operator. */
export interface TrustContext {
  /**
   * The lock.
   *
   * @default {undefined} the host has none
   */
  readonly lock?: PluginsLock;
  /**
   * The publishers and the revocations.
   *
   * @default {undefined} nobody is trusted, and nothing is revoked
   */
  readonly trust?: PluginsTrust;
}

function problem(
  code: PluginErrorCode,
  { id }: Pick<PluginFacts, "id">,
  what: string,
  remedy: string,
): Problem {
  const message = `Cannot load plugin ${quote(id)}: ${what}`;
  return Object.freeze({ code, message, remedy });
}

function findRevocations(
  facts: TrustFacts,
  { lock, trust }: TrustContext,
): readonly Problem[] {
  if (trust === undefined) return [];
  const { id, version, reading, signature } = facts;
  const { keys, trees, plugins } = trust.revoked;
  const revoked = (what: string, reason: string) =>
    problem(
      "PLUGIN_REVOKED",
      facts,
      `${what} is revoked: ${quote(reason)}`,
      "Use another version, or remove the plugin",
    );
  const problems: Problem[] = [];
  const digest = reading?.ok ? reading.tree.digest : undefined;
  if (digest !== undefined && Object.hasOwn(trees, digest)) {
    problems.push(revoked("its content", trees[digest] ?? ""));
  }
  for (const one of plugins) {
    const isIn = one.versions === "*" || isInRange(version, one.versions);
    if (one.id !== id || !isIn) continue;
    problems.push(revoked(`its version ${quote(version)}`, one.reason));
  }
  const signing = new Set([
    signature?.key,
    lockedPlugin(facts, lock)?.publisher?.key,
  ]);
  for (const key of signing) {
    if (key === undefined || !Object.hasOwn(keys, key)) continue;
    problems.push(revoked(`the key ${key} of its publisher`, keys[key] ?? ""));
  }
  return problems;
}

function lockedPlugin(
  { id }: PluginFacts,
  lock: PluginsLock | undefined,
): LockedPlugin | undefined {
  return lock !== undefined && Object.hasOwn(lock.plugins, id)
    ? lock.plugins[id]
    : undefined;
}

/** Either the publisher, or the reason why nobody counts as one. */
type Published =
  | { readonly publisher: LockedPublisher }
  | { readonly reason: string };

/** Judges the publisher that the lock names. */
function judgeLocked(
  { id }: PluginFacts,
  { name, key }: LockedPublisher,
  lockedAt: string,
  { publishers }: PluginsTrust,
): Published {
  const publisher = Object.hasOwn(publishers, name)
    ? publishers[name]
    : undefined;
  if (publisher === undefined) {
    return { reason: `Its publisher ${quote(name)} is not trusted` };
  }
  if (!mayProvide(publisher, id)) {
    return { reason: `Its publisher ${quote(name)} may not provide its id` };
  }
  const own = publisher.keys.filter(({ fingerprint }) => fingerprint === key);
  if (own.length === 0) {
    return { reason: `The key ${key} is not one of ${quote(name)}` };
  }
  const time = Date.parse(lockedAt);
  const isValid = own.some(({ validFrom, validUntil }) =>
    (validFrom === undefined || time >= Date.parse(validFrom)) &&
    (validUntil === undefined || time <= Date.parse(validUntil))
  );
  // A key that expired later stops new locks, and not what is locked.
  return isValid
    ? { publisher: { name, key } }
    : { reason: `The key ${key} was not valid when the plugin was locked` };
}

function judgePublisher(
  facts: TrustFacts,
  { lock, trust }: TrustContext,
): Published {
  const locked = lockedPlugin(facts, lock);
  const { signature } = facts;
  if (trust === undefined) return { reason: "Nobody decided whom to trust" };
  if (locked?.publisher !== undefined) {
    return judgeLocked(facts, locked.publisher, locked.lockedAt, trust);
  }
  if (lock !== undefined) {
    return { reason: "The lock names no publisher of it" };
  }
  if (signature === undefined) return { reason: "It ships no signature" };
  return signature.verdict === "good"
    ? { publisher: { name: signature.principals, key: signature.key } }
    : { reason: `Its signature does not count: ${signature.reason}` };
}

function signatureProblem(facts: TrustFacts): readonly Problem[] {
  const { signature } = facts;
  return signature?.verdict !== "wrong" ? [] : [
    problem(
      "PLUGIN_SIGNATURE_WRONG",
      facts,
      `its signature is wrong: ${signature.reason}`,
      "Get the plugin from its publisher again. Whoever changed its files has to sign them again",
    ),
  ];
}

/**
 * Decides how far a plugin is trusted: by the lock, by whoever signed it, and by
 * what was revoked.
 *
 * @example A plugin of which nothing is known
 * ```ts
 * import { trustOf } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * const { level, reasons } = trustOf({
 *   id: "search",
 *   source: "./plugins/search",
 *   origin: "external",
 *   version: "1.0.0",
 *   permissions: {},
 *   optionalPermissions: {},
 * }, {});
 *
 * assertEquals(level, "unverified");
 * assertEquals(reasons, ["The host has no lock", "Nobody decided whom to trust"]);
 * ```
 *
 * @param facts What was read of the plugin.
 * @param context The lock and the trust file, if the host has them.
 * @returns The level with its reasons, and the reasons to refuse the plugin.
 */
export function trustOf(
  facts: TrustFacts,
  context: TrustContext,
): PluginTrust {
  const { lock } = context;
  const revoked = findRevocations(facts, context);
  if (facts.origin === "builtin") {
    return Object.freeze({
      level: "builtin",
      reasons: Object.freeze(["The application passes it as an object"]),
      problems: Object.freeze(revoked),
    });
  }
  const differences = lock === undefined
    ? readingProblems(facts)
    : verifyAgainstLock(lock, facts);
  const problems = Object.freeze([
    ...revoked,
    ...differences,
    ...signatureProblem(facts),
  ]);
  const { signature } = facts;
  const unchecked = signature?.verdict === "unchecked"
    ? { unchecked: signature.reason }
    : {};
  const published = judgePublisher(facts, context);
  const isLocked = lock !== undefined && differences.length === 0;
  const isKnown = isLocked || lock === undefined;
  if ("publisher" in published && isKnown && problems.length === 0) {
    const { publisher } = published;
    const reasons = [`${quote(publisher.name)} signed it`];
    if (isLocked) reasons.unshift("It is as in the lock");
    return Object.freeze({
      level: "verified",
      reasons: Object.freeze(reasons),
      publisher,
      problems,
      ...unchecked,
    });
  }
  const reasons = [
    isLocked
      ? "It is as in the lock"
      : lock === undefined
      ? "The host has no lock"
      : "It is not as in the lock",
    ..."reason" in published ? [published.reason] : [],
  ];
  return Object.freeze({
    level: isLocked ? "local" : "unverified",
    reasons: Object.freeze(reasons),
    problems,
    ...unchecked,
  });
}

/**
 * Returns the rule of each level: the operator's, and by default a safe one. With a lock, what is not in it is refused. With a trust file alone, it
 * runs in a process of its own. With neither, nothing changes.
 *
 * @example A host with a lock
 * ```ts
 * import { trustPolicy } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(trustPolicy({}).unverified, "in-process");
 * assertEquals(
 *   trustPolicy({ lock: { lockVersion: 1, serial: 1, plugins: {} } }).unverified,
 *   "refuse",
 * );
 * ```
 *
 * @param context The lock and the trust file, if the host has them.
 * @returns The rule of each level.
 */
export function trustPolicy({ lock, trust }: TrustContext): TrustPolicy {
  const unverified: TrustRule = lock !== undefined
    ? "refuse"
    : trust === undefined
    ? "in-process"
    : "enforced";
  return Object.freeze({
    builtin: "in-process",
    verified: "in-process",
    local: "in-process",
    unverified,
    ...trust?.levels,
  });
}

/** Permissions that undo what a process of its own enforces. */
const UNENFORCEABLE = ["run", "ffi"] as const;

/**
 * Applies the rule of a plugin's level: returns why the plugin must not load.
 *
 * @example A plugin of which nothing is known, in the process of the host
 * ```ts
 * import { trustProblems } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * const plugin = {
 *   id: "search",
 *   permissions: {},
 *   optionalPermissions: {},
 *   runner: "in-process",
 * } as const;
 * const trust = { level: "unverified", reasons: [], problems: [] } as const;
 * const [problem] = trustProblems(plugin, trust, "enforced");
 *
 * assertEquals(problem?.code, "PLUGIN_TRUST_INSUFFICIENT");
 * assertEquals(trustProblems({ ...plugin, runner: "subprocess" }, trust, "enforced"), []);
 * ```
 *
 * @param plugin Its id, its permissions, and its runner.
 * @param trust The trust in it.
 * @param rule The rule of its level.
 * @returns The problems, those of its trust among them; empty if it may load.
 */
export function trustProblems(
  plugin:
    & Pick<PluginFacts, "id" | "permissions" | "optionalPermissions">
    & {
      /** The runner that it would get. */
      readonly runner: "in-process" | "subprocess";
    },
  { level, reasons, problems, unchecked }: PluginTrust,
  rule: TrustRule,
): readonly Problem[] {
  const found = [...problems];
  const add = (what: string, remedy: string) =>
    found.push(problem("PLUGIN_TRUST_INSUFFICIENT", plugin, what, remedy));
  const known = `its trust is ${level} (${reasons.join(", ")})`;
  if (rule === "refuse" && unchecked !== undefined) {
    found.push(problem(
      "PLUGIN_SIGNATURE_UNCHECKED",
      plugin,
      `its signature cannot be checked: ${unchecked}`,
      "Ask its publisher for a signature by a key of the type Ed25519",
    ));
  } else if (rule === "refuse" && found.length === 0) {
    add(
      `${known}, and plugins of that level are refused`,
      `Review it and lock it, trust its publisher, or change levels.${level} of the trust file`,
    );
  }
  if (rule === "enforced" && plugin.runner === "in-process") {
    add(
      `${known}, and plugins of that level need a process of their own`,
      'Give it the runner subprocess(), from "@semantik/plugins/subprocess"',
    );
  }
  const asked = UNENFORCEABLE.filter((kind) =>
    plugin.permissions[kind] !== undefined ||
    plugin.optionalPermissions[kind] !== undefined
  );
  if (asked.length > 0 && (rule === "enforced" || rule === "restricted")) {
    add(
      `${known}, and plugins of that level may not ask for ${
        asked.join(" and ")
      }`,
      `Review it and lock it, or change levels.${level} of the trust file`,
    );
  }
  return Object.freeze(found);
}

/** Tests if one level is worth less than another. */
export function isLowerTrust(one: TrustLevel, other: TrustLevel): boolean {
  return TRUST_LEVELS.indexOf(one) > TRUST_LEVELS.indexOf(other);
}
