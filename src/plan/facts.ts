/**
 * The facts that a plan is made from. Everything a plan knows comes in here.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { FoundPlugin } from "../manifest/found_plugin.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";

/** What is known of one plugin before any of its code runs. */
export interface PluginFacts {
  /** What reading its source gave. */
  readonly found: FoundPlugin;
  /** The place of that source among the host's. */
  readonly sourceIndex: number;
  /** What it declares and the process was not granted. */
  readonly missing: readonly PermissionEntry[];
  /** What else stands against it, e.g. a configuration that cannot be used. */
  readonly problems: readonly Problem[];
}

/** How missing permissions are dealt with. */
export type PermissionMode =
  /** A plugin that misses one is refused. */
  | "enforce"
  /** A person is asked. */
  | "prompt"
  /** It is loaded all the same, and that is recorded. */
  | "report";

/** Everything that a plan depends on. */
export interface PlanFacts {
  /** The version of the host application. */
  readonly hostVersion: string;
  /** The plugins: builtins first, then in the order of the sources. */
  readonly plugins: readonly PluginFacts[];
  /** How missing permissions are dealt with. */
  readonly permissionMode: PermissionMode;
  /** How a person grants these permissions, e.g. the flags to add. */
  readonly permissionRemedy: (missing: readonly PermissionEntry[]) => string;
  /** The ids that are live: what they were held against was decided. */
  readonly live: ReadonlySet<string>;
  /** The ids that are disabled in the stored state. */
  readonly disabled: ReadonlySet<string>;
  /** Whether a switch turns external plugins of a type off. */
  readonly isSwitchedOff: (type: string) => boolean;
  /** Why the stored state cannot be told, where it cannot. */
  readonly stateProblem: Problem | undefined;
}
