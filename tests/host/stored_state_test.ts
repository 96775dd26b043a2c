import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  PluginError,
  type PluginState,
  type StateStore,
} from "@semantik/plugins";
import { FileStateStore, MemoryStateStore } from "@semantik/plugins/state";
import { withStateFile } from "../state/with_state_file.ts";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { withPlugins } from "./with_plugins.ts";

const BOMB = `throw new Error("this code must not run");`;

Deno.test("PluginHost does not import disabled plugins, and reports them as skipped", async () => {
  await withPlugins(
    { a: BOMB, b: "export default { setup: () => ({}) };" },
    async (folder) => {
      const imported: string[] = [];
      await using test = createTestHost({
        sources: [folder],
        builtins: [builtin("c", {
          setup(): never {
            throw new Error("this code must not run");
          },
        })],
        importModule: (specifier) => {
          imported.push(specifier);
          return import(specifier);
        },
        state: new MemoryStateStore([
          ["a", { enabled: false }],
          ["b", { enabled: true }],
          ["c", { enabled: false }],
        ]),
      });
      const plan = await test.host.plan();
      assertEquals(
        plan.map((
          one,
        ) => [one.id, one.kind, one.kind === "skip" && one.reason]),
        [["c", "skip", "disabled"], ["a", "skip", "disabled"], [
          "b",
          "load",
          false,
        ]],
      );
      const { loaded, skipped } = await test.host.load();
      assertEquals(loaded.map(({ id }) => id), ["b"]);
      assertEquals(skipped, [
        {
          id: "c",
          type: "thing",
          version: "1.0.0",
          source: "builtin:c",
          reason: "disabled",
        },
        {
          id: "a",
          type: "thing",
          version: "1.0.0",
          source: `${folder}/a`,
          reason: "disabled",
        },
      ]);
      assertEquals(imported, [`file://${folder}/b/mod.ts`]);
    },
  );
});

Deno.test("PluginHost stores disabled plugins and configurations in a file", async () => {
  await withStateFile(async (path) => {
    const seen: unknown[] = [];
    const builtins = [
      builtin("a", {
        setup({ config }) {
          seen.push(config);
          return {};
        },
      }),
      builtin("b"),
    ];
    {
      await using test = createTestHost({
        builtins,
        state: new FileStateStore(path),
      });
      await test.host.load();
      await test.host.configure("a", { depth: 2 });
      await test.host.disable("b");
    }
    await using test = createTestHost({
      builtins,
      config: { a: { depth: 1 }, b: { unused: true } },
      state: new FileStateStore(path),
    });
    const { loaded, skipped } = await test.host.load();
    assertEquals(loaded.map(({ id }) => id), ["a"]);
    assertEquals(skipped.map(({ id }) => id), ["b"]);
    // What was stored wins over the options.
    assertEquals(seen, [{}, { depth: 2 }, { depth: 2 }]);
    const stored = await new FileStateStore(path).read();
    assert(stored.ok);
    const { epoch, ...snapshot } = stored.snapshot;
    assert(epoch !== undefined);
    assertEquals(snapshot, {
      revision: 2,
      plugins: new Map<string, PluginState>([
        ["a", { config: { depth: 2 } }],
        ["b", { enabled: false }],
      ]),
    });
  });
});

Deno.test("PluginHost refuses only external plugins if the state file is invalid", async (t) => {
  const texts: Readonly<Record<string, string>> = {
    "no JSON": "{",
    empty: "",
    newer: '{"schema":2,"revision":1,"plugins":{}}',
    "another thing": "[]",
  };
  await withPlugins({ a: BOMB }, async (folder) => {
    for (const [name, text] of Object.entries(texts)) {
      await t.step(name, () =>
        withStateFile(async (path) => {
          await Deno.writeTextFile(path, text);
          await using test = createTestHost({
            sources: [folder],
            builtins: [builtin("ours")],
            state: new FileStateStore(path),
          });
          const { host } = test;
          const { loaded, refused } = await host.load();
          assertEquals(loaded.map(({ id }) => id), ["ours"]);
          assertEquals(refused.map(({ id, code }) => [id, code]), [[
            "a",
            "PLUGIN_STATE_CORRUPT",
          ]]);
          const [problem] = refused[0]?.problems ?? [];
          assert(problem && problem.remedy.length > 0);
          for (
            const change of [
              () => host.enable("a"),
              () => host.disable("ours"),
              () => host.configure("ours", { x: 1 }),
            ]
          ) {
            const error = await assertRejects(change, PluginError);
            assertEquals(error.code, "PLUGIN_STATE_CORRUPT");
          }
          // What could not be remembered was not done.
          assertEquals(host.get("ours"), {});
          assertEquals(await Deno.readTextFile(path), text);
          assertEquals(
            test.actions().filter((action) =>
              /enable|disable|config/.test(action)
            ),
            [
              "a plugin.enable.failed",
              "ours plugin.disable.failed",
              "ours plugin.config.failed",
            ],
          );
        }));
    }
  });
});

Deno.test("PluginHost rethrows errors of a custom store", async () => {
  const state: StateStore = {
    read: () =>
      Promise.resolve({
        ok: true,
        snapshot: { revision: 0, plugins: new Map() },
      }),
    update: () => Promise.reject(new RangeError("of the store")),
  };
  await using test = createTestHost({ builtins: [builtin("a")], state });
  await test.host.load();
  await assertRejects(() => test.host.disable("a"), RangeError, "of the store");
  assertEquals(test.host.get("a"), {});
  await assertRejects(() => test.host.configure("a", { x: 1 }), RangeError);
});

Deno.test("PluginHost refuses only external plugins if the store throws", async () => {
  const state: StateStore = {
    read: () => Promise.reject(new RangeError("of the store")),
    update: () => Promise.reject(new RangeError("of the store")),
  };
  await using test = createTestHost({
    builtins: [builtin("a")],
    sources: [
      new URL("../fixtures/host/crash/plugins/victim", import.meta.url),
    ],
    state,
  });
  const { loaded, refused } = await test.host.load();
  assertEquals(loaded.map(({ id }) => id), ["a"]);
  assertEquals(
    refused.map(({ code, problems }) => [code, problems[0]?.message]),
    [[
      "PLUGIN_STATE_CORRUPT",
      "Cannot read plugin state: RangeError: of the store",
    ]],
  );
});

Deno.test("PluginHost sees what another process stored", async () => {
  await withStateFile(async (path) => {
    const other = new FileStateStore(path);
    await using test = createTestHost({
      builtins: [builtin("a"), builtin("b")],
      state: new FileStateStore(path),
    });
    const { host } = test;
    await host.load();
    await other.update(({ plugins }) =>
      new Map(plugins).set("b", { enabled: false })
    );
    assertEquals((await host.plan()).map(({ kind }) => kind), ["load", "load"]);
    await host.disable("a");
    const state = await other.read();
    assert(state.ok);
    assertEquals([...state.snapshot.plugins], [
      ["a", { enabled: false }],
      ["b", { enabled: false }],
    ]);
    assertEquals(host.get("b"), undefined);
    // It has ended: disabling it is no change of the state.
    await host.disable("b");
    assertEquals(test.actions("b"), [
      "plugin.registered.builtin",
      "plugin.disabled",
      "plugin.disposed",
    ]);
  });
});
