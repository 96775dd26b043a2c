import { assert, assertEquals, assertRejects } from "@std/assert";
import { definePlugin, PluginError } from "@semantik/plugins";
import { createFakeClock } from "@semantik/plugins/testing";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { until } from "./until.ts";

/** A plugin whose setup settles when it is told to. */
function slow() {
  const gate = Promise.withResolvers<void>();
  let begun = 0;
  const plugin = definePlugin({
    async setup() {
      begun++;
      await gate.promise;
      return {};
    },
  });
  return {
    plugin,
    open: gate.resolve,
    settled: gate.promise,
    begun: () => begun,
  };
}

const on = (id: string) => ({ requires: [{ id, version: "*" }] });

Deno.test("PluginHost changes a plugin while an unrelated one is set up", async (t) => {
  for (const action of ["load", "enable", "configure"] as const) {
    await t.step(`during ${action}()`, async () => {
      const a = slow();
      if (action === "configure") a.open();
      const later = slow();
      const reconfigured = definePlugin({
        setup: () => ({}),
        reconfigure: async () => {
          await later.settled;
        },
      });
      await using test = createTestHost({
        builtins: [
          builtin("base"),
          builtin(
            "a",
            action === "configure" ? reconfigured : a.plugin,
            on("base"),
          ),
          builtin("b", { reconfigure() {} }, on("base")),
          builtin("c", {}, on("b")),
        ],
        timeouts: { setup: 600_000 },
      });
      const { host } = test;
      if (action !== "load") {
        if (action === "enable") a.open();
        await host.load();
      }
      let pending: Promise<unknown>;
      const gate = action === "configure" ? later : a;
      if (action === "load") pending = host.load();
      else if (action === "enable") {
        await host.disable("a");
        pending = host.enable("a");
      } else pending = host.configure("a", { x: 1 });
      if (action === "load") await until(() => host.get("c") !== undefined);
      // Neither waits for "a", although all of them require "base".
      await host.configure("b", { y: 1 });
      await host.disable("c");
      await host.disable("b");
      assertEquals(host.get("b"), undefined);
      await host.enable("b");
      assert(host.get("b") !== undefined);
      gate.open();
      await pending;
      assert(host.get("a") !== undefined);
    });
  }
});

Deno.test("PluginHost queues changes that concern the same plugins", async () => {
  const a = slow();
  await using test = createTestHost({
    builtins: [
      builtin("base"),
      builtin("a", a.plugin, on("base")),
    ],
    timeouts: { setup: 600_000 },
  });
  const { host } = test;
  const loading = host.load();
  await until(() => a.begun() === 1);
  let isOver = false;
  // To end "base" would end what "a" is being set up with.
  const disabling = host.disable("base", { dependents: "disable" })
    .then(() => isOver = true);
  for (let turn = 0; turn < 50; turn++) {
    await new Promise((go) => setTimeout(go));
  }
  assertEquals([isOver, host.get("base") !== undefined], [false, true]);
  a.open();
  await loading;
  await disabling;
  assertEquals([host.get("a"), host.get("base")], [undefined, undefined]);
});

Deno.test("PluginHost sets up a plugin once if two changes require it", async () => {
  const base = slow();
  await using test = createTestHost({
    builtins: [
      builtin("base", base.plugin),
      builtin("a", {}, on("base")),
      builtin("b", {}, on("base")),
    ],
    timeouts: { setup: 600_000 },
  });
  const { host } = test;
  const loading = host.load();
  await until(() => base.begun() === 1);
  base.open();
  await loading;
  await host.disable("base", { dependents: "disable" });
  await Promise.allSettled([
    host.enable("a", { requirements: true }),
    host.enable("b", { requirements: true }),
  ]);
  assertEquals(base.begun(), 2);
  assert(host.get("a") !== undefined && host.get("b") !== undefined);
});

Deno.test("PluginHost disposes plugins concurrently, each after its dependents", async () => {
  const ended: string[] = [];
  const gates = new Map<string, () => void>();
  const plugin = (id: string, requires: readonly string[] = []) =>
    builtin(id, {
      dispose: async () => {
        await new Promise<void>((open) => gates.set(id, open));
        ended.push(id);
      },
    }, { requires: requires.map((other) => ({ id: other, version: "*" })) });
  const test = createTestHost({
    builtins: [plugin("base"), plugin("a", ["base"]), plugin("b")],
    timeouts: { dispose: 600_000, close: 600_000 },
  });
  await test.host.load();
  const disposal = test[Symbol.asyncDispose]();
  await until(() => gates.size === 2);
  assertEquals([...gates.keys()].toSorted(), ["a", "b"]);
  gates.get("b")?.();
  gates.get("a")?.();
  await until(() => gates.size === 3);
  gates.get("base")?.();
  await disposal;
  assertEquals(ended.toSorted(), ["a", "b", "base"]);
  assertEquals(ended.at(-1), "base");
});

Deno.test("PluginHost limits the time of its whole disposal", async () => {
  const clock = createFakeClock();
  const hanging = { dispose: () => new Promise<void>(() => {}) };
  const test = createTestHost({
    clock,
    builtins: [builtin("a", hanging), builtin("b", hanging, on("a"))],
    timeouts: { dispose: 20_000, close: 30_000 },
  });
  await test.host.load();
  const failing = assertRejects(
    async () => await test[Symbol.asyncDispose](),
    AggregateError,
  );
  let isOver = false;
  failing.finally(() => isOver = true);
  for (let second = 0; second < 400 && !isOver; second++) {
    clock.advance(1_000);
    await new Promise((go) => setTimeout(go));
  }
  const { errors } = await failing;
  assertEquals(
    errors.map((error) => error instanceof PluginError && error.message),
    [
      'Cannot dispose plugin "b": it did not settle within 20000 ms',
      'Cannot dispose all plugins: "a" did not end within 30000 ms',
    ],
  );
});

Deno.test("PluginHost starts no plugin for a change after its disposal began", async () => {
  let live = 0;
  const plugin = definePlugin({
    setup: () => {
      live++;
      return {};
    },
    dispose: () => {
      live--;
    },
  });
  for (const action of ["load", "enable", "configure", "seal"] as const) {
    const test = createTestHost({
      builtins: [builtin("a", plugin), builtin("b", plugin)],
    });
    const { host } = test;
    if (action !== "load") {
      await host.load();
      await host.disable("a");
    }
    const change = assertRejects(
      () =>
        action === "load"
          ? host.load()
          : action === "enable"
          ? host.enable("a")
          : action === "configure"
          ? host.configure("b", { x: 1 })
          : host.seal(),
      PluginError,
      "disposed",
    );
    await test[Symbol.asyncDispose]();
    const told = test.events().length;
    await change;
    for (let turn = 0; turn < 20; turn++) {
      await new Promise((go) => setTimeout(go));
    }
    assertEquals([live, test.events().length], [0, told], action);
  }
});

Deno.test("PluginHost queues a change that is requested before load() read the sources", async () => {
  const a = slow();
  await using test = createTestHost({
    builtins: [builtin("a", a.plugin), builtin("b", { reconfigure() {} })],
    timeouts: { setup: 600_000 },
  });
  const loading = test.host.load();
  await test.host.configure("b", { y: 1 });
  await test.host.disable("b");
  assertEquals(test.host.get("a"), undefined);
  a.open();
  await loading;
});

Deno.test("PluginHost limits its disposal while a change hangs, and ends late plugins", async () => {
  const clock = createFakeClock();
  const ended: string[] = [];
  const gate = Promise.withResolvers<void>();
  const late = definePlugin({
    async setup() {
      await gate.promise;
      return {};
    },
    dispose: () => void ended.push("late"),
  });
  const test = createTestHost({
    clock,
    builtins: [
      builtin("b", { dispose: () => void ended.push("b") }),
      builtin("late", late),
    ],
    timeouts: { setup: 600_000, close: 1_000 },
  });
  const loading = test.host.load();
  await until(() => test.host.get("b") !== undefined);
  const failing = assertRejects(
    async () => await test[Symbol.asyncDispose](),
    PluginError,
    'Cannot dispose all plugins: "late" did not end within 1000 ms',
  );
  let isOver = false;
  failing.finally(() => isOver = true);
  for (let tick = 0; tick < 100 && !isOver; tick++) {
    clock.advance(100);
    await new Promise((go) => setTimeout(go));
  }
  await failing;
  assertEquals(ended, ["b"]);
  gate.resolve();
  const { failed } = await loading;
  assertEquals(failed.map(({ id }) => id), ["late"]);
  assertEquals([ended, test.host.get("late")], [["b", "late"], undefined]);
});
