import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { MemoryStateStore } from "@semantik/plugins/state";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

const failing = {
  setup(): never {
    throw new Error("broken on purpose");
  },
};

const MUST_NOT_RUN = {
  setup(): never {
    throw new Error("this code must not run");
  },
};

Deno.test("PluginHost.load() loads a dependency before its dependents", async () => {
  const order: string[] = [];
  const noting = (id: string) => ({
    async setup() {
      order.push(`${id} begins`);
      await Promise.resolve();
      order.push(`${id} is ready`);
      return { id };
    },
  });
  await using test = createTestHost({
    builtins: [
      builtin("top", noting("top"), requires("middle", "base")),
      builtin("middle", noting("middle"), requires("base@^1.0.0")),
      builtin("base", noting("base"), { version: "1.2.3" }),
    ],
  });
  const { loaded } = await test.host.load();
  assertEquals(loaded.length, 3);
  assertEquals(
    order,
    ["base", "middle", "top"].flatMap((
      id,
    ) => [`${id} begins`, `${id} is ready`]),
  );
});

Deno.test("PluginHost.load() refuses a plugin with an unusable dependency, with the chain", async (t) => {
  const chain = [
    builtin("top", MUST_NOT_RUN, requires("middle")),
    builtin("middle", MUST_NOT_RUN, requires("base@^1.0.0")),
  ];
  const cases: readonly {
    readonly name: string;
    readonly base: ReturnType<typeof builtin>[];
    readonly code: string;
    readonly says: string;
  }[] = [
    {
      name: "missing",
      base: [],
      code: "PLUGIN_DEPENDENCY_MISSING",
      says: 'requires "base" ^1.0.0, which was not found',
    },
    {
      name: "another version",
      base: [builtin("base", {}, { version: "2.0.0" })],
      code: "PLUGIN_DEPENDENCY_VERSION",
      says: 'requires "base" ^1.0.0, which is 2.0.0',
    },
    {
      name: "a pre-release",
      base: [builtin("base", {}, { version: "1.1.0-rc.1" })],
      code: "PLUGIN_DEPENDENCY_VERSION",
      says: 'requires "base" ^1.0.0, which is 1.1.0-rc.1',
    },
    {
      name: "disabled",
      base: [builtin("base", MUST_NOT_RUN)],
      code: "PLUGIN_DEPENDENCY_DISABLED",
      says: 'requires "base", which is disabled',
    },
    {
      name: "refused",
      base: [builtin("base", MUST_NOT_RUN, { host: "^9.0.0" })],
      code: "PLUGIN_DEPENDENCY_FAILED",
      says:
        'requires "base", which was refused: it supports host versions ^9.0.0, and this is 1.0.0',
    },
    {
      name: "failed",
      base: [builtin("base", failing)],
      code: "PLUGIN_DEPENDENCY_FAILED",
      says:
        'requires "base", which failed: Cannot set up plugin "base": Error: broken on purpose',
    },
  ];
  for (const { name, base, code, says } of cases) {
    await t.step(name, async () => {
      await using test = createTestHost({
        builtins: [...chain, ...base],
        state: new MemoryStateStore(
          name === "disabled" ? [["base", { enabled: false }]] : [],
        ),
      });
      const { refused, failed } = await test.host.load();
      assertEquals(
        failed.map(({ id }) => id),
        name === "failed" ? ["base"] : [],
      );
      const [top, middle] = refused;
      assertEquals([top?.id, middle?.id], ["top", "middle"]);
      assertEquals(middle?.code, code);
      assert(
        middle?.problems[0]?.message.includes(`it ${says}`),
        middle?.problems[0]?.message,
      );
      assert(
        top?.problems[0]?.message.startsWith(
          'Cannot load plugin "top": it requires "middle", which requires "base"',
        ),
        top?.problems[0]?.message,
      );
      assert(
        refused.every(({ problems }) =>
          problems.every(({ remedy }) => remedy.length > 0)
        ),
      );
    });
  }
});

Deno.test("PluginHost.load() refuses cycles, and shows them", async () => {
  await using test = createTestHost({
    builtins: [
      builtin("self", MUST_NOT_RUN, requires("self")),
      builtin("a", MUST_NOT_RUN, requires("b")),
      builtin("b", MUST_NOT_RUN, requires("c")),
      builtin("c", MUST_NOT_RUN, requires("a")),
      builtin("outside", MUST_NOT_RUN, requires("a")),
      builtin("free"),
    ],
  });
  const { loaded, refused } = await test.host.load();
  assertEquals(loaded.map(({ id }) => id), ["free"]);
  assertEquals(refused.map(({ id, code }) => [id, code]), [
    ["self", "PLUGIN_DEPENDENCY_CYCLE"],
    ["a", "PLUGIN_DEPENDENCY_CYCLE"],
    ["b", "PLUGIN_DEPENDENCY_CYCLE"],
    ["c", "PLUGIN_DEPENDENCY_CYCLE"],
    ["outside", "PLUGIN_DEPENDENCY_FAILED"],
  ]);
  const messages = refused.map(({ problems }) => problems[0]?.message ?? "");
  assert(messages[0]?.includes('"self" requires "self"'), messages[0]);
  assert(
    messages[1]?.includes('"a" requires "b" requires "c" requires "a"'),
    messages[1],
  );
});

Deno.test("PluginHost.load() uses optional requirements only for the order", async () => {
  const order: string[] = [];
  const noting = (id: string) => ({
    setup() {
      order.push(id);
      return {};
    },
  });
  await using test = createTestHost({
    builtins: [
      builtin(
        "first",
        noting("first"),
        requires("second?", "missing?", "old@^2.0.0?", "fails?"),
      ),
      builtin("second", noting("second"), requires("first?")),
      builtin("old", noting("old")),
      builtin("fails", failing),
    ],
  });
  const { loaded, refused } = await test.host.load();
  assertEquals(loaded.map(({ id }) => id), ["first", "second", "old"]);
  assertEquals(refused, []);
  assertEquals(order.length, 3);
});

Deno.test("PluginHost.load() reads requirements of folders and builtins alike", async () => {
  await withPlugins({
    app: {
      code: "export default { setup: ({ use }) => ({ base: use('base') }) };",
      manifest: requires("base"),
    },
  }, async (folder) => {
    const api = { theBase: true };
    await using test = createTestHost({
      sources: [folder],
      builtins: [builtin("base", { setup: () => api })],
    });
    await test.host.load();
    assertEquals(test.host.get("app"), { base: api });
  });
});

Deno.test("PluginHost.enable() loads requirements, or reports why it cannot", async () => {
  await using test = createTestHost({
    builtins: [
      builtin("base"),
      builtin("a", {}, requires("base")),
      builtin("b", {}, requires("missing")),
    ],
    state: new MemoryStateStore([["base", { enabled: false }], ["a", {
      enabled: false,
    }]]),
  });
  const { host } = test;
  await host.load();
  const error = await assertRejects(() => host.enable("a"), PluginError);
  assertEquals(error.code, "PLUGIN_DEPENDENCY_DISABLED");
  await host.enable("base");
  await host.enable("a");
  assertEquals(host.get("a"), {});
  const missing = await assertRejects(() => host.enable("b"), PluginError);
  assertEquals(missing.code, "PLUGIN_DEPENDENCY_MISSING");
});
