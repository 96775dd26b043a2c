/** Turns decisions to load into live plugins: the interface of every runner. */

import type { Problem } from "../base/errors.ts";
import type { PluginContext } from "../base/plugin.ts";
import type { StandardResult } from "../base/standard_schema.ts";
import type { Manifest, ReadPlugin } from "../manifest/manifest.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";

/** The permissions of a plugin, after its configuration is applied. */
export interface ResolvedPermissions {
  readonly required: PermissionSet;
  /** The permissions that it uses if they are granted. */
  readonly optional: PermissionSet;
}

/** A plugin whose code was imported and that changed since then. */
export interface ImportedPlugin {
  /** The manifest that its code was imported for. */
  readonly manifest: Manifest;
  /** The reason why its files cannot be imported any more. */
  readonly stale: Problem;
}

/** An error or rejection that a plugin left unhandled. */
export type Crash = Readonly<{
  kind: "error" | "rejection";
  /** The thrown value. */
  reason: unknown;
  /** The plugin that caused it, or those that may have. */
  verdict:
    | { readonly kind: "clear"; readonly id: string }
    | { readonly kind: "unclear"; readonly ids: readonly string[] };
}>;

/** Follows the host's calls into one plugin, as many as are cheap. */
export interface CallFollower {
  /** Returns the number of calls to skip: following one costs more than the call. */
  skip(): number;
  /** Calls so that later callbacks of the call are attributed to the plugin. */
  follow<Args extends unknown[], Result>(
    callback: (...args: Args) => Result,
    ...args: Args
  ): Result;
}

/** Runs plugins. */
export interface Runner extends Disposable {
  /** Returns the permissions that the host's own process must be granted for a plugin. */
  hostNeeds(
    plugin: ReadPlugin,
    declared: ResolvedPermissions,
  ): ResolvedPermissions;
  /** Finds a plugin whose files changed since its code was imported. */
  importedAs(plugin: ReadPlugin): ImportedPlugin | undefined;
  /** Checks, before `open`, that the files of a plugin are those that were judged. */
  codeProblems(plugin: ReadPlugin): readonly Problem[];
  /** Reads the code of many plugins ahead. Runs none of it. */
  prepare(plugins: readonly ReadPlugin[]): Promise<void>;
  /** Imports a plugin's code within its time limit, which runs its top level. */
  open(plugin: ReadPlugin): Promise<OpenPlugin>;
  /** The plugin whose code is calling the host, if any. */
  readonly callingPlugin: string | undefined;
  /** Remembers that a plugin uses another: each may run in calls of the other. */
  connect(id: string, other: string): void;
  followCalls(id: string): CallFollower;
  /** Runs listeners of a plugin, such as those of its abort signal. */
  runAs(id: string, callback: () => void): void;
  /** Waits until every crash so far was reported. */
  settle(): Promise<void>;
}

/**
 * A plugin whose code is imported, before its setup. Every method throws a
 * `PluginError` if the plugin throws or does not settle in time.
 */
export interface OpenPlugin {
  readonly hasConfigSchema: boolean;
  /** Validates a configuration with resolved references. Accepts any without a schema. */
  validateConfig(config: unknown): Promise<StandardResult<unknown>>;
  /** Sets the plugin up. A setup that settles too late is disposed. */
  setup(context: PluginContext): Promise<RunningPlugin>;
}

/**
 * A plugin after its setup. Every method throws a `PluginError` if the plugin throws
 * or does not settle in time.
 */
export interface RunningPlugin {
  /** The object that its `setup` returned. */
  readonly api: object;
  readonly canReconfigure: boolean;
  reconfigure(context: PluginContext): Promise<void>;
  readonly canCheckHealth: boolean;
  /** Returns whatever the plugin returns, unchecked. */
  checkHealth(context: PluginContext): Promise<unknown>;
  /** Disposes the plugin once. */
  dispose(): Promise<void>;
}

/** The time limits of the calls into a plugin, in milliseconds. */
export interface PluginTimeouts {
  readonly load: number;
  readonly setup: number;
  readonly health: number;
  readonly dispose: number;
}

export const DEFAULT_TIMEOUTS: PluginTimeouts = Object.freeze({
  load: 10_000,
  setup: 10_000,
  health: 10_000,
  dispose: 5_000,
});
