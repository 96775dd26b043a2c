import { assert, assertEquals } from "@std/assert";
import { FileStateStore, MemoryStateStore } from "@semantik/plugins/state";
import { withStateFile } from "../state/with_state_file.ts";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

const PLUGIN = "export default { setup: () => ({}) };";

const REVERSIONS: Readonly<
  Record<string, (path: string, first: string) => Promise<void>>
> = {
  "an older file": (path, first) => Deno.writeTextFile(path, first),
  "no file": (path) => Deno.remove(path),
  "another file that has more changes": async (path) => {
    await Deno.remove(path);
    const other = new FileStateStore(path);
    for (let count = 1; count < 9; count++) {
      await other.update(() => new Map([["d", { config: { count } }]]));
    }
  },
  "another file of the same revision": async (path) => {
    const text = await Deno.readTextFile(path);
    const { schema, revision } = JSON.parse(text);
    await Deno.writeTextFile(
      path,
      JSON.stringify({ schema, revision, plugins: {} }),
    );
  },
};

Deno.test("PluginHost keeps plugins disabled if the state is reverted", async (t) => {
  for (const [name, revert] of Object.entries(REVERSIONS)) {
    await t.step(
      name,
      () =>
        withPlugins(
          { a: PLUGIN, b: PLUGIN, c: PLUGIN },
          (folder) =>
            withStateFile(async (path) => {
              const state = new FileStateStore(path);
              await state.update(() => new Map([["c", { enabled: true }]]));
              const first = await Deno.readTextFile(path);
              await using test = createTestHost({ sources: [folder], state });
              const { host } = test;
              await host.disable("a");
              await host.disable("b");
              await host.load();
              const reverted = () =>
                test.events().filter(({ action }) =>
                  action === "host.state.reverted"
                );
              assertEquals(reverted(), []);

              await revert(path, first);
              const plan = await host.plan();
              assertEquals(plan.map(({ id, kind }) => [id, kind]), [
                ["a", "skip"],
                ["b", "skip"],
                ["c", "load"],
              ]);
              await host.plan();
              const [event, ...others] = reverted();
              assertEquals(others, []);
              assertEquals(
                [event?.plugin_id, event?.level, event?.seen_revision],
                ["host:test", "error", 3],
              );
              assertEquals(event?.kept_disabled, ["a", "b"]);

              // A decision of today counts, and with it the others are stored again.
              await host.enable("a");
              assertEquals([host.get("a") !== undefined, host.get("b")], [
                true,
                undefined,
              ]);
              const now = await state.read();
              assert(now.ok);
              assertEquals(
                [now.snapshot.plugins.get("a"), now.snapshot.plugins.get("b")],
                [undefined, { enabled: false }],
              );
              assertEquals((await host.plan()).map(({ kind }) => kind), [
                "load",
                "skip",
                "load",
              ]);
              assertEquals(reverted().length, 1);
            }),
        ),
    );
  }
});

Deno.test("PluginHost restores disabled plugins at the next change of a reverted state", async () => {
  await withStateFile(async (path) => {
    const state = new FileStateStore(path);
    await using test = createTestHost({
      state,
      builtins: [builtin("a"), builtin("b")],
    });
    await test.host.load();
    await test.host.disable("a");
    await Deno.remove(path);
    // Disabled here already, and stored no more.
    await test.host.disable("a");
    const now = await state.read();
    assert(now.ok);
    assertEquals([...now.snapshot.plugins], [["a", { enabled: false }]]);
    assert(test.actions().includes("host:test host.state.reverted"));
  });
});

Deno.test("PluginHost does not mistake an outdated read for a reverted state", async () => {
  const memory = new MemoryStateStore();
  const reading = Promise.withResolvers<void>();
  let isSlow = false;
  await using test = createTestHost({
    builtins: [builtin("a"), builtin("b")],
    state: {
      async read() {
        const result = await memory.read();
        if (isSlow) await reading.promise;
        return result;
      },
      update: (change) => memory.update(change),
    },
  });
  await test.host.load();
  isSlow = true;
  const planning = test.host.plan();
  isSlow = false;
  await test.host.disable("a");
  reading.resolve();
  await planning;
  await test.host.plan();
  assert(!test.actions().includes("host:test host.state.reverted"));
});

Deno.test("PluginHost follows what other hosts enable", async () => {
  const state = new MemoryStateStore([["a", { enabled: false }]]);
  await using test = createTestHost({ state, builtins: [builtin("a")] });
  await test.host.load();
  await state.update(() => new Map());
  await test.host.enable("a");
  assertEquals(test.host.get("a"), {});
  assert(!test.actions().includes("host:test host.state.reverted"));
});
