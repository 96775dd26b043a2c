/**
 * A plugin's object, and what its schema answered, taken apart once: what has
 * code of its own may answer otherwise the next time.
 *
 * @module
 */

import { PluginError } from "../../base/errors.ts";
import type { PluginContext } from "../../base/plugin.ts";
import { schemaRemedy } from "./schema_remedy.ts";
import type {
  StandardIssue,
  StandardResult,
} from "../../base/standard_schema.ts";

// Nobody reads more of either.
const MAX_ISSUES = 100;
const MAX_PATH_LENGTH = 100;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** By index: a list may bring an iterator of its own, which need not end. */
function readList<Item>(
  list: readonly unknown[],
  limit: number,
  read: (item: unknown) => Item,
): readonly Item[] {
  const length = Math.min(list.length, limit);
  return Object.freeze(
    Array.from({ length }, (_, index) => read(list[index])),
  );
}

function readKey(segment: unknown): PropertyKey {
  const key: unknown = isObject(segment)
    ? Reflect.get(segment, "key")
    : segment;
  return typeof key === "number" || typeof key === "symbol" ? key : `${key}`;
}

function readIssue(issue: unknown): StandardIssue {
  if (!isObject(issue)) return Object.freeze({ message: `${issue}` });
  const message: unknown = Reflect.get(issue, "message");
  const path: unknown = Reflect.get(issue, "path");
  return Object.freeze({
    message: `${message}`,
    path: Array.isArray(path)
      ? readList(path, MAX_PATH_LENGTH, readKey)
      : undefined,
  });
}

/**
 * Reads what a schema answered.
 *
 * @param result Its answer, of whatever shape.
 * @returns The same, copied and frozen but for the value; `undefined` where it
 * is no result of a Standard Schema.
 * @throws whatever the answer's own code throws.
 */
export function readResult(
  result: unknown,
): StandardResult<unknown> | undefined {
  if (!isObject(result)) return undefined;
  const issues: unknown = Reflect.get(result, "issues");
  if (Array.isArray(issues)) {
    return Object.freeze({ issues: readList(issues, MAX_ISSUES, readIssue) });
  }
  if (issues !== undefined || !("value" in result)) return undefined;
  const value: unknown = Reflect.get(result, "value");
  return Object.freeze({ value });
}

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

/** The error for what is not a plugin. A plugin cannot throw it: it has no way to the class. */
export class NotAPluginError extends PluginError {
  constructor(
    message: string,
    remedy = "Export what definePlugin returns as the default",
  ) {
    super(message, { code: "PLUGIN_MODULE_INVALID", remedy });
  }
}

function isMethod(value: unknown): value is Method {
  return typeof value === "function";
}

function method(plugin: object, name: string): Method | undefined {
  const value: unknown = Reflect.get(plugin, name);
  if (value === undefined) return undefined;
  if (!isMethod(value)) {
    throw new NotAPluginError(
      `its "${name}" is not a function`,
      name === "setup"
        ? "Make it a function that returns the plugin's object"
        : "Make it a function, or leave it out",
    );
  }
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
    throw new NotAPluginError(
      'its "configSchema" is not a Standard Schema',
      schemaRemedy(schema),
    );
  }
  return async (config) => {
    const result = readResult(await validate(config));
    if (result !== undefined) return result;
    throw new NotAPluginError(
      'its "configSchema" gave no result of a Standard Schema',
      "Return { value } or { issues: [{ message }] } from its validate",
    );
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
    throw new NotAPluginError("its default export is not a plugin");
  }
  const setup = method(exported, "setup");
  if (setup === undefined) throw new NotAPluginError('it has no "setup"');
  return {
    setup,
    validate: validator(exported),
    reconfigure: method(exported, "reconfigure"),
    healthCheck: method(exported, "healthCheck"),
    dispose: method(exported, "dispose"),
  };
}
