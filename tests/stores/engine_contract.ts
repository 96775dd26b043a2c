/**
 * Runs the contract of stores at one engine, in a process with the flags that its
 * client needs. Prints a line of JSON for each case.
 */

import { assert, assertEquals } from "@std/assert";
import type { StateStore } from "@semantik/plugins/state";
import { runPageHost, tryGrants } from "../docs/fleet_page.ts";
import { builtin } from "../host/builtin.ts";
import { createTestHost } from "../host/test_host.ts";
import { until } from "../host/until.ts";
import {
  connectPostgres,
  type OpenStore,
  openStore,
  prepare,
} from "./clients.ts";
import {
  type Case,
  CASES,
  disabling,
  Hints,
  IS_FUZZ,
  snapshotOf,
  type Subject,
} from "./contract.ts";
import { type Engine, type EngineName, startEngine } from "./engines.ts";
import { TcpProxy } from "./tcp_proxy.ts";

interface EngineSubject extends Subject {
  readonly engine: Engine;
  /** Opens the state by another way to the engine. */
  openAt(port: number): Promise<StateStore>;
}

/** Repeats a change until the engine takes it. */
async function insist(store: StateStore, id: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      const signal = AbortSignal.timeout(1_000);
      await store.update(disabling(id), { signal });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error("The engine took no change");
}

/** Takes an engine its data. A new cluster of Postgres takes seconds to make. */
async function lose(engine: Engine): Promise<void> {
  if (engine.name === "postgres" && !IS_FUZZ) {
    const admin = connectPostgres(engine.port);
    await admin.unsafe("truncate semantik_plugin_state");
    return await admin.end();
  }
  await engine.wipe();
  await prepare(engine.name, engine.port);
}

async function seesNext(
  hints: Hints,
  store: StateStore,
  other: StateStore,
  id: string,
): Promise<void> {
  await insist(other, id);
  await hints.until(async () => {
    const signal = AbortSignal.timeout(1_000);
    const state = await store.read({ signal }).catch(() => undefined);
    return state?.ok === true && state.snapshot.plugins.has(id);
  });
}

const ENGINE_CASES: readonly Case<EngineSubject>[] = [
  {
    name: "is opened as docs/fleet.md shows, with the fewest rights",
    async run({ engine: { name, port } }) {
      if (name === "postgres") await tryGrants(port);
      await using opened = await openStore(name, port, "search");
      await runPageHost(name, port, opened.store);
    },
  },
  {
    name: "lets every host follow what one of them decides",
    async run({ open }) {
      const create = async () =>
        createTestHost({
          state: await open(),
          follow: {},
          builtins: [builtin("a")],
        });
      await using one = await create();
      await using other = await create();
      await Promise.all([one.host.load(), other.host.load()]);
      await one.host.disable("a");
      await until(() => other.host.get("a") === undefined);
      await one.host.enable("a");
      await until(() => other.host.get("a") !== undefined);
      const [disabled] = other.events().filter(({ action }) =>
        action === "plugin.disabled"
      );
      assertEquals(disabled?.by, "store");
    },
  },
  {
    name: "hints again after the engine was restarted, and keeps its data",
    async run({ open, engine }) {
      const store = await open();
      const other = await open();
      const { epoch } = await other.update(disabling("a"));
      await using hints = await Hints.of(store);
      await engine.stop();
      await engine.start();
      await seesNext(hints, store, other, "b");
      await seesNext(hints, store, other, "c");
      const snapshot = await snapshotOf(store);
      assertEquals(snapshot.epoch, epoch);
      assertEquals([...snapshot.plugins.keys()], ["a", "b", "c"]);
    },
  },
  {
    name: "is followed by a host that started before the engine",
    async run({ open, engine }) {
      // A bucket of NATS can be opened only where there is a server.
      if (engine.name === "nats") return;
      await engine.stop();
      await using test = createTestHost({
        state: await open(),
        follow: {},
        builtins: [builtin("a")],
        timeouts: { state: 1_000 },
      });
      await test.host.load();
      await engine.start();
      const other = await open();
      await insist(other, "a");
      await until(() => test.host.get("a") === undefined);
    },
  },
  {
    name: "is followed again after the engine hung",
    async run({ openAt, open, engine }) {
      await using proxy = new TcpProxy(engine.port);
      const store = await openAt(proxy.port);
      let hasFailed = false;
      const state: StateStore = {
        async read(options) {
          const read = await store.read(options).catch((thrown) => {
            hasFailed = true;
            throw thrown;
          });
          if (!read.ok) hasFailed = true;
          return read;
        },
        update: (change, options) => store.update(change, options),
      };
      await using test = createTestHost({
        state,
        follow: { poll: 100 },
        builtins: [builtin("a")],
      });
      await test.host.load();
      proxy.hang();
      const other = await open();
      await other.update(disabling("a"));
      await until(() => hasFailed);
      proxy.resume();
      await until(() => test.host.get("a") === undefined);
    },
  },
  {
    name: "hints again after the connections were cut",
    async run({ open, openAt, engine }) {
      await using proxy = new TcpProxy(engine.port);
      const store = await openAt(proxy.port);
      const other = await open();
      await using hints = await Hints.of(store);
      for (const id of ["a", "b"]) {
        proxy.cut();
        await seesNext(hints, store, other, id);
      }
    },
  },
  {
    name: "brings nothing disabled back when the engine lost its data",
    async run({ open, engine }) {
      await using test = createTestHost({
        state: await open(),
        follow: { poll: 100 },
        builtins: [builtin("a"), builtin("b")],
      });
      const { host } = test;
      await host.load();
      await host.disable("a");
      await lose(engine);
      // It writes more often than anybody did before.
      const other = await open();
      for (let count = 0; count < 9; count++) {
        await other.update(({ plugins }) =>
          new Map(plugins).set("b", { config: { count } })
        );
      }
      await until(() =>
        test.actions().includes("host:test host.state.reverted")
      );
      await until(() => test.actions("b").includes("plugin.config.updated"));
      assertEquals(host.get("a"), undefined);
      assert(host.get("b") !== undefined);
      // The next change by this host stores the restraint again.
      await host.disable("b");
      const { plugins } = await snapshotOf(other);
      assertEquals(plugins.get("a"), { enabled: false });
    },
  },
];

function print(line: Readonly<Record<string, unknown>>): void {
  Deno.stdout.writeSync(
    new TextEncoder().encode(`${JSON.stringify(line)}\n`),
  );
}

const LIMIT = 60_000;

async function runCase(
  { run }: Case<EngineSubject>,
  engine: Engine,
  state: string,
): Promise<void> {
  const opened: OpenStore[] = [];
  const openAt = async (port: number) => {
    const one = await openStore(engine.name, port, state);
    opened.push(one);
    return one.store;
  };
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`Not done within ${LIMIT} ms`)),
    LIMIT,
  );
  try {
    const subject = { engine, openAt, open: () => openAt(engine.port) };
    await Promise.race([run(subject), late.promise]);
  } finally {
    clearTimeout(timer);
    await Promise.all(opened.map((one) => one[Symbol.asyncDispose]()));
  }
}

const [name] = Deno.args;
const NAMES: readonly EngineName[] = ["postgres", "redis", "nats"];
const engineName = NAMES.find((one) => one === name);
assert(engineName !== undefined);
const started = await startEngine(engineName);
assert("port" in started);
const engine = started;
await prepare(engine.name, engine.port);
for (const [place, one] of [...CASES, ...ENGINE_CASES].entries()) {
  const begin = performance.now();
  try {
    await runCase(one, engine, `case-${place}`);
    print({ name: one.name, ms: Math.round(performance.now() - begin) });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.stack : String(thrown);
    print({ name: one.name, error });
  }
}
await engine[Symbol.asyncDispose]();
// The host of the page has open connections.
Deno.exit(0);
