/**
 * Reads each part of a plugin, and of a schema's result, once: a getter may return
 * another value the next time.
 */

import { PluginError } from "../base/errors.ts";
import type { PluginContext } from "../base/plugin.ts";
import {
  schemaRemedy,
  type StandardIssue,
  type StandardResult,
} from "../base/standard_schema.ts";

// Nobody reads more issues or longer paths.
const MAX_ISSUES = 100;
const MAX_PATH_LENGTH = 100;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Reads by index: a list may have its own iterator, which may never end. */
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
 * Copies and freezes the result of a schema, except its value. Returns `undefined`
 * if it is not a result of a Standard Schema. Throws whatever its code throws.
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
  readonly validate:
    | ((config: unknown) => Promise<StandardResult<unknown>>)
    | undefined;
  readonly setup: (context: PluginContext) => unknown;
  readonly reconfigure: ((context: PluginContext) => unknown) | undefined;
  readonly healthCheck: ((context: PluginContext) => unknown) | undefined;
  readonly dispose: (() => unknown) | undefined;
}

type Method = (...args: readonly unknown[]) => unknown;

/** The error for something that is not a plugin. No plugin can throw it, because none can get the class. */
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
  // The schemas of some libraries are functions with properties.
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
      'its "configSchema" did not return a result of a Standard Schema',
      "Return { value } or { issues: [{ message }] } from its validate",
    );
  };
}

/** Reads the parts of a plugin object. Throws `NotAPluginError` if it is not one. */
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
