import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { contract, PluginError } from "@semantik/plugins";
import { createFakeClock } from "@semantik/plugins/testing";
import { builtin, requires } from "./builtin.ts";
import { createTestHost, type TestHost } from "./test_host.ts";
import { until } from "./until.ts";
import { withPlugins } from "./with_plugins.ts";

interface Thing {
  run(reason?: unknown): unknown;
}

const THING = { thing: contract<Thing>("run") };

/** Leaves a rejection behind, beside what it returns. */
const floating = {
  setup: () => ({
    run(reason: unknown) {
      Promise.reject(reason);
      return "ran";
    },
  }),
};

const throwing = {
  setup: () => ({
    run(reason: unknown) {
      throw reason;
    },
  }),
};

function crashes(test: Pick<TestHost<typeof THING>, "events">) {
  return test.events()
    .filter(({ action }) => String(action).startsWith("plugin.crash"))
    .map(({ plugin_id, action, ids }) => [plugin_id, action, ids ?? null]);
}

Deno.test("PluginHost.use() ends a plugin whose method leaves a rejection unhandled", async (t) => {
  for (const reason of [new Error("floating"), null, "a text", undefined]) {
    await t.step(String(reason), async () => {
      await using test = createTestHost({
        contracts: THING,
        builtins: [builtin("a", floating), builtin("b", floating)],
      });
      const { host } = test;
      await host.load();
      const said = await host.use("a", "thing", ({ run }) => run(reason));
      assertEquals(said, "ran");
      await until(() => host.get("a") === undefined);
      assertEquals(crashes(test), [["a", "plugin.crashed", null]]);
      assert(host.get("b") !== undefined);
    });
  }
});

Deno.test("PluginHost.use() ends a plugin whose method leaves a later rejection unhandled", async () => {
  const gate = Promise.withResolvers<void>();
  await using test = createTestHost({
    contracts: THING,
    builtins: [builtin("a", {
      setup: () => ({
        run() {
          gate.promise.then(() => JSON.parse("{"));
        },
      }),
    })],
  });
  const { host } = test;
  await host.load();
  await host.use("a", "thing", ({ run }) => run());
  gate.resolve();
  await until(() => host.get("a") === undefined);
  assertEquals(crashes(test), [["a", "plugin.crashed", null]]);
});

Deno.test("PluginHost.use() ends no plugin if another plugin's method left the rejection", async () => {
  const clock = createFakeClock();
  await using test = createTestHost({
    clock,
    contracts: THING,
    builtins: [
      builtin("provider", floating),
      builtin("consumer", {
        setup: ({ use }) => ({
          run: (reason: unknown) => use<Thing>("provider")?.run(reason),
        }),
      }, requires("provider")),
    ],
  });
  const { host } = test;
  await host.load();
  await host.use("consumer", "thing", ({ run }) => run(null));
  const unclear = ["host:test", "plugin.crash.unclear", [
    "consumer",
    "provider",
  ]];
  await until(() => crashes(test).length > 0);
  assertEquals(crashes(test), [unclear]);
  assert(host.get("consumer") && host.get("provider"));

  // What goes on like that fills no trail.
  for (const moved of [0, 59_999, 1]) {
    clock.advance(moved);
    await host.use("consumer", "thing", ({ run }) => run(null));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assertEquals(crashes(test), [unclear, unclear]);
  assertEquals(test.events().at(-1)?.repeated, 2);
});

Deno.test("PluginHost.use() ends no plugin if the callback may have left the rejection", async () => {
  await withPlugins({
    a: "export default { setup: () => ({ run() {} }) };",
  }, async (folder) => {
    await using test = createTestHost({ contracts: THING, sources: [folder] });
    const { host } = test;
    await host.load();
    await host.use("a", "thing", () => {
      Promise.reject(new Error("of the host"));
    });
    await until(() => crashes(test).length > 0);
    assertEquals(crashes(test), [
      ["host:test", "plugin.crash.unclear", ["a"]],
    ]);
    assert(host.get("a") !== undefined);
  });
});

Deno.test("PluginHost.use() follows 1,000 calls a second, and attributes others by file", async () => {
  await withPlugins({
    a: `export default { setup: () => ({
      run(reason) {
        Promise.reject(reason === undefined ? new Error("floating") : reason);
      },
      rest() {},
    }) };`,
  }, async (folder) => {
    for (const moved of [0, 1_000]) {
      const clock = createFakeClock();
      await using test = createTestHost({
        clock,
        contracts: THING,
        sources: [folder],
      });
      const { host } = test;
      await host.load();
      for (let call = 0; call < 1_000 + 64; call++) {
        await host.use("a", "thing", () => {});
      }
      clock.advance(moved);
      // Of null no file is known: only a call that is followed tells whose it is.
      const reason = moved === 0 ? undefined : null;
      await host.use("a", "thing", ({ run }) => run(reason));
      await until(() => host.get("a") === undefined);
      assertEquals(crashes(test), [["a", "plugin.crashed", null]]);
    }
  });
});

Deno.test("PluginHost.use() records an error of a call, and rethrows it unchanged", async (t) => {
  const refused = new Deno.errors.NotCapable(
    'Requires net access to "a.example:443", run again with the --allow-net flag',
  );
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [
      refused,
      /^Cannot use plugin "a": it needs net to "a\.example:443", which its manifest does not declare$/,
    ],
    [
      new Error("broken"),
      /^Cannot use plugin "a": a call threw Error: broken$/,
    ],
    [null, /^Cannot use plugin "a": a call threw the value null$/],
    [
      Object.create(null),
      /^Cannot use plugin "a": a call threw a value that cannot be shown$/,
    ],
  ];
  for (const [thrown, said] of cases) {
    await t.step(said.source, async () => {
      await using test = createTestHost({
        contracts: THING,
        builtins: [builtin("a", throwing)],
      });
      const { host } = test;
      await host.load();
      let caught: unknown = "nothing";
      await host.use("a", "thing", ({ run }) => run(thrown))
        .catch((reason: unknown) => caught = reason);
      assert(Object.is(caught, thrown));
      const failed = test.events()
        .filter(({ action }) => action === "plugin.call.failed");
      assertEquals(failed.length, 1);
      const [{ plugin_id, level, code, error } = {}] = failed;
      assertEquals([plugin_id, level, code], [
        "a",
        "warn",
        "PLUGIN_CALL_FAILED",
      ]);
      assertMatch(String(error), said);
      assert(host.get("a") !== undefined, "who throws in a call goes on");
    });
  }
});

Deno.test("PluginHost.use() records no failure of a call that ends when it is aborted", async () => {
  const clock = createFakeClock();
  await using test = createTestHost({
    clock,
    timeouts: { dispose: 500 },
    contracts: THING,
    builtins: [builtin("a", throwing)],
  });
  const { host } = test;
  await host.load();
  const using = assertRejects(
    () =>
      host.use(
        "a",
        "thing",
        (_, { signal }) =>
          new Promise((_, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason))
          ),
      ),
    PluginError,
  );
  const disabling = host.disable("a");
  await clock.untilPending(1);
  clock.advance(500);
  await Promise.all([using, disabling]);
  assert(!test.actions("a").includes("plugin.call.failed"));
});

Deno.test("PluginHost.use() survives a plugin that fails when a call is aborted", async () => {
  const clock = createFakeClock();
  await using test = createTestHost({
    clock,
    timeouts: { dispose: 500 },
    contracts: THING,
    builtins: [builtin("a", {
      setup: () => ({
        async run(signal: AbortSignal) {
          const { promise, resolve } = Promise.withResolvers<void>();
          signal.addEventListener("abort", () => {
            resolve();
            Promise.reject(null);
          });
          await promise;
        },
      }),
    })],
  });
  const { host } = test;
  await host.load();
  const using = host.use("a", "thing", ({ run }, { signal }) => run(signal));
  const disabling = host.disable("a");
  await clock.untilPending(1);
  clock.advance(500);
  await Promise.all([using, disabling]);
  await until(() => crashes(test).length > 0);
});

Deno.test("PluginHost.use() lets a call use every method of the host", async () => {
  await using test = createTestHost({
    contracts: THING,
    builtins: [builtin("a", throwing), builtin("b", throwing)],
  });
  const { host } = test;
  await host.load();
  await host.use("a", "thing", async () => {
    await host.disable("b");
    await host.enable("b");
    await host.health();
  });
  assert(host.get("b") !== undefined);
});
