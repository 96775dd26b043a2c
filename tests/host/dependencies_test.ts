import { assert, assertEquals, assertRejects } from "@std/assert";
import { MemoryStateStore, PluginError } from "@semantik/plugins";
import { builtin, manifestOf, requires } from "./builtin.ts";
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

Deno.test("PluginHost.load() has a dependency ready before what depends on it", async () => {
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

Deno.test("PluginHost.load() refuses what requires something unfit, with the whole chain", async (t) => {
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
      says: 'requires "base" ^1.0.0, which is not there',
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

Deno.test("PluginHost.load() refuses circles, its own included, and shows them", async () => {
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

Deno.test("PluginHost.load() takes optional requirements for an order, and no more", async () => {
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

Deno.test("PluginHost holds the host range of a manifest against its own version", async (t) => {
  const cases: readonly [version: string, range: string, loads: boolean][] = [
    ["1.0.0", "^1.0.0", true],
    ["1.0.0", ">=1.0.1", false],
    ["2.0.0", ">=1.0.0 <2.0.0", false],
    ["0.7.4", ">=0.7.5", false],
    ["0.7.5", ">=0.7.5", true],
    // A pre-release is in a range only where the range names one of it.
    ["2.0.0-rc.1", ">=2.0.0", false],
    ["2.0.0-rc.1", ">=1.0.0", false],
    ["2.0.0-rc.1", "*", false],
    ["2.0.0-rc.2", ">=2.0.0-rc.1", true],
    ["2.0.0", ">=2.0.0-rc.1", true],
  ];
  for (const [version, host, loads] of cases) {
    await t.step(`${version} in ${host}`, async () => {
      await using test = createTestHost({
        version,
        builtins: [builtin("a", {}, { host })],
      });
      const { loaded, refused } = await test.host.load();
      assertEquals(loaded.length === 1, loads);
      assertEquals(
        refused.map(({ code }) => code),
        loads ? [] : ["PLUGIN_HOST_INCOMPATIBLE"],
      );
    });
  }
});

Deno.test("PluginHost takes a range that is none for an error of the manifest", async () => {
  await using test = createTestHost({
    builtins: [
      builtin("a", MUST_NOT_RUN, { host: "1.2.3 - garbage" }),
      builtin("b", MUST_NOT_RUN, { version: "one" }),
      builtin("c", MUST_NOT_RUN, requires("a@latest")),
    ],
  });
  const { refused } = await test.host.load();
  assertEquals(refused.map(({ id, code }) => [id, code]), [
    ["a", "PLUGIN_MANIFEST_INVALID"],
    ["b", "PLUGIN_MANIFEST_INVALID"],
    ["c", "PLUGIN_MANIFEST_INVALID"],
  ]);
  assertEquals(
    refused.map(({ problems }) => problems.map(({ path }) => path)),
    [["host"], ["version"], ["requires[0].version"]],
  );
});

Deno.test("PluginContext.use() gives what the manifest requires, and nothing else", async () => {
  const given: Record<string, unknown> = {};
  const base = { base: true };
  const api = { soft: true };
  await using test = createTestHost({
    builtins: [
      builtin("base", { setup: () => base }),
      builtin("soft", { setup: () => api }),
      builtin("old", { setup: () => api }),
      builtin("other"),
      builtin("a", {
        setup({ use }) {
          for (const id of ["base", "soft", "old", "absent", "broken"]) {
            given[id] = use(id);
          }
          const error = captured(() => use("other"));
          assertEquals(error.code, "PLUGIN_DEPENDENCY_UNDECLARED");
          assertEquals(error.pluginId, "a");
          assert(error.message.includes('"other"'));
          for (const id of ["a", "nobody", "__proto__", "constructor"]) {
            assertEquals(
              captured(() => use(id)).code,
              "PLUGIN_DEPENDENCY_UNDECLARED",
            );
          }
          return { later: () => use("base") };
        },
      }, requires("base", "soft?", "old@^2.0.0?", "absent?", "broken?")),
      builtin("broken", failing),
    ],
  });
  await test.host.load();
  assertEquals(test.host.get("a") !== undefined, true);
  assert(given.base === base);
  assert(given.soft === api);
  assertEquals([given.old, given.absent, given.broken], [
    undefined,
    undefined,
    undefined,
  ]);
});

function captured(call: () => unknown): PluginError {
  try {
    call();
  } catch (thrown) {
    assert(thrown instanceof PluginError);
    return thrown;
  }
  throw new Error("Expected a PluginError");
}

Deno.test("PluginContext.use() follows a dependency that is disabled, enabled or set up again", async () => {
  let count = 0;
  let use: (() => unknown) | undefined;
  await using test = createTestHost({
    builtins: [
      builtin("soft", { setup: () => ({ count: ++count }) }),
      builtin("a", {
        setup(context) {
          use = () => context.use("soft");
          return {};
        },
      }, requires("soft?")),
    ],
  });
  const { host } = test;
  await host.load();
  assertEquals(use?.(), { count: 1 });
  // An optional requirement does not stand in the way.
  await host.disable("soft");
  assertEquals(use?.(), undefined);
  await host.enable("soft");
  assertEquals(use?.(), { count: 2 });
});

Deno.test("PluginHost.load() holds versions as the data of the other system wants them", async (t) => {
  // Of the same system: at least a version, and below another.
  const cases: readonly [range: string, actual: string, ok: boolean][] = [
    ["*", "1.0.0", true],
    [">=1.0.0", "1.0.0", true],
    [">=1.0.0", "0.9.0", false],
    ["<2.0.0", "2.0.0", false],
    ["<2.0.0", "1.9.9", true],
    [">=1.0.0 <2.0.0", "1.5.0", true],
  ];
  for (const [range, version, ok] of cases) {
    await t.step(`${version} in ${range}`, async () => {
      await using test = createTestHost({
        builtins: [
          {
            manifest: manifestOf("base", { version }),
            plugin: { setup: () => ({}) },
          },
          builtin("a", {}, requires(`base@${range}`)),
        ],
      });
      const { loaded } = await test.host.load();
      assertEquals(loaded.length, ok ? 2 : 1);
    });
  }
  await t.step(
    "a version that is none is an error of its manifest",
    async () => {
      await using test = createTestHost({
        builtins: [builtin("base", {}, { version: "0.9" })],
      });
      const { refused } = await test.host.load();
      assertEquals(refused.map(({ code }) => code), [
        "PLUGIN_MANIFEST_INVALID",
      ]);
    },
  );
});

Deno.test("PluginHost.enable() loads what a plugin requires, and says why it cannot", async () => {
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
