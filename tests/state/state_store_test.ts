import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  FileStateStore,
  MemoryStateStore,
  type PluginState,
  type StateChange,
  type StateSnapshot,
  type StateStore,
} from "@semantik/plugins/state";
import { withStateFile } from "./with_state_file.ts";

/** Runs a test on each store. */
async function onEachStore(
  t: Deno.TestContext,
  body: (store: StateStore) => Promise<void>,
): Promise<void> {
  await t.step("MemoryStateStore", () => body(new MemoryStateStore()));
  await t.step(
    "FileStateStore",
    () => withStateFile((path) => body(new FileStateStore(path))),
  );
}

async function snapshotOf(store: StateStore): Promise<StateSnapshot> {
  const state = await store.read();
  assert(state.ok);
  return state.snapshot;
}

function put(id: string, state: PluginState): StateChange {
  return ({ plugins }) => new Map(plugins).set(id, state);
}

Deno.test("StateStore is empty at first", async (t) => {
  await onEachStore(t, async (store) => {
    const { revision, plugins } = await snapshotOf(store);
    assertEquals(revision, 0);
    assertEquals(plugins.size, 0);
  });
});

Deno.test("StateStore.update() counts only changes", async (t) => {
  await onEachStore(t, async (store) => {
    assertEquals(
      (await store.update(put("a", { enabled: false }))).revision,
      1,
    );
    assertEquals(
      (await store.update(put("a", { enabled: false }))).revision,
      1,
    );
    assertEquals((await store.update(() => undefined)).revision, 1);
    // A record that says nothing is no record.
    assertEquals((await store.update(put("b", {}))).revision, 1);
    assertEquals((await store.update(put("a", { enabled: true }))).revision, 2);
    const last = await store.update(() => new Map());
    assertEquals(last.revision, 3);
    assertEquals(last.plugins.size, 0);
    assertEquals(await snapshotOf(store), last);
  });
});

Deno.test("StateStore.update() returns copies of the stored state", async (t) => {
  await onEachStore(t, async (store) => {
    const config = { list: [1] };
    let seen: StateSnapshot | undefined;
    const updated = await store.update((current) => {
      seen = current;
      return new Map([["a", { config }]]);
    });
    config.list.push(2);
    for (const plugins of [seen?.plugins, updated.plugins]) {
      assert(plugins instanceof Map);
      plugins.clear();
    }
    const { plugins } = await snapshotOf(store);
    assertEquals([...plugins], [["a", { config: { list: [1] } }]]);
    assertNotStrictEquals(plugins, (await snapshotOf(store)).plugins);
    assertThrows(
      () => Object.assign(plugins.get("a") ?? {}, { enabled: false }),
      TypeError,
    );
  });
});

Deno.test("StateStore.update() ignores mutations of the argument", async (t) => {
  await onEachStore(t, async (store) => {
    await store.update(put("a", { enabled: false }));
    await assertRejects(() =>
      store.update(({ plugins }) => {
        assert(plugins instanceof Map);
        plugins.clear();
        throw new Error("no");
      })
    );
    await store.update(({ plugins }) => {
      assert(plugins instanceof Map);
      plugins.clear();
      return undefined;
    });
    assertEquals([...(await snapshotOf(store)).plugins.keys()], ["a"]);
  });
});

Deno.test("StateStore.update() orders plugins by their ids", async (t) => {
  await onEachStore(t, async (store) => {
    const ids = ["b", "10", "constructor", "9", "a-b", "a"];
    const { plugins } = await store.update(() =>
      new Map(ids.map((id) => [id, { enabled: true }]))
    );
    const sorted = ["10", "9", "a", "a-b", "b", "constructor"];
    assertEquals([...plugins.keys()], sorted);
    assertEquals([...(await snapshotOf(store)).plugins.keys()], sorted);
  });
});

Deno.test("StateStore.update() refuses values that JSON cannot represent", async (t) => {
  const rows: readonly (readonly [string, string, unknown, unknown])[] = [
    [
      "PLUGIN_CONFIG_INVALID",
      "a date",
      "a",
      { config: { when: new Date(0) } },
    ],
    ["PLUGIN_CONFIG_INVALID", "a list", "a", { config: [] }],
    [
      "PLUGIN_CONFIG_INVALID",
      "__proto__ in a config",
      "a",
      { config: JSON.parse('{"__proto__":{}}') },
    ],
    ["PLUGIN_OPTION_INVALID", "a text for enabled", "a", { enabled: "no" }],
    ["PLUGIN_OPTION_INVALID", "another field", "a", { enable: false }],
    ["PLUGIN_OPTION_INVALID", "null", "a", null],
    ["PLUGIN_OPTION_INVALID", "__proto__ as id", "__proto__", {}],
    ["PLUGIN_OPTION_INVALID", "a number as id", 1, {}],
    [
      "PLUGIN_OPTION_INVALID",
      "an unknown kind",
      "a",
      { revoked: { all: true } },
    ],
    [
      "PLUGIN_OPTION_INVALID",
      "a revocation of nothing",
      "a",
      { revocation: { at: "2026-01-02T03:04:05.000Z" } },
    ],
    [
      "PLUGIN_OPTION_INVALID",
      "a revocation at no time",
      "a",
      { revoked: { net: true }, revocation: { by: "ada", at: "yesterday" } },
    ],
    [
      "PLUGIN_OPTION_INVALID",
      "a revocation with another field",
      "*",
      {
        revoked: { net: true },
        revocation: { at: "2026-01-02T03:04:05.000Z", who: "ada" },
      },
    ],
  ];
  await onEachStore(t, async (store) => {
    await store.update(put("x", { enabled: false }));
    for (const [code, name, id, state] of rows) {
      const returned = new Map<string, PluginState>();
      // As a caller in JavaScript could.
      Reflect.apply(returned.set, returned, [id, state]);
      const error = await assertRejects(
        () => store.update(() => returned),
        PluginError,
        "Cannot store the state of plugin",
        name,
      );
      assertEquals(error.code, code, name);
    }
    assertEquals([...(await snapshotOf(store)).plugins.keys()], ["x"]);
  });
});

Deno.test("StateStore.update() refuses an asynchronous change", async (t) => {
  await onEachStore(t, async (store) => {
    for (const returned of [Promise.resolve(new Map()), null, {}, []]) {
      const error = await assertRejects(
        async () => {
          await Reflect.apply(store.update, store, [() => returned]);
        },
        PluginError,
        "did not return a Map",
      );
      assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    }
    assertEquals((await snapshotOf(store)).revision, 0);
  });
});

Deno.test("StateStore.update() lets a change reject a newer revision", async (t) => {
  await onEachStore(t, async (store) => {
    await store.update(put("a", { config: { model: "m1" } }));
    const seen = (await snapshotOf(store)).revision;
    await store.update(put("a", { config: { model: "m2" } }));
    const error = await assertRejects(
      () =>
        store.update((current) => {
          if (current.revision === seen) return new Map();
          throw new PluginError("Somebody was faster", {
            code: "PLUGIN_STATE_CONFLICT",
            remedy: "Try again",
          });
        }),
      PluginError,
    );
    assertEquals(error.code, "PLUGIN_STATE_CONFLICT");
    assertEquals((await snapshotOf(store)).revision, 2);
  });
});

Deno.test("StateStore rejects with the reason of an aborted signal", async (t) => {
  const reason = new Error("enough");
  await onEachStore(t, async (store) => {
    const signal = AbortSignal.abort(reason);
    assertEquals(await assertRejects(() => store.read({ signal })), reason);
    assertEquals(
      await assertRejects(() => store.update(() => new Map(), { signal })),
      reason,
    );
  });
});

Deno.test("MemoryStateStore copies its initial plugins", async () => {
  const given = new Map([["x", { enabled: false }]]);
  const store = new MemoryStateStore(given);
  given.clear();
  const { revision, plugins } = await snapshotOf(store);
  assertEquals(revision, 0);
  assertEquals([...plugins], [["x", { enabled: false }]]);
});

Deno.test("MemoryStateStore refuses invalid plugins", () => {
  const error = assertThrows(
    () => new MemoryStateStore([["No", { enabled: false }]]),
    PluginError,
  );
  assertEquals(
    error.message,
    'Cannot store the state of plugins: plugins["No"] is not a valid plugin ID',
  );
});
