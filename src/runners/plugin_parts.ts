/**
 * A plugin's object, taken apart once: what it exports may have getters that
 * throw or answer otherwise the next time.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import type { PluginContext } from "../plugin.ts";
import type { StandardResult } from "../standard_schema.ts";
import { readResult } from "./read_result.ts";

/** The parts of a plugin, each bound to it. */
export interface PluginParts {
  /** Validates a configuration, where the plugin has a schema. */
  readonly validate:
    | ((config: unknown) => Promise<StandardResult<unknown>>)
    | undefined;
  /** Makes the plugin's object. */
  readonly setup: (context: PluginContext) => unknown;
  /** Takes a new configuration, where the plugin can. */
  readonly reconfigure: ((context: PluginContext) => unknown) | undefined;
  /** Says how the plugin is, where it can. */
  readonly healthCheck: ((context: PluginContext) => unknown) | undefined;
  /** Releases what the plugin holds, where it holds something. */
  readonly dispose: (() => unknown) | undefined;
}

type Method = (...args: readonly unknown[]) => unknown;

function notAPlugin(message: string): PluginError {
  return new PluginError(message, {
    code: "PLUGIN_MODULE_INVALID",
    remedy: "Export what definePlugin returns as the default",
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isMethod(value: unknown): value is Method {
  return typeof value === "function";
}

function method(plugin: object, name: string): Method | undefined {
  const value: unknown = Reflect.get(plugin, name);
  if (value === undefined) return undefined;
  if (!isMethod(value)) throw notAPlugin(`its "${name}" is not a function`);
  return (...args) => Reflect.apply(value, plugin, args);
}

function validator(plugin: object): PluginParts["validate"] {
  const schema: unknown = Reflect.get(plugin, "configSchema");
  if (schema === undefined) return undefined;
  // A schema of some libraries is a function with properties.
  const standard: unknown = isObject(schema) || isMethod(schema)
    ? Reflect.get(schema, "~standard")
    : undefined;
  const validate = isObject(standard)
    ? method(standard, "validate")
    : undefined;
  if (validate === undefined) {
    throw notAPlugin('its "configSchema" is not a Standard Schema');
  }
  return async (config) => {
    const result = readResult(await validate(config));
    if (result !== undefined) return result;
    throw notAPlugin('its "configSchema" gave no result of a Standard Schema');
  };
}

/**
 * Takes apart what a plugin's module exports, or what a host handed over.
 *
 * @param exported A plugin object.
 * @returns Its parts.
 * @throws {PluginError} `PLUGIN_MODULE_INVALID` when it is not a plugin.
 */
export function readPluginParts(exported: unknown): PluginParts {
  if (!isObject(exported)) {
    throw notAPlugin("its default export is not a plugin");
  }
  const setup = method(exported, "setup");
  if (setup === undefined) throw notAPlugin('it has no "setup"');
  return {
    setup,
    validate: validator(exported),
    reconfigure: method(exported, "reconfigure"),
    healthCheck: method(exported, "healthCheck"),
    dispose: method(exported, "dispose"),
  };
}
