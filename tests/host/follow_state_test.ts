import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Builtin, PluginError, type PluginHost } from "@semantik/plugins";
import { MemoryStateStore, type PluginState } from "@semantik/plugins/state";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

/** A host with plugins that are live, and a store that others write to as well. */
async function createWatched(
  builtins: readonly Builtin[],
  states: readonly (readonly [string, PluginState])[] = [],
) {
  const state = new MemoryStateStore(states);
  const test = createTestHost({ builtins, state });
  await test.host.load();
  const disableElsewhere = (id: string) =>
    state.update(({ plugins }) =>
      new Map(plugins).set(id, { ...plugins.get(id), enabled: false })
    );
  return { test, state, disableElsewhere };
}

Deno.test("PluginHost ends a plugin that was disabled in the stored state at its next change of any plugin", async (t) => {
  const changes: Readonly<
    Record<string, (host: PluginHost) => Promise<unknown>>
  > = {
    enable: (host) => host.enable("other"),
    disable: (host) => host.disable("other"),
    configure: (host) => host.configure("other", { a: 1 }),
    seal: (host) => host.seal(),
  };
  for (const [name, change] of Object.entries(changes)) {
    await t.step(name, async () => {
      const { test, disableElsewhere } = await createWatched([
        builtin("base"),
        builtin("user", {}, requires("base")),
        builtin("other"),
      ]);
      await using _test = test;
      const { host } = test;
      const statuses: string[] = [];
      host.events.addEventListener("statuschange", ({ detail }) => {
        const [code = ""] = detail.problems.map(({ code }) => code);
        if (detail.id === "other") return;
        statuses.push(`${detail.id} ${detail.status} ${code}`.trim());
      });
      await disableElsewhere("base");
      assert(host.get("base") !== undefined);
      await change(host);
      assertEquals([host.get("base"), host.get("user")], [
        undefined,
        undefined,
      ]);
      assertEquals(statuses, [
        "user disposed PLUGIN_DEPENDENCY_DISABLED",
        "base disabled",
      ]);
      assertEquals(test.actions("base"), [
        "plugin.registered.builtin",
        "plugin.disabled",
        "plugin.disposed",
      ]);
      const event = test.events().find(({ action, plugin_id }) =>
        action === "plugin.disabled" && plugin_id === "base"
      );
      assertEquals(event?.by, "store");
    });
  }
});

Deno.test("PluginHost loads no plugin that requires one disabled in the stored state", async () => {
  const { test, disableElsewhere } = await createWatched(
    [builtin("base"), builtin("user", {}, requires("base"))],
    [["user", { enabled: false }]],
  );
  await using _test = test;
  const { host } = test;
  await disableElsewhere("base");
  const error = await assertRejects(() => host.enable("user"), PluginError);
  assertEquals(error.code, "PLUGIN_DEPENDENCY_DISABLED");
  assertEquals(host.get("base"), undefined);
  assertEquals(host.get("user"), undefined);
});

Deno.test("PluginHost.enable() rejects for a live plugin that ends with one disabled in the stored state", async () => {
  const { test, disableElsewhere } = await createWatched([
    builtin("base"),
    builtin("user", {}, requires("base")),
  ]);
  await using _test = test;
  const { host } = test;
  await disableElsewhere("base");
  const error = await assertRejects(() => host.enable("user"), PluginError);
  assertEquals(error.code, "PLUGIN_DEPENDENCY_DISABLED");
  assertEquals([host.get("base"), host.get("user")], [undefined, undefined]);
  await host.enable("user", { requirements: true });
  assert(host.get("user") !== undefined);
});

Deno.test("PluginHost.configure() sets up no plugin that was disabled in the stored state", async () => {
  const { test, state, disableElsewhere } = await createWatched([
    builtin("base"),
  ]);
  await using _test = test;
  const { host } = test;
  await disableElsewhere("base");
  const { validated } = await host.configure("base", { tone: "formal" });
  assertEquals([validated, host.get("base")], [false, undefined]);
  const stored = await state.read();
  assert(stored.ok);
  assertEquals(stored.snapshot.plugins.get("base"), {
    enabled: false,
    config: { tone: "formal" },
  });
});

Deno.test("PluginHost.enable() keeps a live plugin live that was disabled in the stored state", async () => {
  const { test, disableElsewhere } = await createWatched([builtin("base")]);
  await using _test = test;
  const { host } = test;
  const before = host.get("base");
  await disableElsewhere("base");
  await host.enable("base");
  assertEquals(host.get("base") === before, true);
});

Deno.test("PluginHost keeps the order of changes while it ends a plugin that was disabled in the stored state", async () => {
  const { test, state, disableElsewhere } = await createWatched([
    builtin("base"),
    builtin("other"),
  ]);
  await using _test = test;
  await disableElsewhere("base");
  await Promise.all(
    [1, 2, 3].map((count) => test.host.configure("other", { count })),
  );
  const stored = await state.read();
  assert(stored.ok);
  assertEquals(stored.snapshot.plugins.get("other"), { config: { count: 3 } });
  assertEquals(
    test.actions("base").filter((action) => action === "plugin.disabled")
      .length,
    1,
  );
});
