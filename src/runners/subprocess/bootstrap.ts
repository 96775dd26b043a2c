/** Runs one plugin in a process of its own. Bundled into `bootstrap_text.ts`. */

import { PluginError } from "../../base/errors.ts";
import type { PluginContext, PluginLog } from "../../base/plugin.ts";
import type { StandardResult } from "../../base/standard_schema.ts";
import { describeThrown } from "../../base/text.ts";
import {
  NotAPluginError,
  type PluginParts,
  readPluginParts,
} from "../plugin_calls.ts";
import { Channel } from "./channel.ts";
import {
  callMethod,
  createRemoteApi,
  methodsOf,
  readMethods,
} from "./remote_api.ts";

// Taken before the plugin can replace them.
const { args: [mark = ""], env, exit, pid, stdin, stdout, version } = Deno;

function writeAll(bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) at += stdout.writeSync(bytes.subarray(at));
}

let parts: PluginParts | undefined;
let api: object | undefined;
let controller = new AbortController();
/** The last validated configuration, so that it is not validated twice. */
let validated: { readonly text: string; readonly value: unknown } | undefined;

function loaded(): PluginParts {
  if (parts === undefined) throw new TypeError("The plugin is not imported");
  return parts;
}

/** Imports the plugin. Computed: only then does Deno check each module that it reads. */
async function importPlugin(specifier: unknown): Promise<unknown> {
  const module: unknown = await import(String(specifier));
  const exported: unknown = Reflect.get(Object(module), "default");
  try {
    parts = readPluginParts(exported);
  } catch (thrown) {
    return thrown instanceof NotAPluginError
      ? { kind: "none", message: thrown.message, remedy: thrown.remedy }
      : { kind: "broken", error: shown(thrown) };
  }
  const { validate, reconfigure, healthCheck, dispose } = parts;
  return {
    kind: "plugin",
    hasConfigSchema: validate !== undefined,
    canReconfigure: reconfigure !== undefined,
    canCheckHealth: healthCheck !== undefined,
    canDispose: dispose !== undefined,
  };
}

/** Sets the variables of a plugin that this process was not started for. */
function setVariables(variables: unknown): void {
  for (const [name, value] of Object.entries(Object(variables))) {
    env.set(name, String(value));
  }
}

async function validate(config: unknown): Promise<StandardResult<unknown>> {
  const result = await loaded().validate?.(config) ?? { value: config };
  if (result.issues === undefined) {
    validated = { text: JSON.stringify(config), value: result.value };
    return { value: undefined };
  }
  return {
    issues: result.issues.map(({ message, path = [] }) => ({
      message,
      path: path.map((key) => {
        const name = typeof key === "object" ? key.key : key;
        return typeof name === "symbol" ? String(name) : name;
      }),
    })),
  };
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "a value that cannot be shown";
  }
}

/** Returns an error that crosses whatever was thrown. */
function shown(thrown: unknown): Error {
  return new Error(describeThrown(thrown));
}

/** Reads the result of a health check here: an object may not cross. */
function healthOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const status: unknown = Reflect.get(value, "status");
  const message: unknown = Reflect.get(value, "message");
  return {
    status: textOf(status),
    ...typeof message === "string" ? { message } : {},
  };
}

async function checkHealth(given: unknown): Promise<unknown> {
  const context = await createContext(given);
  const value = await loaded().healthCheck?.(context);
  try {
    return healthOf(value);
  } catch (thrown) {
    return { status: "unknown", message: describeThrown(thrown) };
  }
}

function sendLine(level: keyof PluginLog): (message: unknown) => void {
  return (message) => {
    try {
      channel.notify("log", [level, textOf(message)]);
    } catch {
      // A plugin must not fail because its log cannot be written.
    }
  };
}

function audit(action: unknown, details: unknown): void {
  const name = textOf(action);
  try {
    channel.notify("audit", [name, details]);
  } catch (thrown) {
    const unsent = { unsent_details: describeThrown(thrown) };
    channel.notify("audit", [name, unsent]);
  }
}

function createUse(
  id: string,
  dependencies: unknown,
): PluginContext["use"] {
  const apis = new Map<string, object | undefined>();
  for (const one of Array.isArray(dependencies) ? dependencies : []) {
    const other = String(Reflect.get(Object(one), "id"));
    const methods: unknown = Reflect.get(Object(one), "methods");
    apis.set(
      other,
      methods === undefined ? undefined : createRemoteApi(
        readMethods(methods),
        (name, args) => channel.call("use", [other, name, args]),
      ),
    );
  }
  return <Api extends object>(other: string): Api | undefined => {
    if (!apis.has(other)) {
      throw new PluginError(
        `Cannot use plugin ${JSON.stringify(other)} from plugin "${id}": ` +
          "the manifest does not require it",
        {
          code: "PLUGIN_DEPENDENCY_UNDECLARED",
          pluginId: id,
          remedy: `Add it to "requires" in the manifest of "${id}"`,
        },
      );
    }
    return apis.get(other) as Api | undefined;
  };
}

async function createContext(given: unknown): Promise<PluginContext> {
  const data: Record<string, unknown> = Object(given);
  const id = String(data.id);
  const text = JSON.stringify(data.config);
  if (validated?.text !== text) await validate(data.config);
  const config = validated?.text === text ? validated?.value : data.config;
  const { dataDir, env } = data;
  return Object.freeze({
    id,
    config,
    env: Object.freeze(Object(env)),
    dataDir: typeof dataDir === "string" ? dataDir : undefined,
    signal: controller.signal,
    log: Object.freeze({
      debug: sendLine("debug"),
      info: sendLine("info"),
      warn: sendLine("warn"),
      error: sendLine("error"),
    }),
    audit,
    use: createUse(id, data.dependencies),
  });
}

async function setup(given: unknown): Promise<unknown> {
  controller = new AbortController();
  const value = await loaded().setup(await createContext(given));
  if (typeof value !== "object" || value === null) return undefined;
  api = value;
  return methodsOf(value);
}

function serve(method: string, args: readonly unknown[]): unknown {
  const [first, second] = args;
  switch (method) {
    case "import":
      return importPlugin(first);
    case "variables":
      return setVariables(first);
    case "validate":
      return validate(first);
    case "setup":
      return setup(first);
    case "reconfigure":
      return createContext(first)
        .then((context) => loaded().reconfigure?.(context))
        .then(() => undefined);
    case "health":
      return checkHealth(first);
    case "ping":
      return undefined;
    case "dispose":
      return Promise.resolve(loaded().dispose?.()).then(() => undefined);
    case "call":
      if (api === undefined) throw new TypeError("The plugin is not set up");
      return callMethod(
        api,
        String(first),
        Array.isArray(second) ? second : [],
      );
  }
  throw new TypeError(`${JSON.stringify(method)} is not a method`);
}

const channel = new Channel({
  mark: Uint8Array.from(mark.match(/../g) ?? [], (byte) => parseInt(byte, 16)),
  info: { deno: version.deno, pid },
  stacks: true,
  trusts: true,
  // The host does not flood its plugin.
  limits: { messagesPerSecond: Number.MAX_SAFE_INTEGER },
  send: writeAll,
  serve,
  onNotice(method, [reason]) {
    if (method === "stop") controller.abort(reason);
  },
  onBroken: () => exit(1),
});

const buffer = new Uint8Array(65_536);
for (;;) {
  // The rest of a frame is under way: waiting for it saves a turn of the event loop.
  const length = channel.isInsideFrame
    ? stdin.readSync(buffer)
    : await stdin.read(buffer);
  if (length === null) break;
  channel.read(buffer.subarray(0, length));
}
// The host is gone, or asks for the end.
exit(0);
