/** Checks the types of a host's options. */

import {
  argumentError,
  hasMethods,
  isRecord,
  requireOptions,
} from "../base/errors.ts";
import { IMPORT_MODULE } from "../manifest/source_system.ts";
import { schemaRemedy } from "../base/standard_schema.ts";
import { isListOfMethods } from "./contract.ts";
import type { PluginHostOptions } from "./options.ts";

type Fits = (value: unknown) => boolean;

type Kind = readonly [
  expected: string,
  remedy: string | ((value: unknown) => string),
  fits: Fits,
];

const isFunction: Fits = (value) => typeof value === "function";

function methods(...names: readonly string[]): Fits {
  return (value) => hasMethods(value, ...names);
}

function listOf(fits: Fits): Fits {
  return (value) => Array.isArray(value) && value.every(fits);
}

const isListOfText = listOf((one) => typeof one === "string");

function isContract(value: unknown): boolean {
  const isObject = typeof value === "object" || typeof value === "function";
  if (!isObject || value === null) return false;
  return hasMethods(Reflect.get(value, "~standard"), "validate") ||
    isListOfMethods(Reflect.get(value, "methods"));
}

function contractRemedy(value: unknown): string {
  const call = 'Pass contracts: { embedding: contract("embed") }';
  if (!isRecord(value)) return call;
  const wrong: unknown = Object.values(value).find((one) => !isContract(one));
  const isSchema = isFunction(wrong) ||
    ["parse", "validate", "_run"].some((name) => hasMethods(wrong, name));
  return isSchema ? schemaRemedy(wrong) : call;
}

function flag(example: string): Kind {
  return [
    "true or false",
    `Pass ${example}, or leave it out`,
    (value) => typeof value === "boolean",
  ];
}

const KINDS: Partial<Readonly<Record<keyof PluginHostOptions, Kind>>> = {
  sources: [
    "a list of paths and URLs",
    'Pass sources: ["./plugins"]',
    listOf((one) => typeof one === "string" || one instanceof URL),
  ],
  builtins: [
    "a list of objects with a manifest and a plugin",
    "Pass builtins: [{ manifest, plugin }]",
    listOf(isRecord),
  ],
  audit: [
    "an audit logger",
    "Pass audit: createAuditLogger({ handlers: [handler] })",
    methods("log", "protect", "redactWith"),
  ],
  state: [
    "a state store",
    'Pass state: new FileStateStore("./plugin_state.json")',
    methods("read", "update"),
  ],
  environment: [
    "an environment",
    'Pass environment: readDotenv(".env"), or recordEnvironment({ NAME: "value" })',
    methods("get", "toRecord", "supplies", "permits"),
  ],
  contracts: [
    "contracts by type",
    contractRemedy,
    (value) => isRecord(value) && Object.values(value).every(isContract),
  ],
  config: [
    "configurations by id",
    'Pass config: { "id": { key: "value" } }',
    isRecord,
  ],
  secretDirectories: [
    "a list of directories, or false",
    'Pass secretDirectories: ["/run/secrets"]',
    (value) => value === false || isListOfText(value),
  ],
  dataDirectory: [
    "the path of a directory",
    'Pass dataDirectory: "./plugin_data"',
    (value) => typeof value === "string" && value !== "",
  ],
  redact: [
    "an object",
    'Pass redact: { forms: [{ name: "acme", prefixes: ["acme_"], body: "[a-z]{32}" }] }',
    isRecord,
  ],
  timeouts: [
    "an object",
    "Pass timeouts: { setup: 10_000 }, in milliseconds",
    isRecord,
  ],
  health: ["an object", "Pass health: { threshold: 3 }", isRecord],
  log: [
    "a function",
    "Pass log: (pluginId, level, message) => {}",
    isFunction,
  ],
  clock: [
    "a clock",
    "Pass an object with the methods now, elapsed and after",
    methods("now", "elapsed", "after"),
  ],
  importModule: [
    "a function",
    `Pass ${IMPORT_MODULE}`,
    isFunction,
  ],
  allowRawSecrets: flag("allowRawSecrets: true"),
  containCrashes: flag("containCrashes: false"),
  switches: flag("switches: false"),
};

/** Throws `PLUGIN_OPTION_INVALID` if an option has the wrong type. */
export function checkOptionKinds(options: PluginHostOptions): void {
  requireOptions(
    options,
    "create host",
    'new PluginHost({ name: "app", version: "1.0.0" })',
  );
  for (const [name, [expected, remedy, fits]] of Object.entries(KINDS)) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || fits(value)) continue;
    throw argumentError(value, {
      expected,
      remedy: typeof remedy === "string" ? remedy : remedy(value),
      action: `create host: option "${name}"`,
    });
  }
}
