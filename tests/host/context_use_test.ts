import { assert, assertEquals } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

const failing = {
  setup(): never {
    throw new Error("broken on purpose");
  },
};

Deno.test("PluginContext.use() returns only plugins that the manifest requires", async () => {
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

Deno.test("PluginContext.use() follows a dependency through disable, enable and configure", async () => {
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
