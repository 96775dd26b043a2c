/** Provokes each error code once, through the public face. */

import { assert, assertRejects, assertThrows } from "@std/assert";
import {
  type Builtin,
  contract,
  PluginError,
  type PluginErrorCode,
  PluginHost,
  type Problem,
} from "@semantik/plugins";
import { createAuditLogger, JsonLinesHandler } from "@semantik/plugins/audit";
import { readDotenv } from "@semantik/plugins/environment";
import {
  FileStateStore,
  MemoryStateStore,
  type StateReadResult,
} from "@semantik/plugins/state";
import {
  formatSums,
  parseLock,
  parseTrust,
  readTree,
  serialProblem,
  type TrustFacts,
  trustOf,
  trustPolicy,
  trustProblems,
  verifyAgainstLock,
  verifySums,
} from "@semantik/plugins/provenance";
import { PostgresStateStore } from "@semantik/plugins/stores/postgres";
import { subprocess } from "@semantik/plugins/subprocess";
import { makeSymlink } from "../make_symlink.ts";
import { createTestHost } from "@semantik/plugins/testing";
import { connect } from "../runners/subprocess/connect.ts";
import { builtin, requires } from "../host/builtin.ts";
import { until } from "../host/until.ts";
import { factsOf, lockFolder } from "../provenance/locks.ts";
import { SEARCH_FILES, writeFiles } from "../provenance/plugin_folder.ts";

/** The part of a problem that a person reads. */
export type Shown = Pick<Problem, "code" | "message" | "remedy">;

type TestHostOptions = NonNullable<Parameters<typeof createTestHost>[0]>;
type TestHost = ReturnType<typeof createTestHost>;

const FOREVER = new Promise<never>(() => {});

function fail(): never {
  throw new Error("no route to api.example");
}

/** Returns the last problem in the report of `load()`. */
async function loading(options: TestHostOptions): Promise<Shown> {
  await using host = createTestHost(options);
  const { failed, refused } = await host.load();
  return lastOf([...failed, ...refused].flatMap(({ problems }) => problems));
}

function lastOf(problems: readonly Shown[]): Shown {
  const last = problems.at(-1);
  assert(last !== undefined);
  return last;
}

/** Locks a plugin, changes it, and compares both. */
async function verifying(
  directory: string,
  change: "unlocked" | "edited",
): Promise<Shown> {
  const path = `${directory}/search`;
  await writeFiles(path, SEARCH_FILES);
  const lock = await lockFolder(path);
  await Deno.writeTextFile(`${path}/mod.ts`, "changed");
  const facts = await factsOf(path);
  return lastOf(verifyAgainstLock(
    change === "edited" ? lock : { ...lock, plugins: {} },
    facts,
  ));
}

/** Judges a plugin by a trust file. */
async function trusting(
  directory: string,
  facts: Partial<TrustFacts>,
  trustFile: Readonly<Record<string, unknown>> = {},
): Promise<Shown> {
  const path = `${directory}/search`;
  await writeFiles(path, SEARCH_FILES);
  const plugin: TrustFacts = {
    ...await factsOf(path),
    origin: "external",
    ...facts,
  };
  const parsed = await parseTrust(
    JSON.stringify({ trustVersion: 1, serial: 1, ...trustFile }),
  );
  assert(parsed.ok);
  const context = { trust: parsed.trust };
  const trust = trustOf(plugin, context);
  return lastOf(trustProblems(
    {
      ...plugin,
      runner: trust.problems.length > 0 ? "subprocess" : "in-process",
    },
    trust,
    trustPolicy(context)[trust.level],
  ));
}

/** Returns what a call throws. */
async function calling(
  options: TestHostOptions,
  call: (host: TestHost) => Promise<unknown>,
): Promise<Shown> {
  await using host = createTestHost(options);
  return await assertRejects(() => call(host), PluginError);
}

/** Returns the problem of the first event with an action. */
async function auditing(
  options: TestHostOptions,
  action: string,
  call: (host: TestHost) => Promise<unknown>,
): Promise<Shown> {
  await using host = createTestHost(options);
  const find = () => host.audit.events.find((event) => event.action === action);
  await host.load();
  await call(host).catch(() => {});
  await until(() => find() !== undefined);
  const problems: unknown = find()?.problems;
  assert(Array.isArray(problems));
  return lastOf(problems);
}

const search = (
  plugin: Parameters<typeof builtin>[1] = {},
  parts: Parameters<typeof builtin>[2] = {},
): Builtin => builtin("search", plugin, { type: "search", ...parts });

const uses = (...ids: readonly string[]): Builtin =>
  search({}, requires(...ids));

async function writePlugin(
  folder: string,
  code: string,
): Promise<readonly string[]> {
  await Deno.mkdir(`${folder}/search`);
  await Deno.writeTextFile(
    `${folder}/search/plugin.json`,
    JSON.stringify({ id: "search", type: "search", version: "1.0.0" }),
  );
  await Deno.writeTextFile(`${folder}/search/mod.ts`, code);
  return [folder];
}

/** A store in which somebody else disables a plugin at once. */
class ContestedStore extends MemoryStateStore {
  override async read(): Promise<StateReadResult> {
    await super.update((current) =>
      new Map([...current.plugins, ["search", { enabled: false }]])
    );
    return await super.read();
  }
}

/** A store that does not finish writing. */
class HangingStore extends MemoryStateStore {
  override update(): Promise<never> {
    return FOREVER;
  }
}

/** A store that loses what it has, or cannot be reached. */
class FailingStore extends MemoryStateStore {
  state: "good" | "empty" | "lost" = "good";

  override async read(): Promise<StateReadResult> {
    if (this.state === "lost") throw new Error("connection refused");
    return await (this.state === "empty"
      ? new MemoryStateStore().read()
      : super.read());
  }
}

/** Provokes an error in an empty directory of its own. */
export type Provoke = (directory: string) => Promise<Shown>;

/** Provokes each code once. */
/** Passes an argument to another process, over a channel that runs here. */
async function passing(...args: readonly unknown[]): Promise<Shown> {
  using connection = connect({ limits: { references: 1 } });
  return await assertRejects(
    () => connection.host.call("find", args),
    PluginError,
  );
}

/** A plugin that writes a reply to no call, with the mark of the session. */
const FORGED_REPLY = `
  const [mark] = Deno.args;
  const head = '["r",7,null]';
  const bytes = Uint8Array.from(mark.match(/../g), (byte) => parseInt(byte, 16));
  const sizes = new Uint8Array(Uint32Array.of(head.length, 0).buffer);
  for (const part of [bytes, sizes, new TextEncoder().encode(head)]) {
    Deno.stdout.writeSync(part);
  }
  export default { setup: () => ({}) };`;

export const provokedErrors: Readonly<Record<PluginErrorCode, Provoke>> = {
  PLUGIN_INTEGRITY_UNLOCKED: (directory) => verifying(directory, "unlocked"),
  PLUGIN_INTEGRITY_BROKEN: (directory) => verifying(directory, "edited"),
  PLUGIN_LOCK_INVALID: () => {
    const result = parseLock('{"lockVersion":1,"serial":0,"plugins":{}}');
    assert(!result.ok);
    return Promise.resolve(lastOf(result.problems));
  },
  PLUGIN_TRUST_INSUFFICIENT: (directory) => trusting(directory, {}),
  PLUGIN_SIGNATURE_WRONG: async (directory) => {
    const path = `${directory}/search`;
    await writeFiles(path, SEARCH_FILES);
    const before = await readTree(path);
    await Deno.writeTextFile(`${path}/mod.ts`, "changed");
    const after = await readTree(path);
    assert(before.ok && after.ok);
    const sums = new TextEncoder().encode(formatSums(before.tree));
    const signature = await verifySums(
      { tree: after.tree, sums, signature: "" },
      { signers: [], now: 0 },
    );
    return await trusting(directory, { signature });
  },
  PLUGIN_SIGNATURE_UNCHECKED: (directory) =>
    trusting(directory, {
      signature: {
        verdict: "unchecked",
        reason:
          'keys of the type "sk-ssh-ed25519@openssh.com" cannot be checked here',
      },
    }, { levels: { unverified: "refuse" } }),
  PLUGIN_REVOKED: (directory) =>
    trusting(directory, {}, {
      revoked: {
        plugins: [{
          id: "search",
          versions: "<2.0.0",
          reason: "It sends data to a stranger",
        }],
      },
      levels: { unverified: "in-process" },
    }),
  PLUGIN_TRUST_INVALID: () => {
    const problem = serialProblem("trust file", { seen: 7, found: 6 });
    assert(problem !== undefined);
    return Promise.resolve(problem);
  },
  PLUGIN_NOT_TRANSFERABLE: () =>
    passing({ items: [0, 1, 2, { when: Symbol("now") }] }),
  PLUGIN_PROTOCOL_BROKEN: async (directory) =>
    await loading({
      sources: await writePlugin(directory, FORGED_REPLY),
      runner: subprocess(),
    }),
  PLUGIN_RUNNER_UNAVAILABLE: async (directory) => {
    const sources = await writePlugin(
      directory,
      "export default { setup: () => ({}) };",
    );
    await makeSymlink("/etc", `${directory}/search/link`);
    return await loading({ sources, runner: subprocess() });
  },
  PLUGIN_LIMIT_EXCEEDED: () => passing(() => {}, () => {}),
  PLUGIN_MANIFEST_INVALID: () =>
    loading({ builtins: [builtin("search", {}, { version: "1.0" })] }),
  PLUGIN_SOURCE_UNREADABLE: (directory) =>
    loading({ sources: [`${directory}/search`] }),
  PLUGIN_ID_CONFLICT: () => loading({ builtins: [search(), search()] }),
  PLUGIN_HOST_INCOMPATIBLE: () =>
    loading({ builtins: [search({}, { host: ">=2.0.0" })] }),
  PLUGIN_PERMISSION_MISSING: () =>
    loading({
      grants: {},
      builtins: [search({}, { permissions: { net: ["api.example:443"] } })],
    }),
  PLUGIN_CONSENT_MISSING: () =>
    loading({
      consent: "required",
      builtins: [search({}, { permissions: { net: ["api.example:443"] } })],
    }),
  PLUGIN_PERMISSION_REVOKED: () =>
    loading({
      state: new MemoryStateStore([["search", { revoked: { net: true } }]]),
      builtins: [search({}, { permissions: { net: ["api.example:443"] } })],
    }),
  PLUGIN_DEPENDENCY_MISSING: () => loading({ builtins: [uses("index")] }),
  PLUGIN_DEPENDENCY_VERSION: () =>
    loading({ builtins: [uses("index@^2.0.0"), builtin("index")] }),
  PLUGIN_DEPENDENCY_DISABLED: () =>
    loading({
      builtins: [uses("index"), builtin("index")],
      state: new MemoryStateStore([["index", { enabled: false }]]),
    }),
  PLUGIN_DEPENDENCY_FAILED: () =>
    loading({ builtins: [builtin("index", { setup: fail }), uses("index")] }),
  PLUGIN_DEPENDENCY_CYCLE: () =>
    loading({
      builtins: [builtin("index", {}, requires("search")), uses("index")],
    }),
  PLUGIN_CONFIG_INVALID: () =>
    loading({
      builtins: [search()],
      config: { search: { api_key: "sk-0123456789abcdefghijklmn" } },
    }),
  PLUGIN_RESTART_REQUIRED: async (directory) => {
    const sources = await writePlugin(
      directory,
      "export default { setup: () => ({}) };",
    );
    return await calling({ sources }, async (host) => {
      await host.load();
      await host.disable("search");
      await Deno.writeTextFile(
        `${directory}/search/mod.ts`,
        "export default { setup: () => ({ now: 1 }) };",
      );
      await host.enable("search");
    });
  },
  PLUGIN_IMPORT_FAILED: async (directory) =>
    await loading({
      sources: await writePlugin(directory, 'import "./missing.ts";'),
    }),
  PLUGIN_MODULE_INVALID: async (directory) =>
    await loading({
      sources: await writePlugin(directory, "export const answer = 42;"),
    }),
  PLUGIN_SETUP_FAILED: () => loading({ builtins: [search({ setup: fail })] }),
  PLUGIN_CONTRACT_BROKEN: () =>
    loading({
      builtins: [search()],
      contracts: { search: contract<{ find(): void }>("find") },
    }),
  PLUGIN_TIMEOUT: async () => {
    await using host = createTestHost({
      builtins: [search({ setup: () => FOREVER })],
    });
    const loaded = host.load();
    await host.clock.untilPending(1);
    host.clock.advance(10_000);
    return lastOf((await loaded).failed.flatMap(({ problems }) => problems));
  },
  PLUGIN_CALL_FAILED: () =>
    auditing(
      { builtins: [search()] },
      "plugin.call.failed",
      (host) => host.use("search", "search", fail),
    ),
  PLUGIN_CRASHED: () =>
    auditing(
      {
        containCrashes: true,
        builtins: [search({
          setup() {
            queueMicrotask(() => Promise.reject(new Error("connection lost")));
            return {};
          },
        })],
      },
      "plugin.crashed",
      () => Promise.resolve(),
    ),
  PLUGIN_HEALTH_FAILED: async () => {
    await using host = createTestHost({
      builtins: [search({ healthCheck: fail })],
    });
    await host.load();
    const { message = "" } = await host.health("search");
    // A check never throws: its message is all that a host sees.
    return { code: "PLUGIN_HEALTH_FAILED", message, remedy: "none" };
  },
  PLUGIN_DISPOSE_FAILED: () =>
    calling({ builtins: [search({ dispose: fail })] }, async (host) => {
      await host.load();
      await host.disable("search");
    }),
  PLUGIN_DEPENDENCY_UNDECLARED: async () => {
    let use: ((id: string) => unknown) | undefined;
    await using host = createTestHost({
      builtins: [
        builtin("index"),
        search({
          setup(context) {
            ({ use } = context);
            return {};
          },
        }),
      ],
    });
    await host.load();
    return assertThrows(() => use?.("index"), PluginError);
  },
  PLUGIN_NOT_FOUND: () =>
    calling({ builtins: [search()] }, (host) => host.enable("serch")),
  PLUGIN_NOT_LIVE: () =>
    calling({ builtins: [search()] }, async (host) => {
      await host.load();
      await host.disable("search");
      await host.health("search");
    }),
  PLUGIN_DEPENDENTS_LIVE: () =>
    calling({ builtins: [builtin("index"), uses("index")] }, async (host) => {
      await host.load();
      await host.disable("index");
    }),
  PLUGIN_REENTRANT_LOAD: async () => {
    let thrown: unknown;
    await using host: PluginHost = createTestHost({
      builtins: [search({
        async setup() {
          thrown = await host.load().catch((error) => error);
          return {};
        },
      })],
    });
    await host.load();
    assert(thrown instanceof PluginError);
    return thrown;
  },
  PLUGIN_HOST_DISPOSED: () =>
    calling({}, async (host) => {
      await host[Symbol.asyncDispose]();
      await host.load();
    }),
  PLUGIN_STATE_CORRUPT: async (directory) => {
    await Deno.writeTextFile(`${directory}/state.json`, '{ "plugins": ');
    return await calling(
      {
        builtins: [search()],
        state: new FileStateStore(`${directory}/state.json`),
      },
      (host) => host.disable("search"),
    );
  },
  PLUGIN_STATE_UNWRITABLE: (directory) =>
    calling({
      builtins: [search()],
      state: new FileStateStore(`${directory}/data/state.json`),
    }, (host) => host.disable("search")),
  PLUGIN_STATE_LOCKED: async (directory) => {
    const path = `${directory}/state.json`;
    using lock = await Deno.open(`${path}.lock`, { create: true, write: true });
    await lock.lock(true);
    return await calling({
      builtins: [search()],
      state: new FileStateStore(path, { lockTimeout: 1 }),
    }, (host) => host.disable("search"));
  },
  PLUGIN_STATE_TIMEOUT: async () => {
    return await calling(
      { builtins: [search()], state: new HangingStore() },
      async (host) => {
        const disabled = host.disable("search");
        await host.clock.untilPending(1);
        host.clock.advance(15_000);
        await disabled;
      },
    );
  },
  PLUGIN_STATE_UNREACHABLE: async (directory) => {
    const refuse = () => Promise.reject(new Error("connection refused"));
    const sql = { unsafe: refuse, listen: refuse };
    const state = new PostgresStateStore(sql, "search");
    const sources = await writePlugin(directory, "");
    return await loading({ sources, state });
  },
  PLUGIN_STATE_REVERTED: () => {
    const state = new FailingStore();
    return auditing(
      { builtins: [search()], state },
      "host.state.reverted",
      async (host) => {
        await host.disable("search");
        state.state = "empty";
        await host.plan();
      },
    );
  },
  PLUGIN_STATE_STALE: async (directory) => {
    const state = new FailingStore();
    await using host = createTestHost({
      sources: await writePlugin(
        directory,
        "export default { setup: () => ({}) };",
      ),
      state,
      follow: { poll: 1_000, staleAfter: 1_000, onStale: "disable" },
    });
    let problems: readonly Shown[] = [];
    host.events.addEventListener("statuschange", ({ detail }) => {
      if (detail.status === "disposed") problems = detail.problems;
    });
    await host.load();
    state.state = "lost";
    await until(() => {
      host.clock.advance(1_000);
      return problems.length > 0;
    });
    return lastOf(problems);
  },
  PLUGIN_STATE_CONFLICT: () =>
    calling(
      { builtins: [search()], state: new ContestedStore() },
      (host) => host.enable("search"),
    ),
  PLUGIN_OPTION_INVALID: () =>
    Promise.resolve(
      assertThrows(
        () => new PluginHost({ name: "search", version: "1" }),
        PluginError,
      ),
    ),
  PLUGIN_ENVIRONMENT_INVALID: async (directory) => {
    const path = `${directory}/.env`;
    await Deno.writeTextFile(path, "URL=${API:?}\n");
    return assertThrows(() => readDotenv(path), PluginError);
  },
  PLUGIN_AUDIT_UNAVAILABLE: (directory) => {
    const path = `${directory}/audit.jsonl`;
    const open = () =>
      createAuditLogger({ handlers: [new JsonLinesHandler(path)] });
    using _first = open();
    return Promise.resolve(assertThrows(open, PluginError));
  },
};
