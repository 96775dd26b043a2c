/** Checks the types of a host's options. */

import {
  argumentError,
  hasMethods,
  isRecord,
  requireOptions,
} from "../base/argument.ts";
import { schemaRemedy } from "../runners/in_process/schema_remedy.ts";
import type { PluginHostOptions } from "./options.ts";

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
  const call = 'Pass contracts: { embedding: contract("embed") }';
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
    remedy: 'Pass sources: ["./plugins"]',
    fits: (value) =>
      Array.isArray(value) &&
      value.every((one) => typeof one === "string" || one instanceof URL),
  },
  builtins: {
    expected: "a list of objects with a manifest and a plugin",
    remedy: "Pass builtins: [{ manifest, plugin }]",
    fits: (value) => Array.isArray(value) && value.every(isRecord),
  },
  audit: {
    expected: "an audit trail",
    remedy: "Pass audit: createAuditLogger({ handlers: [handler] })",
    fits: (value) => hasMethods(value, "log", "protect", "redactWith"),
  },
  state: {
    expected: "a state store",
    remedy: 'Pass state: new FileStateStore("./plugin_state.json")',
    fits: (value) => hasMethods(value, "read", "update"),
  },
  environment: {
    expected: "an environment",
    remedy:
      'Pass environment: readDotenv(".env"), or recordEnvironment({ NAME: "value" })',
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
    remedy: 'Pass config: { "id": { key: "value" } }',
    fits: isRecord,
  },
  dataDirectory: {
    expected: "the path of a directory",
    remedy: 'Pass dataDirectory: "./plugin_data"',
    fits: (value) => typeof value === "string" && value !== "",
  },
  redact: {
    expected: "an object",
    remedy:
      'Pass redact: { forms: [{ name: "acme", prefixes: ["acme_"], body: "[a-z]{32}" }] }',
    fits: isRecord,
  },
  timeouts: {
    expected: "an object",
    remedy: "Pass timeouts: { setup: 10_000 }, in milliseconds",
    fits: isRecord,
  },
  health: {
    expected: "an object",
    remedy: "Pass health: { threshold: 3 }",
    fits: isRecord,
  },
  log: {
    expected: "a function",
    remedy: "Pass log: (pluginId, level, message) => {}",
    fits: isFunction,
  },
  clock: {
    expected: "a clock",
    remedy: "Pass an object with the methods now, elapsed and after",
    fits: (value) => hasMethods(value, "now", "elapsed", "after"),
  },
  importModule: {
    expected: "a function",
    remedy: "Pass importModule: (specifier) => import(specifier)",
    fits: isFunction,
  },
  allowRawSecrets: {
    expected: "true or false",
    remedy: "Pass allowRawSecrets: true, or leave it out",
    fits: isBoolean,
  },
  containCrashes: {
    expected: "true or false",
    remedy: "Pass containCrashes: false, or leave it out",
    fits: isBoolean,
  },
};

/** Throws `PLUGIN_OPTION_INVALID` if an option has the wrong type. */
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
