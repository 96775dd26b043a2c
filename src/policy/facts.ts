/** The facts behind decisions: plain data that JSON can hold. */

import type { Problem } from "../base/errors.ts";
import type { ReadPlugin, UnreadablePlugin } from "../manifest/manifest.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";

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
  /** The reason why this process cannot import its code any more. */
  readonly stale?: Problem | undefined;
  /** The permissions that the host's process must be granted and was not. */
  readonly missing: readonly PermissionEntry[];
  /** The remedy for those, e.g. the flags to add; empty if none is missing. */
  readonly remedy: string;
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
}
