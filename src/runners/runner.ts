/**
 * Turns decisions to load into live plugins. In process is one runner; a
 * subprocess or a Worker would be another beside it.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import type { PluginContext } from "../base/plugin.ts";
import type { StandardResult } from "../base/standard_schema.ts";
import type { Manifest, ReadPlugin } from "../manifest/manifest.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";

/** The permissions that a plugin declares, resolved. */
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

/** Something that a plugin left unhandled. */
export type Crash = Readonly<{
  kind: "error" | "rejection";
  /** The value that was thrown. */
  reason: unknown;
  /** The plugin that it was; or those one of which it was. */
  verdict:
    | { readonly kind: "clear"; readonly id: string }
    | { readonly kind: "unclear"; readonly ids: readonly string[] };
}>;

/** Follows the calls of the host into one plugin, as many as are cheap. */
export interface CallFollower {
  /** Returns how many calls from now on to skip: following one costs more than the call. */
  skip(): number;
  /** Calls so that what the call leaves behind is attributed to the plugin. */
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
  /** Checks, just before `open`, that the files of a plugin are those that were judged. */
  codeProblems(plugin: ReadPlugin): readonly Problem[];
  /** Reads the code of many plugins ahead. Runs none of it. */
  prepare(plugins: readonly ReadPlugin[]): Promise<void>;
  /**
   * Imports a plugin's code, which runs its top level.
   *
   * @throws {PluginError} with the code of what went wrong, within the time limit.
   */
  open(plugin: ReadPlugin): Promise<OpenPlugin>;
  /** The plugin that waits for the host, if it is called from a plugin's code. */
  readonly callingPlugin: string | undefined;
  /** Remembers that a plugin was given another: each may run in calls of the other. */
  connect(id: string, other: string): void;
  /** Follows the calls of the host into a plugin. */
  followCalls(id: string): CallFollower;
  /** Runs listeners of a plugin, such as those of its abort signal. */
  runAs(id: string, callback: () => void): void;
  /** Waits until everything that plugins left unhandled so far was reported. */
  settle(): Promise<void>;
}

/** A plugin whose code is there and that is not set up. */
export interface OpenPlugin {
  /** Whether it validates its configuration. */
  readonly hasConfigSchema: boolean;
  /**
   * Validates a configuration; passes it on where there is no schema.
   *
   * @param config The configuration, its references resolved.
   * @returns What the schema answered.
   * @throws {PluginError} when the schema threw or did not settle in time.
   */
  validateConfig(config: unknown): Promise<StandardResult<unknown>>;
  /**
   * Sets the plugin up. What settles after its time limit is disposed of.
   *
   * @param context What the plugin is handed.
   * @returns The live plugin.
   * @throws {PluginError} with the code of what went wrong, within the time limit.
   */
  setup(context: PluginContext): Promise<RunningPlugin>;
}

/** A plugin that is set up. */
export interface RunningPlugin {
  /** What its `setup` made. */
  readonly api: object;
  /** Whether it takes a new configuration without a new setup. */
  readonly canReconfigure: boolean;
  /**
   * Hands over a new configuration.
   *
   * @param context What the plugin is handed.
   * @throws {PluginError} when the plugin threw or did not settle in time.
   */
  reconfigure(context: PluginContext): Promise<void>;
  /** Whether it can say how it is. */
  readonly canCheckHealth: boolean;
  /**
   * Asks the plugin how it is.
   *
   * @param context What the plugin is handed.
   * @returns Whatever it answers.
   * @throws {PluginError} when the plugin threw or did not settle in time.
   */
  checkHealth(context: PluginContext): Promise<unknown>;
  /**
   * Releases what the plugin holds. Later calls do nothing.
   *
   * @throws {PluginError} when the plugin threw or did not settle in time.
   */
  dispose(): Promise<void>;
}

/** How long each call into a plugin may take, in milliseconds. */
export interface PluginTimeouts {
  readonly load: number;
  readonly setup: number;
  readonly health: number;
  readonly dispose: number;
}

/** The time limits where a host sets none. */
export const DEFAULT_TIMEOUTS: PluginTimeouts = Object.freeze({
  load: 10_000,
  setup: 10_000,
  health: 10_000,
  dispose: 5_000,
});
