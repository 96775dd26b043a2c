import type { StandardSchema } from "./standard_schema.ts";

/** A plugin's own log: lines in the host's log, marked with the plugin's id. */
export interface PluginLog {
  /** Logs a message for developers of the plugin. */
  debug(message: string): void;
  /** Logs a message for operators of the host. */
  info(message: string): void;
  /** Logs a warning. */
  warn(message: string): void;
  /** Logs a failure. */
  error(message: string): void;
}

/** Everything that a host passes to a plugin. */
export interface PluginContext<Config = unknown> {
  /** The id of the plugin, from its manifest. */
  readonly id: string;
  /** The configuration, validated by `configSchema`, with its references resolved. */
  readonly config: Config;
  /**
   * The environment without secrets, with the variables that the manifest
   * declares under `permissions.env`. A frozen snapshot.
   */
  readonly env: Readonly<Record<string, string>>;
  /** The plugin's own log. */
  readonly log: PluginLog;
  /**
   * Writes an event about this plugin to the audit trail. Never throws. An
   * action of the host, such as `plugin.enabled`, is recorded as
   * `plugin.custom.plugin.enabled`.
   *
   * @param action The action, e.g. `index.rebuilt`.
   * @param details Details; everything that looks like a secret is redacted.
   */
  audit(action: string, details?: Readonly<Record<string, unknown>>): void;
  /**
   * The plugin's private directory (`$DATA` in the manifest), or `undefined`
   * when the host has no `dataDirectory`.
   */
  readonly dataDir: string | undefined;
  /** Aborts when the plugin must stop. */
  readonly signal: AbortSignal;
  /**
   * Returns the live object of a plugin that the manifest names under
   * `requires`.
   *
   * @param id The id of the other plugin.
   * @returns Its object, or `undefined` for an optional plugin that is not live.
   * @throws {PluginError} `PLUGIN_DEPENDENCY_UNDECLARED` if the manifest does
   * not name it.
   */
  use<Api extends object>(id: string): Api | undefined;
}

/** A plugin: the default export of its module. */
export interface Plugin<Config = unknown, Api extends object = object> {
  /**
   * Validates the configuration before `setup`. Any Standard Schema.
   *
   * @default {undefined} the configuration is not validated
   */
  readonly configSchema?: StandardSchema<unknown, Config>;
  /**
   * Creates the object that the host and other plugins use.
   *
   * @param context Everything that the host passes.
   * @returns The object, or a promise of it.
   */
  setup(context: PluginContext<Config>): Api | PromiseLike<Api>;
  /**
   * Applies a new configuration without a new `setup`.
   *
   * @default {undefined} the plugin is disposed and set up again
   */
  reconfigure?(context: PluginContext<Config>): unknown;
  /**
   * Returns the health of the plugin: a boolean, `{ status, message }`, or
   * nothing for "healthy".
   *
   * @default {undefined} the health is `"unknown"`
   */
  healthCheck?(context: PluginContext<Config>): unknown;
  /** Releases the resources of the plugin. May be asynchronous. */
  dispose?(): unknown;
}

/**
 * Gives a plugin its type, and returns it unchanged.
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
 * @typeParam Api The object that `setup` creates.
 * @param plugin The plugin.
 * @returns The same plugin.
 */
export function definePlugin<Config, Api extends object>(
  plugin: Plugin<Config, Api>,
): Plugin<Config, Api> {
  return plugin;
}
