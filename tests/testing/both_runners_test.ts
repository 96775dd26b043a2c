/** Runs plugins of tests in the process of the host and in others, from one table. */

import {
  contract,
  PluginError,
  type PluginHost,
  type PluginRunner,
} from "@semantik/plugins";
import { subprocess } from "@semantik/plugins/subprocess";
import {
  createTestHost,
  type TestHost,
  type TestHostOptions,
} from "@semantik/plugins/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { builtin, type ManifestParts, requires } from "../host/builtin.ts";
import { type PluginFiles, withPlugins } from "../host/with_plugins.ts";

interface Model {
  model(): string | Promise<string>;
}

const CONTRACTS = { thing: contract<Model>("model") };

type Host = TestHost<typeof CONTRACTS>;

/** A scenario, and what it results in with either runner. */
interface Row {
  readonly name: string;
  /** The plugin "a". */
  readonly plugin: PluginFiles;
  readonly options?: TestHostOptions<typeof CONTRACTS>;
  readonly act: (host: Host) => Promise<unknown>;
  readonly expected: unknown;
  /** What differs in another process, as docs/subprocess.md says. */
  readonly elsewhere?: unknown;
}

const RUNNERS = new Map<string, PluginRunner | undefined>([
  ["in process", undefined],
  ["subprocess", subprocess()],
]);

/** A plugin with a schema that accepts a text `model` and a text `api_key`. */
const MODEL = `
function validate(value) {
  const { model = "small", api_key, ...others } = value ?? {};
  const wrong = Object.keys(others).map((key) => ({ message: "unknown " + key, path: [key] }));
  if (typeof model !== "string") wrong.push({ message: "not a text", path: ["model"] });
  return wrong.length > 0 ? { issues: wrong } : { value: { model, api_key } };
}
export default {
  configSchema: { "~standard": { version: 1, vendor: "test", validate } },
  setup: ({ config, env }) => ({
    model: () => config.model,
    key: () => config.api_key,
    env: () => ({ ...env }),
  }),
};`;

/** A plugin whose module is the given object. */
function plugin(body: string, manifest: ManifestParts = {}): PluginFiles {
  return { code: `export default { ${body} };`, manifest };
}

const READY = "setup: () => ({ model: () => 'ready' })";

/** Calls a method of the plugin's object that no contract names. */
async function call(host: PluginHost, name: string): Promise<unknown> {
  const method: unknown = Reflect.get(Object(host.get("a")), name);
  assert(typeof method === "function", name);
  return await method();
}

/** Loads, and returns what is wrong with the plugin. */
async function faultOf(host: Host): Promise<readonly unknown[]> {
  const { refused, failed } = await host.load();
  return [...refused, ...failed].map(({ id, code, problems: [first] }) => [
    id,
    code,
    first?.message,
  ]);
}

/** Loads, and returns only the codes. */
async function codesOf(host: Host): Promise<readonly unknown[]> {
  const { refused, failed } = await host.load();
  return [...refused, ...failed].map(({ code }) => code);
}

async function loaded(host: Host): Promise<Model> {
  const { refused, failed } = await host.load();
  assertEquals([refused, failed], [[], []]);
  const api = host.get("a", "thing");
  assert(api !== undefined);
  return api;
}

const KEYED = { permissions: { env: ["A_API_KEY"] } };
const TOKENS = {
  permissions: { env: ["A_TOKEN"] },
  optionalPermissions: { env: ["B_TOKEN"] },
};
const VARIABLES = { A_TOKEN: "a", B_TOKEN: "b", C_TOKEN: "c", PLAIN: "p" };

const ROWS: readonly Row[] = [
  {
    name: "a configuration, and the default of the schema",
    plugin: MODEL,
    act: async (host) => {
      const api = await loaded(host);
      const before = await api.model();
      await host.configure("a", { model: "large" });
      return [before, await host.get("a", "thing")?.model()];
    },
    expected: ["small", "large"],
  },
  {
    name: "a reference to a declared variable",
    plugin: { code: MODEL, manifest: KEYED },
    options: {
      config: { a: { api_key_env: "A_API_KEY" } },
      env: { A_API_KEY: "k-1234567890" },
    },
    act: async (host) => {
      await loaded(host);
      return await call(host, "key");
    },
    expected: "k-1234567890",
  },
  ...[
    { api_key_env: "B_API_KEY" },
    { api_key: "sk-abcdefghijklmnopqrstuvwxyz123456" },
    { modle: "large" },
    { model: 1 },
  ].map((config): Row => ({
    name: `an invalid configuration ${JSON.stringify(config)}`,
    plugin: { code: MODEL, manifest: KEYED },
    options: { config: { a: config } },
    act: codesOf,
    expected: ["PLUGIN_CONFIG_INVALID"],
  })),
  {
    name: "the paths of a schema's issues",
    plugin: MODEL,
    options: { config: { a: { model: 1, modle: 2 } } },
    act: async (host) => {
      const { failed } = await host.load();
      return failed[0]?.problems.map(({ path, message }) => [path, message]);
    },
    expected: [
      ["modle", 'Cannot configure plugin "a": modle: unknown modle'],
      ["model", 'Cannot configure plugin "a": model: not a text'],
    ],
  },
  {
    name: "a configuration that stays when the new one is invalid",
    plugin: MODEL,
    act: async (host) => {
      const api = await loaded(host);
      await assertRejects(() => host.configure("a", { model: 1 }), PluginError);
      return await api.model();
    },
    expected: "small",
  },
  {
    name: "context.env",
    plugin: { code: MODEL, manifest: TOKENS },
    options: { env: VARIABLES },
    act: async (host) => {
      await loaded(host);
      return await call(host, "env");
    },
    expected: { A_TOKEN: "a", B_TOKEN: "b", PLAIN: "p" },
  },
  {
    name: "context.env with fewer grants",
    plugin: { code: MODEL, manifest: TOKENS },
    options: {
      env: VARIABLES,
      grants: { env: ["A_TOKEN"], read: true, run: true },
    },
    act: async (host) => {
      await loaded(host);
      return await call(host, "env");
    },
    expected: { A_TOKEN: "a" },
  },
  ...([
    ["PLUGIN_PERMISSION_MISSING", { permissions: { env: ["A_TOKEN"] } }],
    ["PLUGIN_HOST_INCOMPATIBLE", { host: ">=2.0.0" }],
    ["PLUGIN_DEPENDENCY_MISSING", requires("b@^1.0.0")],
    ["PLUGIN_MANIFEST_INVALID", { permissions: { write: ["$DATA"] } }],
  ] as const).map(([code, manifest]): Row => ({
    name: `a refusal, ${code}`,
    plugin: plugin(READY, manifest),
    options: { grants: { read: true, run: true } },
    act: codesOf,
    expected: [code],
  })),
  {
    name: "a permission that the host lacks",
    plugin: plugin(READY, { permissions: { net: ["a.example:443"] } }),
    options: { grants: { read: true, run: true } },
    act: codesOf,
    expected: ["PLUGIN_PERMISSION_MISSING"],
    // Only Deno, and the variables of the plugin, come from the host.
    elsewhere: [],
  },
  {
    name: "a method that is missing",
    plugin: plugin("setup: () => ({})"),
    act: faultOf,
    expected: [[
      "a",
      "PLUGIN_CONTRACT_BROKEN",
      'Cannot load plugin "a": it has no method "model", which a plugin of type "thing" must have',
    ]],
  },
  {
    name: "a plugin that it requires",
    plugin: plugin(
      "setup: ({ use }) => ({ model: async () => await use('b').model() })",
      requires("b@^1.0.0"),
    ),
    options: {
      builtins: [builtin("b", { setup: () => ({ model: () => "stand-in" }) })],
    },
    act: async (host) => await (await loaded(host)).model(),
    expected: "stand-in",
  },
  {
    name: "an error of setup",
    plugin: plugin("setup() { throw new TypeError('no model'); }"),
    act: faultOf,
    expected: [[
      "a",
      "PLUGIN_SETUP_FAILED",
      'Cannot set up plugin "a": TypeError: no model',
    ]],
  },
  {
    name: "the health",
    plugin: plugin(`${READY}, healthCheck: ({ config }) => config`),
    options: { config: { a: { status: "degraded", message: "slow" } } },
    act: async (host) => {
      await loaded(host);
      return await host.health("a");
    },
    expected: {
      status: "degraded",
      message: "slow",
      latencyMs: 0,
      checkedAt: "1970-01-01T00:00:00.000Z",
    },
  },
  {
    name: "no health check",
    plugin: plugin(READY),
    act: async (host) => {
      await loaded(host);
      return (await host.health("a")).status;
    },
    expected: "unknown",
  },
  {
    name: "a health check that throws",
    plugin: plugin(`${READY}, healthCheck() { throw new Error("down"); }`),
    act: async (host) => {
      await loaded(host);
      const { status, message } = await host.health("a");
      return [status, message];
    },
    expected: [
      "unhealthy",
      'Cannot check the health of plugin "a": Error: down',
    ],
  },
  {
    name: "reconfigure keeps the object",
    plugin: `let current = "none";
      export default {
        setup: () => ({ model: () => current }),
        reconfigure({ config }) { current = JSON.stringify(config); },
      };`,
    act: async (host) => {
      const api = await loaded(host);
      await host.configure("a", { model: "large" });
      return [host.get("a") === api, await api.model()];
    },
    expected: [true, '{"model":"large"}'],
  },
  {
    name: "a dispose that throws",
    plugin: plugin(`${READY}, dispose() { throw new Error("stuck"); }`),
    act: async (host) => {
      await loaded(host);
      const error = await assertRejects(
        () => host.disable("a"),
        PluginError,
      );
      return [error.code, error.message];
    },
    expected: [
      "PLUGIN_DISPOSE_FAILED",
      'Cannot dispose plugin "a": Error: stuck',
    ],
  },
  {
    name: "the signal of the plugin",
    plugin: plugin(`setup: ({ signal, log }) => {
      signal.addEventListener("abort", () => log.info("aborted"));
      return { model: () => String(signal.aborted) };
    }, dispose() {}`),
    act: async (host) => {
      const before = await (await loaded(host)).model();
      await host.disable("a");
      return [before, host.logged.map(({ message }) => message)];
    },
    expected: ["false", ["aborted"]],
  },
  {
    name: "the log and the trail",
    plugin: plugin(`setup: ({ audit, log }) => {
      log.warn("careful");
      audit("index.rebuilt", { documents: 3, api_key: "x" });
      return { model: () => "" };
    }`),
    act: async (host) => {
      await loaded(host);
      const rebuilt = host.audit.events.find(({ action }) =>
        action === "index.rebuilt"
      );
      return [host.logged, rebuilt?.documents, rebuilt?.api_key];
    },
    expected: [
      [{ id: "a", level: "warn", message: "careful" }],
      3,
      "[REDACTED]",
    ],
  },
  {
    name: "a setup that never settles",
    plugin: plugin(
      `setup: ({ signal }) => new Promise(() => {
        const alive = setInterval(() => {}, 1e6);
        signal.addEventListener("abort", () => clearInterval(alive));
      })`,
    ),
    options: { timeouts: { setup: 50 } },
    act: async (host) => {
      const found = faultOf(host);
      let isOver = false;
      found.finally(() => isOver = true);
      while (!isOver) {
        if (host.clock.pending > 0) host.clock.advance(50);
        await new Promise((resolve) => setTimeout(resolve));
      }
      return await found;
    },
    expected: [[
      "a",
      "PLUGIN_TIMEOUT",
      'Cannot set up plugin "a": it did not settle within 50 ms',
    ]],
  },
];

Deno.test("a host of a test finds the same of plugins in its process and in others", async (t) => {
  for (const { name, plugin, options, act, expected, elsewhere } of ROWS) {
    await t.step(name, async () => {
      await withPlugins({ a: plugin }, async (folder) => {
        for (const [place, runner] of RUNNERS) {
          await using host = createTestHost<typeof CONTRACTS>({
            contracts: CONTRACTS,
            ...options,
            sources: [folder],
            ...runner === undefined ? {} : {
              runner: ({ origin }) => origin === "builtin" ? undefined : runner,
            },
          });
          const wanted = runner !== undefined && elsewhere !== undefined
            ? elsewhere
            : expected;
          assertEquals(await act(host), wanted, place);
        }
      });
    });
  }
});
