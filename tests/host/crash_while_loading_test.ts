import { assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

const codes = (
  list: readonly { readonly id: string | undefined; readonly code: string }[],
) => list.map(({ id, code }) => [id, code]);

/** A plugin that is live for a moment, until it leaves something unhandled. */
function crashing(crash: Promise<unknown>) {
  return {
    setup() {
      crash.then(() => {
        throw null;
      });
      return {};
    },
  };
}

Deno.test("PluginHost.load() reports an unhandled rejection during setup", async () => {
  let disposals = 0;
  await using test = createTestHost({
    builtins: [
      builtin("bad", {
        setup() {
          Promise.reject(new Error("floating"));
          return {};
        },
        dispose: () => disposals++,
      }),
      builtin("good"),
    ],
  });
  const { loaded, failed } = await test.host.load();
  assertEquals(loaded.map(({ id }) => id), ["good"]);
  assertEquals(codes(failed), [["bad", "PLUGIN_CRASHED"]]);
  assertEquals(test.host.get("bad"), undefined);
  assertEquals(disposals, 1);
});

Deno.test("PluginHost.load() does not load a plugin whose dependency crashed meanwhile", async () => {
  const crash = Promise.withResolvers<void>();
  const crashed = Promise.withResolvers<void>();
  let disposals = 0;
  await using test = createTestHost({
    builtins: [
      builtin("base", crashing(crash.promise)),
      builtin("waits", {
        async setup() {
          crash.resolve();
          await crashed.promise;
          return {};
        },
        dispose: () => disposals++,
      }, requires("base")),
    ],
  });
  test.host.events.addEventListener("statuschange", ({ detail }) => {
    if (detail.status === "failed") crashed.resolve();
  });
  const { loaded, failed, refused } = await test.host.load();
  assertEquals([loaded, refused], [[], []]);
  assertEquals(codes(failed), [
    ["base", "PLUGIN_CRASHED"],
    ["waits", "PLUGIN_DEPENDENCY_FAILED"],
  ]);
  assertEquals(disposals, 1);
});

Deno.test("PluginHost.load() refuses a plugin whose dependency crashed before its own code ran", async () => {
  const crash = Promise.withResolvers<void>();
  const crashed = Promise.withResolvers<void>();
  await using test = createTestHost({
    builtins: [
      builtin("base", crashing(crash.promise)),
      builtin("slow", {
        async setup() {
          crash.resolve();
          await crashed.promise;
          return {};
        },
      }),
      builtin("late", {
        setup() {
          throw new Error("this must not run");
        },
      }, requires("base", "slow")),
      builtin("latest", {}, requires("late")),
    ],
  });
  test.host.events.addEventListener("statuschange", ({ detail }) => {
    if (detail.status === "failed") crashed.resolve();
  });
  const { loaded, failed, refused } = await test.host.load();
  assertEquals(loaded.map(({ id }) => id), ["slow"]);
  assertEquals(codes(failed), [["base", "PLUGIN_CRASHED"]]);
  assertEquals(codes(refused), [
    ["late", "PLUGIN_DEPENDENCY_FAILED"],
    ["latest", "PLUGIN_DEPENDENCY_FAILED"],
  ]);
  assertEquals(test.actions("late"), ["plugin.load.refused"]);
});

Deno.test("PluginHost.enable() restarts a crashed plugin, and reports another crash", async () => {
  let crash = Promise.withResolvers<void>();
  await using test = createTestHost({
    builtins: [
      builtin("base", {
        setup: () => crashing(crash.promise).setup(),
      }),
      builtin("needs", {}, requires("base")),
    ],
  });
  const { host } = test;
  await host.load();
  const ended = Promise.withResolvers<void>();
  host.events.addEventListener("statuschange", ({ detail }) => {
    if (detail.id === "base" && detail.status === "failed") ended.resolve();
  });
  crash.resolve();
  await ended.promise;
  assertEquals([host.get("base"), host.get("needs")], [undefined, undefined]);

  const error = await assertRejects(
    () => host.enable("needs"),
    PluginError,
  );
  assertEquals(error.code, "PLUGIN_DEPENDENCY_FAILED");

  crash = Promise.withResolvers();
  await host.enable("needs");
  assertEquals([host.get("base"), host.get("needs")], [{}, {}]);
});

Deno.test("PluginHost.enable() waits until a crashed plugin is disposed", async () => {
  const crash = Promise.withResolvers<void>();
  const disposing = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const order: string[] = [];
  await using test = createTestHost({
    builtins: [builtin("a", {
      setup() {
        order.push("setup");
        return order.length === 1 ? crashing(crash.promise).setup() : {};
      },
      async dispose() {
        disposing.resolve();
        await release.promise;
        order.push("disposed");
      },
    })],
  });
  await test.host.load();
  crash.resolve();
  await disposing.promise;
  const enabling = test.host.enable("a");
  release.resolve();
  await enabling;
  assertEquals(order, ["setup", "disposed", "setup"]);
});
