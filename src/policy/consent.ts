/** Consents and revocations, and the permissions that follow from them. */

import type { Problem } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import type { Origin, ReadPlugin } from "../manifest/manifest.ts";
import {
  flagProblems,
  formatFlags,
  permissionFlags,
} from "../permissions/permission_flags.ts";
import {
  formatEntry,
  listEntries,
  PERMISSION_KINDS,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import {
  difference,
  equals,
  overlap,
  union,
} from "../permissions/set_algebra.ts";
import type { Consent, PluginState } from "../state/state_store.ts";
import { EVERYONE } from "../state/state_text.ts";

/** Tells whether what a plugin declares needs a recorded yes before its code runs. */
export type ConsentMode = "none" | "required";

/** The rules of one host. */
export interface ConsentRules {
  readonly mode: ConsentMode;
  /** True if files with another digest need a new yes. */
  readonly byDigest: boolean;
}

/** A plugin, as far as consent depends on it. */
export interface ConsentSubject {
  readonly origin: Origin;
  /** The place of its code: see {@linkcode consentSource}. */
  readonly source: string;
  readonly digest?: string | undefined;
  readonly required: PermissionSet;
  readonly optional: PermissionSet;
}

/** The decisions that concern a plugin. */
export interface ConsentRecord {
  /** The recorded consents: the stored one, and that of this run. */
  readonly consents: readonly Consent[];
  /** The permissions that were revoked of this plugin. */
  readonly own: PermissionSet;
  /** The permissions that were revoked of all plugins. */
  readonly everyone: PermissionSet;
}

const NOTHING: PermissionSet = Object.freeze({});

/** Every permission there is. */
export const EVERYTHING: PermissionSet = Object.freeze(
  Object.fromEntries(PERMISSION_KINDS.map((kind) => [kind, true])),
);

/** Collects the decisions that concern a plugin. */
export function recordOf(
  own: PluginState | undefined,
  everyone: PluginState | undefined,
  inThisRun: Consent | undefined,
): ConsentRecord {
  return {
    consents: [own?.consent, inThisRun].filter((one) => one !== undefined),
    own: own?.revoked ?? NOTHING,
    everyone: everyone?.revoked ?? NOTHING,
  };
}

/** Returns everything that was revoked of a plugin. */
export function revokedOf({ own, everyone }: ConsentRecord): PermissionSet {
  return own === NOTHING && everyone === NOTHING
    ? NOTHING
    : union(own, everyone);
}

function isEmpty(set: PermissionSet): boolean {
  return listEntries(set).length === 0;
}

/** Tests if a set has every permission there is. */
export function isEverything(set: PermissionSet): boolean {
  return PERMISSION_KINDS.every((kind) => set[kind] === true);
}

const VERSION_REGEXP = /^((?:jsr|npm):\/?(?:@[^/]*\/)?[^@/]+)@[^/]*/i;

/**
 * Names the place of a plugin's code. A manifest on this machine has one name,
 * however the host spells it, and a package has one for all its versions.
 */
export function consentSource(
  { code, directory, source, copiedFrom }: ReadPlugin,
): string {
  const place = copiedFrom?.manifest ??
    (code.kind === "module" ? code.judged?.place : undefined);
  return directory !== undefined && place !== undefined
    ? place
    : source.replace(VERSION_REGEXP, "$1");
}

function isFor(
  { source, digest }: Consent,
  subject: ConsentSubject,
  { byDigest }: ConsentRules,
): boolean {
  return source === subject.source &&
    (!byDigest || subject.digest === undefined || digest === subject.digest);
}

function validConsents(
  subject: ConsentSubject,
  { consents }: ConsentRecord,
  rules: ConsentRules,
): readonly Consent[] {
  return consents.filter((one) => isFor(one, subject, rules));
}

function permissionsIn(consents: readonly Consent[]): PermissionSet {
  return consents.length === 0
    ? NOTHING
    : union(...consents.map(({ permissions }) => permissions));
}

/** The difference between what was agreed to and what a plugin asks for now. */
export type ConsentDifference = Readonly<{
  /**
   * The reason why a yes is missing: nobody agreed yet, the plugin asks for more,
   * it comes from another source, or its files have another digest.
   */
  reason: "first" | "permissions" | "source" | "digest";
  /** The place of its code. */
  source: string;
  /** The permissions that it requires and that nobody agreed to. */
  added: PermissionSet;
  /** The permissions that it would use and that nobody agreed to. */
  optional: PermissionSet;
  /** The flags for `added`; empty if no flag can express them. */
  flags: readonly string[];
  /** The last consent, if there was one. */
  before?: Readonly<{ source: string; by?: string; at: string }>;
}>;

function reasonOf(
  subject: ConsentSubject,
  consents: readonly Consent[],
  hasValid: boolean,
): ConsentDifference["reason"] {
  if (hasValid) return "permissions";
  if (consents.length === 0) return "first";
  return consents.some(({ source }) => source === subject.source)
    ? "digest"
    : "source";
}

function flagsFor(set: PermissionSet): readonly string[] {
  return flagProblems(set).length > 0
    ? []
    : permissionFlags(set).filter((flag) => flag.startsWith("--allow-"));
}

function latest(consents: readonly Consent[]): Consent | undefined {
  return consents.toSorted((one, other) => one.at < other.at ? -1 : 1).at(-1);
}

/** Returns what is missing before the code of a plugin may run; nothing if it may. */
export function missingConsent(
  subject: ConsentSubject,
  record: ConsentRecord,
  rules: ConsentRules,
): ConsentDifference | undefined {
  if (rules.mode === "none") return undefined;
  const { origin, required, optional } = subject;
  const declaresNothing = isEmpty(required) && isEmpty(optional);
  if (origin === "builtin" && declaresNothing) return undefined;
  const valid = validConsents(subject, record, rules);
  const agreed = permissionsIn(valid);
  const added = difference(required, agreed);
  if (valid.length > 0 && isEmpty(added)) return undefined;
  const last = latest(record.consents);
  return Object.freeze({
    reason: reasonOf(subject, record.consents, valid.length > 0),
    source: subject.source,
    added,
    optional: difference(optional, agreed),
    flags: flagsFor(added),
    ...last === undefined ? {} : {
      before: Object.freeze({
        source: last.source,
        ...last.by === undefined ? {} : { by: last.by },
        at: last.at,
      }),
    },
  });
}

/** Returns the part of one set that another one permits, in whole entries of either. */
function shared(one: PermissionSet, other: PermissionSet): PermissionSet {
  return union(
    difference(one, difference(one, other)),
    difference(other, difference(other, one)),
  );
}

/** The permissions of a plugin: see `PluginGrants` of the runners. */
export interface GrantedPermissions {
  readonly granted: PermissionSet;
  readonly undecided: PermissionSet;
  readonly revoked: PermissionSet;
}

/**
 * Decides what a plugin may do. Without required consent, it also has the optional
 * permissions that the host has itself.
 */
export function decideGrants(
  subject: ConsentSubject,
  record: ConsentRecord,
  rules: ConsentRules,
  ofHost: PermissionSet,
): GrantedPermissions {
  const { required, optional } = subject;
  const agreed = permissionsIn(validConsents(subject, record, rules));
  const chosen = union(
    isEmpty(agreed) ? NOTHING : shared(optional, agreed),
    rules.mode === "none" ? shared(optional, ofHost) : NOTHING,
  );
  const revoked = revokedOf(record);
  return Object.freeze({
    granted: difference(union(required, chosen), revoked),
    undecided: difference(optional, union(chosen, revoked)),
    revoked,
  });
}

/** The permissions that a plugin declares and that were taken back. */
export type TakenPermissions = Readonly<{
  permissions: PermissionSet;
  /** True if they were revoked of all plugins. */
  ofEveryone: boolean;
}>;

/**
 * Returns the permissions whose revocation keeps a plugin from running. In the
 * process of the host, nothing else takes them back.
 */
export function takenPermissions(
  { required, optional }: Pick<ConsentSubject, "required" | "optional">,
  record: ConsentRecord,
  runner: "in-process" | "subprocess",
): TakenPermissions | undefined {
  const revoked = revokedOf(record);
  if (revoked === NOTHING) return undefined;
  const declared = union(required, optional);
  const permissions = overlap(declared, revoked);
  const isWhole = isEverything(revoked);
  const ends = isWhole || (runner === "in-process" && !isEmpty(permissions));
  if (!ends) return undefined;
  const isOwn = isEverything(record.own) ||
    !isEmpty(overlap(declared, record.own));
  return Object.freeze({ permissions, ofEveryone: !isOwn });
}

const MAX_NAMED = 12;

/** Lists permissions in words, of many only the first ones. */
export function inWords(set: PermissionSet): string {
  const entries = listEntries(set);
  const named = entries.slice(0, MAX_NAMED).map(formatEntry).join(", ");
  const rest = entries.length - MAX_NAMED;
  return rest > 0 ? `${named} and ${rest} more` : named;
}

const MAX_FLAGS_LENGTH = 400;

/** Shows flags that fit into a sentence; of longer ones, their number and kinds. */
function flagsInWords(flags: readonly string[]): string {
  if (flags.length === 0) return "";
  const line = formatFlags(flags);
  if (line.length <= MAX_FLAGS_LENGTH) return ` (${line})`;
  const count = flags.length === 1 ? "1 flag" : `${flags.length} flags`;
  // The first permissions may be of one kind, and the dangerous ones of another.
  const kinds = flags.map((flag) => flag.replace(/^--allow-|=.*$/gs, ""));
  return ` (${count}, too long to show: ${kinds.join(", ")})`;
}

function since({ before }: ConsentDifference): string {
  if (before === undefined) return "";
  const by = before.by === undefined ? "" : ` by ${quote(before.by)}`;
  return ` on ${before.at.slice(0, 10)}${by}`;
}

/** Describes in words why a consent is missing, after the name of the plugin. */
export function describeDifference(difference: ConsentDifference): string {
  const { added, before, flags, reason, source } = difference;
  const asked = isEmpty(added) ? "" : inWords(added) + flagsInWords(flags);
  const declares = asked === ""
    ? "it requires no permission"
    : `it requires ${asked}`;
  switch (reason) {
    case "first":
      return `nobody agreed to it yet, and ${declares}`;
    case "permissions":
      return `it requires more than was agreed to${
        since(difference)
      }: ${asked}`;
    case "source":
      return `it comes from ${quote(source)}, and the consent${
        since(difference)
      } is for ${quote(before?.source ?? "")}; ${declares}`;
    case "digest":
      return `its files changed since the consent${
        since(difference)
      }; ${declares}`;
  }
}

const OF_BUILTIN = "(of a builtin: --builtin --permissions JSON)";

/** Names the ways to grant, with what the command needs beside the id. */
function waysToGrant(id: string): string {
  const [word, sources] = id === EVERYONE
    ? ["'*'", ""]
    : [id, ` and the sources of the host ${OF_BUILTIN}`];
  return `host.grant("${id}"), or by semantik-plugin consent grant ${word} ` +
    `with --state FILE${sources}`;
}

/** Makes the problem of a plugin that waits for a yes. */
export function consentMissing(
  id: string,
  missing: ConsentDifference,
  action: "load" | "continue with" = "load",
): Problem {
  return Object.freeze({
    code: "PLUGIN_CONSENT_MISSING",
    message: `Cannot ${action} plugin "${id}": ${describeDifference(missing)}`,
    remedy: `Agree by ${waysToGrant(id)}`,
  });
}

/** Makes the problem of a plugin whose permissions were taken back. */
export function permissionRevoked(
  id: string,
  { permissions, ofEveryone }: TakenPermissions,
  action: "load" | "continue with" = "load",
): Problem {
  const what = isEmpty(permissions) ? "everything" : inWords(permissions);
  const verb = listEntries(permissions).length > 1 ? "were" : "was";
  const whose = ofEveryone ? " of all plugins" : "";
  return Object.freeze({
    code: "PLUGIN_PERMISSION_REVOKED",
    message: `Cannot ${action} plugin "${id}": ${what} ${verb} revoked${whose}`,
    remedy: `Grant it again by ${waysToGrant(ofEveryone ? EVERYONE : id)}`,
  });
}

/** A decision about permissions, ready to be stored. */
export type Decided =
  | Readonly<{
    ok: true;
    /** The state of the plugin afterwards. */
    state: PluginState;
    /** The permissions that were agreed to or revoked, and were not so before. */
    changed: PermissionSet;
    /** The revoked permissions that it gives back. */
    lifted: PermissionSet;
    /** False if the state is as it was before. */
    isChange: boolean;
  }>
  | Readonly<{ ok: false; problem: Problem }>;

/** The subject of a decision, and whoever makes it. */
export interface DecisionFacts {
  readonly id: string;
  /** The permissions; all of them if absent. */
  readonly permissions: PermissionSet | undefined;
  readonly by: string | undefined;
  /** The time: ISO 8601, UTC. */
  readonly at: string;
}

function withRevoked(
  state: PluginState | undefined,
  revoked: PermissionSet,
): PluginState {
  const { revoked: _, revocation, ...others } = state ?? {};
  if (isEmpty(revoked)) return others;
  return revocation === undefined
    ? { ...others, revoked }
    : { ...others, revoked, revocation };
}

/** Returns a problem if a part of what is granted stays revoked: no set can express the rest. */
function stillRevoked(
  id: string,
  wanted: PermissionSet,
  rest: PermissionSet,
): Problem | undefined {
  const wider = overlap(rest, wanted);
  if (isEmpty(wider)) return undefined;
  const whose = id === EVERYONE ? "all plugins" : `plugin "${id}"`;
  return {
    code: "PLUGIN_PERMISSION_REVOKED",
    message: `Cannot grant ${inWords(overlap(wanted, rest))} to ${whose}: ` +
      `${inWords(wider)} was revoked, which is more`,
    remedy: `Grant ${inWords(wider)}, or revoke less first`,
  };
}

/** Gives back what was revoked: all of it, or these permissions. */
function lift(
  id: string,
  revoked: PermissionSet,
  wanted: PermissionSet | undefined,
): Readonly<{ rest: PermissionSet; problem?: Problem | undefined }> {
  if (wanted === undefined) return { rest: NOTHING };
  const rest = difference(revoked, wanted);
  return { rest, problem: stillRevoked(id, wanted, rest) };
}

/** Decides what to store when permissions are given back to all plugins. */
export function grantToEveryone(
  before: PluginState | undefined,
  { id, permissions }: DecisionFacts,
): Decided {
  const revoked = before?.revoked ?? NOTHING;
  const { rest, problem } = lift(id, revoked, permissions);
  if (problem !== undefined) return { ok: false, problem };
  const lifted = difference(revoked, rest);
  return {
    ok: true,
    state: withRevoked(before, rest),
    changed: lifted,
    lifted,
    isChange: !isEmpty(lifted),
  };
}

function tooMuch(
  id: string,
  excess: PermissionSet,
  declared: PermissionSet,
): Problem {
  return {
    code: "PLUGIN_OPTION_INVALID",
    message: `Cannot grant ${inWords(excess)} to plugin "${id}": it does not ` +
      "declare that",
    remedy: isEmpty(declared)
      ? "It declares no permission; grant it without naming any"
      : `Grant a part of what it declares: ${inWords(declared)}`,
  };
}

/** Makes a consent to more than the last one, unless that was for something else. */
export function extendConsent(
  subject: ConsentSubject,
  last: Consent | undefined,
  permissions: PermissionSet,
  { by, at }: Pick<DecisionFacts, "by" | "at">,
  rules: ConsentRules,
): Consent {
  const old = last !== undefined && isFor(last, subject, rules)
    ? last.permissions
    : NOTHING;
  return {
    permissions: union(old, permissions),
    source: subject.source,
    ...subject.digest === undefined ? {} : { digest: subject.digest },
    ...by === undefined ? {} : { by },
    at,
  };
}

/**
 * Decides what to store when a plugin is granted permissions, or all that it
 * declares. `alive` is what its running code declares, if that is older.
 */
export function grantToPlugin(
  subject: ConsentSubject,
  alive: PermissionSet,
  before: PluginState | undefined,
  facts: DecisionFacts,
  rules: ConsentRules,
): Decided {
  const { id, permissions } = facts;
  const revoked = before?.revoked ?? NOTHING;
  const declared = union(subject.required, subject.optional, alive);
  const old = before?.consent !== undefined &&
      isFor(before.consent, subject, rules)
    ? before.consent
    : undefined;
  if (permissions !== undefined) {
    const excess = difference(difference(permissions, declared), revoked);
    // What is wider than a declared permission may give a wider revoked one back.
    const useless = difference(excess, overlap(excess, revoked));
    if (!isEmpty(useless)) {
      return { ok: false, problem: tooMuch(id, useless, declared) };
    }
  }
  const { rest, problem } = lift(id, revoked, permissions);
  if (problem !== undefined) return { ok: false, problem };
  const agreed = permissions === undefined
    ? declared
    : union(old?.permissions ?? NOTHING, shared(declared, permissions));
  const lifted = difference(revoked, rest);
  const isSame = old !== undefined && equals(old.permissions, agreed) &&
    (subject.digest === undefined || subject.digest === old.digest);
  const consent = isSame
    ? old
    : extendConsent(subject, undefined, agreed, facts, rules);
  return {
    ok: true,
    state: { ...withRevoked(before, rest), consent },
    changed: difference(agreed, old?.permissions ?? NOTHING),
    lifted,
    isChange: !isSame || !isEmpty(lifted),
  };
}

/**
 * Decides what to store when permissions are revoked. All of them also take back
 * the consent.
 */
export function revokeFrom(
  before: PluginState | undefined,
  { permissions, by, at }: DecisionFacts,
): Decided {
  const old = before?.revoked ?? NOTHING;
  const revoked = union(old, permissions ?? EVERYTHING);
  const { consent, ...others } = {
    ...withRevoked(before, revoked),
    revocation: { ...by === undefined ? {} : { by }, at },
  };
  const isKept = permissions !== undefined && consent !== undefined;
  return {
    ok: true,
    state: isKept ? { ...others, consent } : others,
    changed: difference(revoked, old),
    lifted: NOTHING,
    isChange: !equals(revoked, old) || (!isKept && consent !== undefined),
  };
}
