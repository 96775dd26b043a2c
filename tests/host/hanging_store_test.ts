import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError, type StateStore } from "@semantik/plugins";
import { MemoryStateStore, type StateOptions } from "@semantik/plugins/state";
import { createFakeClock } from "@semantik/plugins/testing";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { until } from "./until.ts";
import { withPlugins } from "./with_plugins.ts";

type Call = "read" | "update" | "permissions" | "markRecorded";

/** A store whose calls hang, until they are let go. */
function hangingStore(...hanging: readonly Call[]) {
  const memory = new MemoryStateStore();
  const hangs = new Set<Call>(hanging);
  const signals: AbortSignal[] = [];
  const release = Promise.withResolvers<void>();
  async function wait(call: Call, options?: StateOptions): Promise<void> {
    if (!hangs.has(call)) return;
    if (options?.signal !== undefined) signals.push(options.signal);
    await release.promise;
  }
  const store: StateStore = {
    async read(options) {
      await wait("read", options);
      return await memory.read();
    },
    async update(change, options) {
      await wait("update", options);
      return await memory.update(change, { unrecorded: options?.unrecorded });
    },
    async markRecorded(ids, options) {
      await wait("markRecorded", options);
      await memory.markRecorded(ids);
    },
    async permissions() {
      await wait("permissions");
      return {};
    },
  };
  return { memory, hangs, signals, store, release: release.resolve };
}

const LIMIT = 15_000;

Deno.test("PluginHost limits the time of the state store, and keeps the old state in force", async () => {
  const { store, hangs, signals } = hangingStore();
  const clock = createFakeClock();
  await using test = createTestHost({
    state: store,
    clock,
    builtins: [builtin("on"), builtin("off")],
  });
  const { host } = test;
  await host.disable("off");
  await host.load();
  hangs.add("update");
  const changes: Readonly<Record<string, () => Promise<unknown>>> = {
    "plugin.disable.failed": () => host.disable("on"),
    "plugin.enable.failed": () => host.enable("off"),
    "plugin.config.failed": () => host.configure("on", { depth: 2 }),
  };
  for (const [action, change] of Object.entries(changes)) {
    const failing = assertRejects(change, PluginError);
    await clock.untilPending(1);
    clock.advance(LIMIT);
    const { code, message, remedy } = await failing;
    assertEquals(code, "PLUGIN_STATE_TIMEOUT");
    assertEquals(
      message,
      "Cannot change plugin state: the store did not settle within 15000 ms",
    );
    assert(remedy.includes("timeouts.state"));
    assertEquals(test.events().at(-1)?.action, action);
    assertEquals(clock.pending, 0);
  }
  assertEquals([host.get("on"), host.get("off")], [{}, undefined]);
  assertEquals(signals.map(({ aborted }) => aborted), [true, true, true]);
});

Deno.test("PluginHost refuses only external plugins while the state store hangs", async () => {
  await withPlugins(
    { a: "export default { setup: () => ({}) };" },
    async (folder) => {
      const { store } = hangingStore("read", "permissions");
      const clock = createFakeClock();
      await using test = createTestHost({
        state: store,
        clock,
        sources: [folder],
        builtins: [builtin("ours")],
        timeouts: { state: 100 },
      });
      const loading = test.host.load();
      for (const _ of ["read", "permissions"]) {
        await clock.untilPending(1);
        clock.advance(100);
      }
      const { loaded, refused } = await loading;
      assertEquals(loaded.map(({ id }) => id), ["ours"]);
      assertEquals(refused.map(({ id, code }) => [id, code]), [
        ["a", "PLUGIN_STATE_TIMEOUT"],
      ]);
    },
  );
});

Deno.test("PluginHost changes a plugin without asking a store for its permissions again", async () => {
  const { store, hangs } = hangingStore();
  const clock = createFakeClock();
  await using test = createTestHost({
    state: store,
    clock,
    builtins: [builtin("a")],
  });
  await test.host.load();
  hangs.add("permissions");
  await test.host.configure("a", { depth: 2 });
  await test.host.disable("a");
  await test.host.enable("a");
  assertEquals([test.host.get("a"), clock.now()], [{}, 0]);
});

Deno.test("PluginHost can be disposed while the state store hangs", async () => {
  const { store, hangs } = hangingStore();
  const clock = createFakeClock();
  let disposals = 0;
  const test = createTestHost({
    state: store,
    clock,
    builtins: [builtin("a", { dispose: () => disposals++ })],
  });
  await test.host.load();
  hangs.add("update");
  const failing = assertRejects(() => test.host.disable("a"), PluginError);
  await clock.untilPending(1);
  const disposal = test.host[Symbol.asyncDispose]();
  clock.advance(LIMIT);
  await Promise.all([failing, disposal]);
  assertEquals(disposals, 1);
});

Deno.test("PluginHost records a change that is stored after its time limit", async () => {
  const { store, memory, hangs, release } = hangingStore();
  const clock = createFakeClock();
  await using test = createTestHost({
    state: store,
    clock,
    builtins: [builtin("a")],
  });
  await test.host.load();
  hangs.add("update");
  const failing = assertRejects(() => test.host.disable("a"), PluginError);
  await clock.untilPending(1);
  clock.advance(LIMIT);
  await failing;
  release();
  await new Promise((resolve) => setTimeout(resolve));
  const event = test.events().at(-1);
  assertEquals([event?.action, event?.enabled], [
    "plugin.state.reconciled",
    false,
  ]);
  const state = await memory.read();
  assert(state.ok);
  assertEquals(state.snapshot.plugins.get("a"), { enabled: false });
  assertEquals(state.snapshot.unrecorded, undefined);
});

Deno.test("PluginHost does not fail a change if its mark cannot be removed", async () => {
  const { store } = hangingStore("markRecorded");
  const clock = createFakeClock();
  await using test = createTestHost({
    state: store,
    clock,
    builtins: [builtin("a")],
  });
  await test.host.load();
  const disabling = test.host.disable("a");
  await until(() => test.actions().includes("a plugin.disposed"));
  await clock.untilPending(1);
  clock.advance(LIMIT);
  await disabling;
  assertEquals(test.host.get("a"), undefined);
});
