/**
 * The kinds of a host's options.
 *
 * @module
 */

import {
  argumentError,
  hasMethods,
  isRecord,
  requireOptions,
} from "../base/argument.ts";
import { schemaRemedy } from "../runners/in_process/schema_remedy.ts";
import type { PluginHostOptions } from "./options.ts";

/** The kind of an option. */
interface Kind {
  readonly expected: string;
  readonly remedy: string | ((value: unknown) => string);
  fits(value: unknown): boolean;
}

function isContract(value: unknown): boolean {
  const isObject = typeof value === "object" || typeof value === "function";
  if (!isObject || value === null) return false;
  const standard: unknown = Reflect.get(value, "~standard");
  const methods: unknown = Reflect.get(value, "methods");
  return hasMethods(standard, "validate") ||
    (Array.isArray(methods) &&
      methods.every((name) => typeof name === "string"));
}

function contractRemedy(value: unknown): string {
  const call = 'Give contracts: { embedding: contract("embed") }';
  if (!isRecord(value)) return call;
  const wrong: unknown = Object.values(value).find((one) => !isContract(one));
  const isSchema = isFunction(wrong) ||
    ["parse", "validate", "_run"].some((name) => hasMethods(wrong, name));
  return isSchema ? schemaRemedy(wrong) : call;
}

const isFunction = (value: unknown) => typeof value === "function";
const isBoolean = (value: unknown) => typeof value === "boolean";

const KINDS: Partial<Readonly<Record<keyof PluginHostOptions, Kind>>> = {
  sources: {
    expected: "a list of paths and URLs",
    remedy: 'Give sources: ["./plugins"]',
    fits: (value) =>
      Array.isArray(value) &&
      value.every((one) => typeof one === "string" || one instanceof URL),
  },
  builtins: {
    expected: "a list of objects with a manifest and a plugin",
    remedy: "Give builtins: [{ manifest, plugin }]",
    fits: (value) => Array.isArray(value) && value.every(isRecord),
  },
  audit: {
    expected: "an audit trail",
    remedy: "Give audit: createAuditLogger({ handlers: [handler] })",
    fits: (value) => hasMethods(value, "log", "protect", "redactWith"),
  },
  state: {
    expected: "a state store",
    remedy: 'Give state: new FileStateStore("./plugin_state.json")',
    fits: (value) => hasMethods(value, "read", "update"),
  },
  environment: {
    expected: "an environment",
    remedy:
      'Give environment: readDotenv(".env"), or recordEnvironment({ NAME: "value" })',
    fits: (value) =>
      hasMethods(value, "get", "toRecord", "supplies", "permits"),
  },
  contracts: {
    expected: "contracts by type",
    remedy: contractRemedy,
    fits: (value) => isRecord(value) && Object.values(value).every(isContract),
  },
  config: {
    expected: "configurations by id",
    remedy: 'Give config: { "id": { key: "value" } }',
    fits: isRecord,
  },
  dataDirectory: {
    expected: "the path of a directory",
    remedy: 'Give dataDirectory: "./plugin_data"',
    fits: (value) => typeof value === "string" && value !== "",
  },
  redact: {
    expected: "an object",
    remedy:
      'Give redact: { forms: [{ name: "acme", prefixes: ["acme_"], body: "[a-z]{32}" }] }',
    fits: isRecord,
  },
  timeouts: {
    expected: "an object",
    remedy: "Give timeouts: { setup: 10_000 }, in milliseconds",
    fits: isRecord,
  },
  health: {
    expected: "an object",
    remedy: "Give health: { threshold: 3 }",
    fits: isRecord,
  },
  log: {
    expected: "a function",
    remedy: "Give log: (pluginId, level, message) => {}",
    fits: isFunction,
  },
  clock: {
    expected: "a clock",
    remedy: "Give an object with the methods now, elapsed and after",
    fits: (value) => hasMethods(value, "now", "elapsed", "after"),
  },
  importModule: {
    expected: "a function",
    remedy: "Give importModule: (specifier) => import(specifier)",
    fits: isFunction,
  },
  allowRawSecrets: {
    expected: "true or false",
    remedy: "Give allowRawSecrets: true, or leave it out",
    fits: isBoolean,
  },
  containCrashes: {
    expected: "true or false",
    remedy: "Give containCrashes: false, or leave it out",
    fits: isBoolean,
  },
};

/**
 * Throws unless each option is of its kind.
 *
 * @param options The options, as they were given.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when one is not.
 */
export function checkOptionKinds(options: PluginHostOptions): void {
  requireOptions(
    options,
    "create host",
    'new PluginHost({ name: "app", version: "1.0.0" })',
  );
  for (const [name, kind] of Object.entries(KINDS)) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || kind.fits(value)) continue;
    const { expected, remedy } = kind;
    throw argumentError(value, {
      expected,
      remedy: typeof remedy === "string" ? remedy : remedy(value),
      action: `create host: option "${name}"`,
    });
  }
}
