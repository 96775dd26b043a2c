/**
 * The shape of a plugin as its author writes it.
 *
 * @module
 */

import type { StandardSchema } from "./standard_schema.ts";

/** A plugin's own log: what it says, marked with its id, in the host's log. */
export interface PluginLog {
  /** Says something of use to who debugs the plugin. */
  debug(message: string): void;
  /** Says something of use to who runs the host. */
  info(message: string): void;
  /** Says that something is not as it should be. */
  warn(message: string): void;
  /** Says that something failed. */
  error(message: string): void;
}

/** What a host hands to a plugin's code. */
export interface PluginContext<Config = unknown> {
  /** The id of the plugin, from its manifest. */
  readonly id: string;
  /** The configuration: validated by `configSchema`, its references resolved. */
  readonly config: Config;
  /**
   * The environment without secrets, and the variables that the manifest
   * declares under `permissions.env`. A frozen snapshot.
   */
  readonly env: Readonly<Record<string, string>>;
  /** The plugin's own log. */
  readonly log: PluginLog;
  /**
   * Writes an event about this plugin to the audit trail. Never throws. Under
   * an action of the host, such as `plugin.enabled`, it is recorded as
   * `plugin.custom.plugin.enabled`.
   *
   * @param action What happened, e.g. `index.rebuilt`.
   * @param details Anything that helps; what looks like a secret is redacted.
   */
  audit(action: string, details?: Readonly<Record<string, unknown>>): void;
  /**
   * The plugin's private directory (`$DATA` in the manifest), or `undefined`
   * where the host has no `dataDirectory`.
   */
  readonly dataDir: string | undefined;
  /** Aborted when the plugin is to stop. */
  readonly signal: AbortSignal;
  /**
   * The live object of a plugin that the manifest names under `requires`.
   *
   * @param id The id of the other plugin.
   * @returns Its object, or `undefined` for an optional one that is not live.
   * @throws {PluginError} `PLUGIN_DEPENDENCY_UNDECLARED` when the manifest does
   * not name it.
   */
  use<Api extends object>(id: string): Api | undefined;
}

/** A plugin, as `definePlugin` takes it and a plugin's module exports it. */
export interface Plugin<Config = unknown, Api extends object = object> {
  /**
   * Validates the configuration before `setup`: any Standard Schema.
   *
   * @default {undefined} the configuration is passed on as it is
   */
  readonly configSchema?: StandardSchema<unknown, Config>;
  /**
   * Makes the object that the host and other plugins use.
   *
   * @param context What the host hands over.
   * @returns The object, or a promise of it.
   */
  setup(context: PluginContext<Config>): Api | PromiseLike<Api>;
  /**
   * Takes a new configuration without a new `setup`.
   *
   * @default {undefined} the plugin is disposed of and set up again
   */
  reconfigure?(context: PluginContext<Config>): unknown;
  /**
   * Says how the plugin is: a boolean, `{ status, message }`, or nothing for
   * "healthy".
   *
   * @default {undefined} the health is `"unknown"`
   */
  healthCheck?(context: PluginContext<Config>): unknown;
  /** Releases what the plugin holds. May be asynchronous. */
  dispose?(): unknown;
}

/**
 * Types a plugin. Returns what it was given.
 *
 * @example A plugin with a configuration
 * ```ts
 * import { definePlugin } from "@semantik/plugins/plugin";
 * import { z } from "zod";
 *
 * export default definePlugin({
 *   configSchema: z.object({ greeting: z.string().default("Hello") }),
 *   setup({ config }) {
 *     return { greet: (name: string) => `${config.greeting} ${name}` };
 *   },
 * });
 * ```
 *
 * @typeParam Config The configuration after validation.
 * @typeParam Api The object that `setup` makes.
 * @param plugin The plugin.
 * @returns The same plugin.
 */
export function definePlugin<Config, Api extends object>(
  plugin: Plugin<Config, Api>,
): Plugin<Config, Api> {
  return plugin;
}
