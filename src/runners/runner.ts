/**
 * What turns a decision to load into a live plugin. One runner is there, in
 * process; a Worker or a subprocess runner would stand beside it.
 *
 * @module
 */

import type { PluginCode } from "../manifest/manifest.ts";
import type { PluginContext } from "../base/plugin.ts";
import type { StandardResult } from "../base/standard_schema.ts";

/** Brings plugins to life. */
export interface Runner {
  /**
   * Brings in a plugin's code. Runs its top level.
   *
   * @param id The plugin.
   * @param code Where its code is.
   * @returns The plugin, not set up yet.
   * @throws {PluginError} with the code of what went wrong, within the time limit.
   */
  open(id: string, code: PluginCode): Promise<OpenPlugin>;
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
