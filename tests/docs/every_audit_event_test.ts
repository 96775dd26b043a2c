/** Provokes each event that docs/audit-format.md lists, through the public API. */

import { assert, assertEquals } from "@std/assert";
import {
  PluginError,
  type PluginState,
  type StateStore,
} from "@semantik/plugins";
import {
  MemoryStateStore,
  type StateReadResult,
} from "@semantik/plugins/state";
import { subprocess } from "@semantik/plugins/subprocess";
import { createFakeProcess } from "../../src/testing/fake_process.ts";
import type { Event } from "../audit/collector.ts";
import { live } from "../broker/live_host.ts";
import { builtin } from "../host/builtin.ts";
import {
  createTestHost,
  type TestHost,
  type TestOptions,
} from "../host/test_host.ts";
import { until } from "../host/until.ts";
import { type PluginFiles, withPlugins } from "../host/with_plugins.ts";

/** A host, and what is done with it until the event is there. */
type Scenario = TestOptions & {
  /** Plugins in folders. */
  readonly folders?: Readonly<Record<string, PluginFiles>>;
  /** The actions after `load()`. */
  readonly then?: (test: TestHost) => Promise<unknown>;
};

const PROVENANCE = new URL("../fixtures/provenance/", import.meta.url);
const THING = "export default { setup: () => ({}) };";

/** A store that a host can read and not write. */
class FullStore extends MemoryStateStore implements StateStore {
  override update(): Promise<never> {
    return Promise.reject(
      new PluginError("Cannot write plugin state", {
        code: "PLUGIN_STATE_UNWRITABLE",
        remedy: "Make room",
      }),
    );
  }
}

/** A store whose last writer was killed before it recorded a decision. */
class MarkedStore extends MemoryStateStore implements StateStore {
  override async read(): Promise<StateReadResult> {
    const state = await super.read();
    return state.ok
      ? { ok: true, snapshot: { ...state.snapshot, unrecorded: ["a"] } }
      : state;
  }
}

/** A store that goes back to what it held before its first change. */
class GoingBackStore extends MemoryStateStore implements StateStore {
  readonly #first: MemoryStateStore;
  isBack = false;

  constructor(plugins: Iterable<readonly [string, PluginState]>) {
    super(plugins);
    this.#first = new MemoryStateStore(plugins);
  }

  override read(): Promise<StateReadResult> {
    return this.isBack ? this.#first.read() : super.read();
  }
}

/** A store that is out of reach, until it is not. */
class LostStore extends MemoryStateStore implements StateStore {
  isReachable = false;

  override read(): Promise<StateReadResult> {
    return this.isReachable
      ? super.read()
      : Promise.reject(new Error("Connection refused"));
  }
}

/** A copy of an empty state. */
function copyOf(more: { readonly readAt?: string }) {
  const snapshot = { revision: 1, plugins: new Map(), ...more };
  const read = () => Promise.resolve({ ok: true, snapshot } as const);
  return { read, replace: () => Promise.resolve() };
}

/** A host that loses its store for a while. */
function losingTouch(): Scenario {
  const state = new LostStore();
  const has = (test: TestHost, action: string) =>
    test.actions("host:test").includes(action);
  return {
    state,
    follow: { poll: 1, staleAfter: 1 },
    then: async (test) => {
      await until(() => has(test, "host.state.stale"));
      state.isReachable = true;
      await until(() => has(test, "host.state.current"));
    },
  };
}

const { system: powers } = createFakeProcess({ grants: {} });
const { system: granting } = createFakeProcess({});

function losing(): Scenario {
  let hasNet = true;
  return {
    hostPermissions: { net: ["127.0.0.1:8000"] },
    powers: {
      ...powers,
      query: ({ name }) => ({
        state: name === "net" && !hasNet ? "prompt" : "granted",
        partial: false,
      }),
    },
    builtins: [builtin("a", {
      setup() {
        hasNet = false;
        return {};
      },
    })],
  };
}

/** A plugin whose process ends while it is called twice. */
function trying(): Scenario {
  return {
    folders: {
      a: `export default { setup: () => ({
        call() { try { Deno.env.get("NAME"); } catch { /* denied */ } },
      }) };`,
    },
    runner: live({ recordAllowed: 1 }),
    then: ({ host }) => host.use("a", "thing", (api) => Object(api).call()),
  };
}

function crashing(): Scenario {
  return {
    folders: {
      a: `export default { setup: () => ({
        wait: () => new Promise(() => {}),
        end() { console.error("no more"); Deno.kill(Deno.pid, "SIGKILL"); },
        call: () => 1,
      }) };`,
    },
    runner: subprocess(),
    then: ({ host }) =>
      host.use("a", "thing", async (api) => {
        const one = Object(api);
        await Promise.allSettled([one.wait(), one.end()]);
        await one.call();
      }),
  };
}

const needy = { permissions: { net: ["a.example:443"] } };

const SCENARIOS: Readonly<Record<string, () => Scenario>> = {
  "plugin.registered.builtin": () => ({ builtins: [builtin("a")] }),
  "plugin.registered.external": () => ({ folders: { a: THING } }),
  "plugin.load.refused": () => ({
    builtins: [builtin("a", {}, needy)],
    powers,
  }),
  "plugin.load.failed": () => ({
    builtins: [builtin("a", {
      setup() {
        throw new Error("no");
      },
    })],
  }),
  "plugin.load.skipped": () => ({
    builtins: [builtin("a")],
    state: new MemoryStateStore([["a", { enabled: false }]]),
  }),
  "plugin.permission.missing": () => ({
    builtins: [builtin("a", {}, needy)],
    powers,
    permissions: "report",
  }),
  "plugin.permissions.unused": () => ({
    folders: { a: { code: THING, manifest: { permissions: { env: ["A"] } } } },
    runner: live(),
    permissions: "report",
    recordUnused: true,
    then: ({ host }) => host.disable("a"),
  }),
  "plugin.enabled": () => ({
    builtins: [builtin("a")],
    state: new MemoryStateStore([["a", { enabled: false }]]),
    then: ({ host }) => host.enable("a"),
  }),
  "plugin.disabled": () => ({
    builtins: [builtin("a")],
    then: ({ host }) => host.disable("a"),
  }),
  "plugin.config.updated": () => ({
    builtins: [builtin("a", { reconfigure() {} })],
    then: ({ host }) => host.configure("a", { x: 1 }),
  }),
  "plugin.config.notice": () => ({
    builtins: [builtin("a")],
    config: { a: { python_env: "venv" } },
  }),
  "plugin.enable.failed": () => ({
    builtins: [builtin("a")],
    state: new FullStore([["a", { enabled: false }]]),
    then: ({ host }) => host.enable("a").catch(() => {}),
  }),
  "plugin.disable.failed": () => ({
    builtins: [
      builtin("a"),
      builtin("b", {}, { requires: [{ id: "a", version: "*" }] }),
    ],
    then: ({ host }) => host.disable("a").catch(() => {}),
  }),
  "plugin.config.failed": () => ({
    builtins: [builtin("a", {
      reconfigure() {
        throw new Error("no");
      },
    })],
    then: ({ host }) => host.configure("a", { x: 1 }).catch(() => {}),
  }),
  "plugin.consent.granted": () => ({
    builtins: [builtin("a", {}, needy)],
    consent: "required",
    powers: granting,
    then: ({ host }) => host.grant("a"),
  }),
  "plugin.consent.revoked": () => ({
    builtins: [builtin("a", {}, needy)],
    powers: granting,
    then: ({ host }) => host.revoke("a"),
  }),
  "permission.granted": () => ({
    builtins: [builtin("a", {}, needy)],
    powers: granting,
    then: ({ host }) => host.grant("a", needy.permissions),
  }),
  "permission.revoked": () => ({
    builtins: [builtin("a", {}, needy)],
    powers: granting,
    then: ({ host }) => host.revoke("*", { net: true }),
  }),
  "plugin.grant.failed": () => ({
    builtins: [builtin("a")],
    then: ({ host }) => host.grant("a", needy.permissions).catch(() => {}),
  }),
  "plugin.revoke.failed": () => ({
    builtins: [builtin("a")],
    state: new FullStore(),
    then: ({ host }) => host.revoke("a").catch(() => {}),
  }),
  "plugin.state.reconciled": () => ({
    builtins: [builtin("a")],
    state: new MarkedStore([["a", {
      enabled: false,
      consent: {
        permissions: needy.permissions,
        source: "builtin:a",
        at: "2026-01-02T03:04:05.000Z",
      },
      revoked: needy.permissions,
    }]]),
  }),
  "host.state.reverted": () => {
    const consent = {
      permissions: {},
      source: "builtin:b",
      at: "2026-01-02T03:04:05.000Z",
    };
    const state = new GoingBackStore([["b", { consent }]]);
    return {
      builtins: [builtin("a"), builtin("b")],
      state,
      then: async ({ host }) => {
        await host.disable("a");
        await host.revoke("b");
        state.isBack = true;
        await host.plan();
      },
    };
  },
  "host.state.copied": () => ({
    state: new LostStore(),
    follow: { copy: copyOf({ readAt: new Date().toISOString() }) },
  }),
  "host.state.stale": losingTouch,
  "host.state.current": losingTouch,
  "host.state.copy.failed": () => ({
    follow: {
      copy: {
        ...copyOf({}),
        replace: () => Promise.reject(new Error("The disk is full")),
      },
    },
    then: (test) =>
      until(() => test.actions("host:test").includes("host.state.copy.failed")),
  }),
  "plugin.health_check": () => ({
    builtins: [builtin("a", {
      healthCheck: () => ({ status: "degraded", message: "slow" }),
    })],
    then: ({ host }) => host.health("a"),
  }),
  "plugin.call.failed": () => ({
    builtins: [builtin("a")],
    then: ({ host }) =>
      host.use("a", "thing", () => {
        throw new Error("no");
      }).catch(() => {}),
  }),
  "plugin.crashed": () => ({
    builtins: [builtin("a", {
      setup() {
        queueMicrotask(() => Promise.reject(new Error("no")));
        return {};
      },
    })],
    then: (test) => until(() => test.actions("a").includes("plugin.crashed")),
  }),
  "plugin.crash.unclear": () => ({
    folders: {
      maker: `export default {
        setup: () => ({ make: () => new Error("made by one") }),
      };`,
      runner: {
        manifest: { requires: [{ id: "maker", version: "*" }] },
        code: `export default { setup({ use }) {
          setTimeout(() => { throw use("maker").make(); });
          return {};
        } };`,
      },
    },
    then: (test) =>
      until(() => test.actions("host:test").includes("plugin.crash.unclear")),
  }),
  "plugin.disposed": () => ({
    builtins: [builtin("a", {
      dispose() {
        throw new Error("no");
      },
    })],
    then: ({ host }) => host[Symbol.asyncDispose]().catch(() => {}),
  }),
  "host.sealed": () => ({
    builtins: [builtin("a")],
    powers: createFakeProcess({}).system,
    then: async ({ host }) => {
      assert((await host.seal()).revoked.includes("net"));
    },
  }),
  "host.sources.verified": () => ({
    lock: new URL("plugins.lock.json", PROVENANCE),
    trust: new URL("plugins.trust.json", PROVENANCE),
    state: new FullStore(),
  }),
  "host.environment.notice": () => ({
    environment: {
      get: () => undefined,
      toRecord: () => ({}),
      supplies: () => false,
      permits: () => true,
      notices: [{
        code: "PLUGIN_CONFIG_INVALID",
        message: "Line 1 sets nothing",
        remedy: "Correct it",
        path: "line 1",
      }],
    },
  }),
  "plugin.process.started": () => ({
    folders: { a: THING },
    runner: subprocess(),
  }),
  "plugin.reloaded": () => ({
    folders: { a: THING },
    runner: subprocess(),
    then: ({ host }) => host.reload("a"),
  }),
  "plugin.reload.failed": () => ({
    builtins: [builtin("a")],
    then: ({ host }) => host.reload("a").catch(() => {}),
  }),
  "plugin.process.restarted": () => crashing(),
  "plugin.process.ended": () => crashing(),
  "permission.denied": trying,
  "permission.allowed": trying,
  "host.permission.lost": losing,
  "switch.unreadable": () => ({
    folders: { a: THING },
    powers: { ...powers, readSwitch: () => ({ kind: "unreadable" }) },
  }),
  "switch.unclear": () => ({
    folders: { a: THING },
    powers: {
      ...powers,
      readSwitch: () => ({ kind: "set", value: "perhaps" }),
    },
  }),
};

/** The rows of the table: each action, and the details that it is said to have. */
async function listedEvents(): Promise<ReadonlyMap<string, readonly string[]>> {
  const url = new URL("../../docs/audit-format.md", import.meta.url);
  const page = await Deno.readTextFile(url);
  const [, section = ""] = page.split("\n## Host events\n");
  const rows = section.split("\n## ")[0]?.match(/^\| `.*$/gm) ?? [];
  return new Map(rows.flatMap((row) => {
    const [, actions = "", , details = ""] = row.split("|");
    const names = (cell: string) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
    return names(actions).map((action) => [action, names(details)] as const);
  }));
}

async function eventsOf(scenario: Scenario): Promise<readonly Event[]> {
  const { folders = {}, then, ...options } = scenario;
  let events: readonly Event[] = [];
  await withPlugins(folders, async (folder) => {
    const sources = Object.keys(folders).length === 0 ? [] : [folder];
    const test = createTestHost({ sources, ...options });
    try {
      await test.host.load();
      await then?.(test);
      events = test.events();
    } finally {
      await test.host[Symbol.asyncDispose]().catch(() => {});
    }
  });
  return events;
}

Deno.test("docs/audit-format.md lists events that happen, with the details that they have", async (t) => {
  const listed = await listedEvents();
  assert(listed.size > 15);
  for (const [action, details] of listed) {
    await t.step(action, async () => {
      const scenario = SCENARIOS[action];
      assert(scenario !== undefined, `add a scenario to this file: ${action}`);
      const found = (await eventsOf(scenario()))
        .filter((event) => event.action === action);
      assert(found.length > 0, "it was not written");
      const written = new Set(found.flatMap((event) => Object.keys(event)));
      assertEquals(details.filter((name) => !written.has(name)), []);
    });
  }
  assertEquals(
    Object.keys(SCENARIOS).filter((action) => !listed.has(action)),
    [],
  );
});
