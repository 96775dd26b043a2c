import { assert, assertEquals } from "@std/assert";
import {
  contract,
  getSanitizedEnvironment,
  PluginError,
  PluginHost,
} from "@semantik/plugins";
import {
  AuditConsoleHandler,
  createAuditLogger,
  JsonLinesHandler,
  readAuditLog,
  verifyAuditLog,
} from "@semantik/plugins/audit";
import {
  layerEnvironments,
  readDotenv,
  recordEnvironment,
} from "@semantik/plugins/environment";
import {
  flagProblems,
  formatFlags,
  permissionFlags,
  union,
} from "@semantik/plugins/permissions";
import { FileStateStore, MemoryStateStore } from "@semantik/plugins/state";
import { createTestHost } from "@semantik/plugins/testing";

/** Calls as a caller without types does, and returns what is thrown. */
async function thrownBy(
  callable: unknown,
  args: readonly unknown[],
): Promise<unknown> {
  assert(typeof callable === "function");
  const isClass = String(callable).startsWith("class");
  try {
    const made: unknown = isClass
      ? Reflect.construct(callable, args)
      : await Reflect.apply(callable, undefined, args);
    if (typeof made === "object" && made !== null && "next" in made) {
      assert(typeof made.next === "function");
      await made.next();
    }
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

const PATH = "expected a path, got ";
const host = { name: "app", version: "1.0.0" };
const handler = new AuditConsoleHandler();

const CALLS: readonly (readonly [
  callable: unknown,
  args: readonly unknown[],
  message: string,
  remedy: string,
])[] = [
  [JsonLinesHandler, [{ path: "x" }], `${PATH}an object`, '("./audit.jsonl")'],
  [JsonLinesHandler, [], `${PATH}nothing`, 'new JsonLinesHandler("'],
  [JsonLinesHandler, [new URL("file:///x")], `${PATH}a URL`, '("./audit'],
  [JsonLinesHandler, [["x"]], `${PATH}a list`, '("./audit.jsonl")'],
  [JsonLinesHandler, [7], `${PATH}a number`, '("./audit.jsonl")'],
  [JsonLinesHandler, [""], `${PATH}an empty text`, '("./audit.jsonl")'],
  [JsonLinesHandler, ["x", null], "options, got null", "{ chain: true }"],
  [JsonLinesHandler, ["x", { chain: "key" }], '"chain"', "{ key }"],
  [JsonLinesHandler, ["x", { rotate: 5 }], '"rotate"', "{ maxBytes, maxFiles"],
  [JsonLinesHandler, ["x", { mode: "600" }], '"mode"', "0o600"],
  [JsonLinesHandler, ["x", { fsync: "no" }], '"fsync"', "true or false"],
  [JsonLinesHandler, ["x", { warn: "x" }], '"warn"', "a function"],
  [JsonLinesHandler, ["x", { level: "LOUD" }], "levels NOTSET", "INFO"],
  [JsonLinesHandler, ["x", { pluginDirectories: "/" }], '"pluginD', "a list"],
  [AuditConsoleHandler, ["INFO"], "options, got a text", '{ level: "INFO" }'],
  [AuditConsoleHandler, [{ level: 3 }], "levels NOTSET", "INFO"],
  [FileStateStore, [{ path: "x" }], `${PATH}an object`, '("./plugin_state'],
  [FileStateStore, [], `${PATH}nothing`, "new FileStateStore("],
  [FileStateStore, ["x", "y"], "options, got a text", "{ mustExist: true }"],
  [MemoryStateStore, [{ x: {} }], "got an object", "new MemoryStateStore(["],
  [readDotenv, [{ path: ".env" }], `${PATH}an object`, 'readDotenv(".env")'],
  [readDotenv, [], `${PATH}nothing`, 'readDotenv(".env")'],
  [readDotenv, ["x", true], "options, got a boolean", "{ optional: true }"],
  [recordEnvironment, ["A=b"], "got a text", "recordEnvironment({"],
  [layerEnvironments, [[handler]], "got a list", "layerEnvironments("],
  [layerEnvironments, [{ A: "b" }], "got an object", "layerEnvironments("],
  [getSanitizedEnvironment, [null], "options, got null", "{ allow: ["],
  [getSanitizedEnvironment, [{ deny: "A" }], '"deny"', 'deny: ["NAME"]'],
  [getSanitizedEnvironment, [{ source: ".env" }], '"source"', "readDotenv("],
  [createAuditLogger, [handler], "a list of handlers", "{ handlers: [handler]"],
  [createAuditLogger, [[handler]], "options, got a list", "{ handlers: ["],
  [createAuditLogger, [{ handlers: handler }], "list of handlers", "[handler]"],
  [createAuditLogger, [{ handlers: ["x"] }], "list of handlers", "[handler]"],
  [createAuditLogger, ["x"], "options, got a text", "{ handlers: [handler]"],
  [verifyAuditLog, [{ path: "x" }], `${PATH}an object`, 'verifyAuditLog("'],
  [verifyAuditLog, ["x", "key"], "options, got a text", "{ key }"],
  [readAuditLog, [{ path: "x" }], `${PATH}an object`, 'readAuditLog("'],
  [readAuditLog, ["x", "error"], "options, got a text", '{ level: "error" }'],
  [contract, [["embed"]], "got a list", 'contract("embed", "count")'],
  [contract, [], "got nothing", 'contract("embed", "count")'],
  [contract, ["embed", ""], "got an empty text", 'contract("embed", "count")'],
  [contract, [{ methods: ["embed"] }], "got an object", 'contract("embed"'],
  [permissionFlags, ["net"], "got a text", '{ net: ["example.com:443"] }'],
  [permissionFlags, [["net"]], "got a list", '{ net: ["example.com:443"] }'],
  [flagProblems, [], "got nothing", '{ net: ["example.com:443"] }'],
  [union, [{}, null], "got null", '{ net: ["example.com:443"] }'],
  [formatFlags, ["--allow-net"], "got a text", 'formatFlags(["--allow-net"])'],
  [PluginError, ["The disk is full"], "The disk is full", "new PluginError("],
  [PluginHost, [], "options, got nothing", "new PluginHost({ name:"],
  [PluginHost, ["app"], "options, got a text", "new PluginHost({ name:"],
  [createTestHost, [{ contracts: ["x"] }], '"contracts"', "contracts: {"],
];

Deno.test("PluginHost refuses what is no id, and records nothing of it", async () => {
  await using test = createTestHost();
  for (const name of ["enable", "disable", "configure"] as const) {
    for (const id of [undefined, null, 7, { id: "a" }]) {
      const error = await thrownBy(test[name].bind(test), [id, {}]);
      assert(error instanceof PluginError, name);
      assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    }
  }
  assertEquals(test.audit.actions(), []);
});

const HOST_OPTIONS: readonly (readonly [
  name: string,
  value: unknown,
  remedy: string,
])[] = [
  ["sources", "./plugins", 'sources: ["./plugins"]'],
  ["sources", [{ path: "./plugins" }], 'sources: ["./plugins"]'],
  ["builtins", [null], "builtins: [{ manifest, plugin }]"],
  ["audit", handler, "audit: createAuditLogger({ handlers: [handler] })"],
  ["state", "state.json", 'new FileStateStore("./plugin_state.json")'],
  ["state", new Map(), 'new FileStateStore("./plugin_state.json")'],
  ["environment", ".env", 'readDotenv(".env")'],
  ["environment", { A: "b" }, "recordEnvironment("],
  ["contracts", { embedding: ["embed"] }, 'contract("embed")'],
  ["contracts", { embedding: null }, 'contract("embed")'],
  ["contracts", { embedding: { methods: "embed" } }, 'contract("embed")'],
  ["contracts", { embedding: { methods: [] } }, 'contract("embed")'],
  ["contracts", { embedding: { methods: [""] } }, 'contract("embed")'],
  ["config", [{}], 'config: { "id": { key: "value" } }'],
  ["dataDirectory", { path: "x" }, 'dataDirectory: "./plugin_data"'],
  ["dataDirectory", new URL("file:///x"), 'dataDirectory: "./plugin_data"'],
  ["timeouts", 5_000, "timeouts: { setup: 10_000 }"],
  ["health", null, "health: { threshold: 3 }"],
  ["redact", "x", "redact: { forms: ["],
  ["log", console, "log: (pluginId, level, message) => {}"],
  ["clock", Date, "now, elapsed and after"],
  [
    "importModule",
    "x",
    "importModule: (specifier, options) => import(specifier, options)",
  ],
  ["allowRawSecrets", "yes", "allowRawSecrets: true"],
  ["containCrashes", 0, "containCrashes: false"],
];

async function filesIn(directory: string): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(directory));
  return entries.map(({ name }) => name).toSorted();
}

Deno.test("every function refuses arguments of another kind, shows the right call and touches no file", async () => {
  const before = await filesIn(".");
  const table = [
    ...CALLS,
    ...HOST_OPTIONS.map(([name, value, remedy]) =>
      [
        PluginHost,
        [{ ...host, [name]: value }],
        `Cannot create host: option "${name}": expected `,
        remedy,
      ] as const
    ),
  ];
  for (const [callable, args, message, remedy] of table) {
    const thrown = await thrownBy(callable, args);
    const what = `${Deno.inspect(callable)} ${Deno.inspect(args)}`;
    assert(thrown instanceof PluginError, `${what}: ${Deno.inspect(thrown)}`);
    assertEquals(thrown.code, "PLUGIN_OPTION_INVALID", what);
    assert(thrown.message.includes(message), `${what}: ${thrown.message}`);
    assert(thrown.remedy.includes(remedy), `${what}: ${thrown.remedy}`);
  }
  assertEquals(await filesIn("."), before);
});

Deno.test("no argument of another kind is shown: it may be a secret", async () => {
  const secret = "hunter2-hunter2";
  for (const callable of [PluginHost, createAuditLogger, recordEnvironment]) {
    const thrown = await thrownBy(callable, [secret]);
    assert(thrown instanceof PluginError);
    assert(!`${thrown.message} ${thrown.remedy}`.includes(secret));
  }
});
