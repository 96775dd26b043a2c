/** The reasons to refuse or to skip a plugin by itself. */

import type { Problem } from "../base/errors.ts";
import { escapeControls, quote } from "../base/text.ts";
import {
  lacksCopy,
  type Manifest,
  type ReadPlugin,
  type TrustLevel,
  type UnreadablePlugin,
} from "../manifest/manifest.ts";
import { isInRange, isPreRelease } from "../manifest/version.ts";
import {
  formatEntry,
  type PermissionEntry,
} from "../permissions/permission_set.ts";
import {
  type ConsentDifference,
  consentMissing,
  permissionRevoked,
  type TakenPermissions,
} from "./consent.ts";

/** A plugin whose manifest was read, without its code. */
export type KnownPlugin = Pick<
  ReadPlugin,
  "ok" | "source" | "origin" | "manifest" | "namedAfterId"
>;

/** An id of a plugin whose manifest cannot be used. */
export interface KeptId {
  readonly id: string;
  /** True if the plugin's directory is named after it. */
  readonly namedAfterId: boolean;
}

/** Everything known of one plugin before any of its code runs. */
export interface PluginFacts {
  readonly found: KnownPlugin | UnreadablePlugin;
  /** The place of its source among the host's. */
  readonly sourceIndex: number;
  /** The ids that it keeps although its manifest cannot be used. */
  readonly keeps?: readonly KeptId[];
  /** True if it is live: then no other plugin gets its id. */
  readonly isLive?: boolean;
  /** The runner that it gets. */
  readonly runner?: "in-process" | "subprocess";
  /** The level of trust. */
  readonly trust?: TrustLevel;
  /** The reasons that its origin and its files are to refuse it. */
  readonly distrust?: readonly Problem[];
  /** The reason why this process cannot import its code any more. */
  readonly stale?: Problem | undefined;
  /** The permissions that the host's process must be granted and was not. */
  readonly missing: readonly PermissionEntry[];
  /** The remedy for those, e.g. the flags to add; empty if none is missing. */
  readonly remedy: string;
  /** The yes that its code waits for, if it does. */
  readonly waiting?: ConsentDifference | undefined;
  /** The revoked permissions that keep it from running. */
  readonly taken?: TakenPermissions | undefined;
  /** Everything else against it, e.g. an invalid configuration. */
  readonly problems: readonly Problem[];
}

/** The effect of missing permissions on a plugin. */
export type PermissionMode =
  /** A plugin that misses one is refused. */
  | "enforce"
  /** A person is asked. */
  | "prompt"
  /** It is loaded anyway, and the permissions are recorded. */
  | "report";

/** The facts about the host that every plugin is judged by. */
export interface HostFacts {
  readonly hostVersion: string;
  readonly permissionMode: PermissionMode;
  /** The ids that are disabled in the stored state. */
  readonly disabled: readonly string[];
  /** The types whose external plugins a switch keeps out. */
  readonly switchedOff: readonly string[];
  /** The reason why the stored state is unknown. */
  readonly stateProblem?: Problem | undefined;
  /** True if somebody can be asked for a missing yes. */
  readonly canAsk?: boolean;
}

/** The reason why a plugin is skipped. */
export type SkipReason =
  /** It is disabled in the stored state. */
  | "disabled"
  /** A switch in the environment turns plugins off. */
  | "switch";

/** The lists of `HostFacts` that skip plugins, as sets. */
export interface Skipped {
  readonly disabled: ReadonlySet<string>;
  readonly switchedOff: ReadonlySet<string>;
}

export function skipReason(
  { manifest, origin }: Pick<KnownPlugin, "manifest" | "origin">,
  { disabled, switchedOff }: Skipped,
): SkipReason | undefined {
  if (origin === "external" && switchedOff.has(manifest.type)) return "switch";
  return disabled.has(manifest.id) ? "disabled" : undefined;
}

function conflict(
  { manifest }: KnownPlugin,
  holder: PluginFacts["found"],
): Problem {
  const source = quote(holder.source);
  const subject = `Cannot load plugin "${manifest.id}"`;
  return {
    code: "PLUGIN_ID_CONFLICT",
    ...holder.ok
      ? {
        message: `${subject}: the plugin of ${source} has this id`,
        remedy: "Change the id of one of the two, or remove its source",
      }
      : {
        message: `${subject}: the plugin of ${source} keeps this id, and its ` +
          "manifest cannot be used",
        remedy: `Correct the manifest of ${source}, or remove that source`,
      },
  };
}

/** Returns why a plugin does not have its id; nothing if it is the holder. */
export function checkClaimedId(
  found: PluginFacts["found"],
  holder: PluginFacts["found"] | undefined,
): readonly Problem[] {
  if (!found.ok) return found.problems;
  return holder === undefined || holder === found
    ? []
    : [conflict(found, holder)];
}

/** Adds the rule of pre-releases to a remedy if that is why a version is out of range. */
export function rangeRemedy(version: string, remedy: string): string {
  return isPreRelease(version)
    ? `${remedy}; a pre-release is in a range only if the range names one ` +
      `of the same version, e.g. >=${version}`
    : remedy;
}

export function checkHostVersion(
  { id, host }: Pick<Manifest, "id" | "host">,
  { hostVersion }: Pick<HostFacts, "hostVersion">,
): readonly Problem[] {
  if (host === undefined || isInRange(hostVersion, host)) return [];
  return [{
    code: "PLUGIN_HOST_INCOMPATIBLE",
    message: `Cannot load plugin "${id}": it supports host versions ` +
      `${escapeControls(host)}, and this is ${hostVersion}`,
    remedy: rangeRemedy(
      hostVersion,
      "Use a version of the plugin that supports this host",
    ),
  }];
}

/** Lists all missing permissions in one problem; there is at least one. */
export function missingPermissions(
  id: string,
  missing: readonly PermissionEntry[],
  remedy: string,
): Problem {
  const shown = missing.map(formatEntry).join(", ");
  const [noun, verb] = missing.length === 1
    ? ["permission", "is"]
    : ["permissions", "are"];
  return {
    code: "PLUGIN_PERMISSION_MISSING",
    message: `Cannot load plugin "${id}": ${noun} ${shown} ${verb} not granted`,
    remedy,
  };
}

export function checkPermissions(
  id: string,
  { missing, remedy }: Pick<PluginFacts, "missing" | "remedy">,
  { permissionMode }: Pick<HostFacts, "permissionMode">,
): readonly Problem[] {
  return permissionMode === "enforce" && missing.length > 0
    ? [missingPermissions(id, missing, remedy)]
    : [];
}

export function checkStoredState(
  { origin }: Pick<KnownPlugin, "origin">,
  { stateProblem }: Pick<HostFacts, "stateProblem">,
): readonly Problem[] {
  return origin === "external" && stateProblem !== undefined
    ? [stateProblem]
    : [];
}

/**
 * Refuses a plugin without a yes. One that waits for nothing else is asked for,
 * if there is somebody to ask.
 */
export function checkConsent(
  id: string,
  { waiting, taken }: Pick<PluginFacts, "waiting" | "taken">,
  { canAsk = false }: Pick<HostFacts, "canAsk">,
  isAlone: boolean,
): readonly Problem[] {
  // The yes to everything that was revoked would have no effect.
  if (taken !== undefined) return [permissionRevoked(id, taken)];
  if (waiting === undefined || (canAsk && isAlone)) return [];
  return [consentMissing(id, waiting)];
}

/** Returns every problem at once; a plugin with none may be loaded or asked for. */
export function checkPlugin(
  plugin: KnownPlugin,
  facts: PluginFacts,
  host: HostFacts,
): readonly Problem[] {
  // Of code that cannot be imported any more, nothing else matters.
  if (facts.stale !== undefined) return [facts.stale];
  const { id } = plugin.manifest;
  const others = [
    ...checkStoredState(plugin, host),
    ...facts.distrust ?? [],
    ...checkHostVersion(plugin.manifest, host),
    ...facts.problems,
    ...checkPermissions(id, facts, host),
  ];
  const consent = checkConsent(id, facts, host, others.length === 0);
  return consent.length === 0 ? others : [...others, ...consent];
}

/** Keeps a verified plugin from running in a place where others may change it. */
export function checkCopy(plugin: ReadPlugin): readonly Problem[] {
  return !lacksCopy(plugin) ? [] : [Object.freeze({
    code: "PLUGIN_INTEGRITY_BROKEN",
    message: `Cannot load plugin "${plugin.manifest.id}": it has no copy in ` +
      "the store of the host",
    remedy: "Run semantik-plugin verify --copy, or let the host write its " +
      "store, and load the plugin again",
  })];
}
