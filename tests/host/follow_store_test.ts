import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Builtin, PluginError, PluginHost } from "@semantik/plugins";
import {
  FileStateStore,
  MemoryStateStore,
  type PluginState,
  type StateReadResult,
  type StateStore,
} from "@semantik/plugins/state";
import { createFakeClock } from "@semantik/plugins/testing";
import { disabling } from "../stores/contract.ts";
import { withStateFile } from "../state/with_state_file.ts";
import { builtin, requires } from "./builtin.ts";
import { createTestHost, type TestHost } from "./test_host.ts";
import { until } from "./until.ts";
import { withPlugins } from "./with_plugins.ts";

const PLUGIN = "export default { setup: () => ({}) };";

/** A store without `watch`, which can be out of reach. */
class PolledStore implements StateStore {
  isReachable = true;
  reads = 0;

  constructor(readonly memory: MemoryStateStore = new MemoryStateStore()) {}

  async read(): Promise<StateReadResult> {
    this.reads++;
    if (!this.isReachable) throw new Error("Connection refused");
    return await this.memory.read();
  }

  update: StateStore["update"] = (change, options) =>
    this.isReachable
      ? this.memory.update(change, options)
      : Promise.reject(new Error("Connection refused"));
}

/** Tests if a copy has a disabled plugin. */
function keepsDisabled(path: string): boolean {
  try {
    return Deno.readTextFileSync(path).includes('"enabled": false');
  } catch {
    return false;
  }
}

async function createFollowing(
  builtins: readonly Builtin[],
  states: readonly (readonly [string, PluginState])[] = [],
): Promise<{ test: TestHost; state: MemoryStateStore }> {
  const state = new MemoryStateStore(states);
  const test = createTestHost({ builtins, state, follow: {} });
  await test.host.load();
  return { test, state };
}

function put(
  state: StateStore,
  id: string,
  own: PluginState,
): Promise<unknown> {
  return state.update(({ plugins }) => new Map(plugins).set(id, own));
}

Deno.test("PluginHost follows what others disable and enable", async () => {
  const { test, state } = await createFollowing([
    builtin("base"),
    builtin("user", {}, requires("base")),
    builtin("other"),
  ]);
  await using _test = test;
  const { host } = test;
  const { revision } = await state.update(disabling("base"));
  await until(() => test.actions("base").includes("plugin.disposed"));
  assertEquals([host.get("base"), host.get("user")], [undefined, undefined]);
  assert(host.get("other") !== undefined);

  await put(state, "base", {});
  await until(() => host.get("user") !== undefined);
  assert(host.get("base") !== undefined);
  assertEquals(test.actions("base"), [
    "plugin.registered.builtin",
    "plugin.disabled",
    "plugin.disposed",
    "plugin.enabled",
    "plugin.registered.builtin",
  ]);
  const decisions = test.events()
    .filter(({ action }) =>
      action === "plugin.disabled" || action === "plugin.enabled"
    )
    .map(({ action, by, revision }) => [action, by, revision]);
  assertEquals(decisions, [
    ["plugin.disabled", "store", revision],
    ["plugin.enabled", "store", revision + 1],
  ]);
  // It follows without writing anything.
  const stored = await state.read();
  assert(stored.ok);
  assertEquals(stored.snapshot.revision, revision + 1);
});

Deno.test("PluginHost loads what was disabled at its start, when others enable it", async () => {
  const { test, state } = await createFollowing([builtin("a")], [
    ["a", { enabled: false }],
  ]);
  await using _test = test;
  assertEquals(test.host.get("a"), undefined);
  await put(state, "a", {});
  await until(() => test.host.get("a") !== undefined);
});

Deno.test("PluginHost loads nothing that failed, when others store something", async () => {
  let starts = 0;
  const { test, state } = await createFollowing([
    builtin("broken", {
      setup() {
        starts++;
        throw new Error("No");
      },
    }),
    builtin("user", {}, requires("broken")),
    builtin("other"),
  ]);
  await using _test = test;
  await state.update(disabling("other"));
  await until(() => test.actions("other").includes("plugin.disposed"));
  await put(state, "other", {});
  await until(() => test.host.get("other") !== undefined);
  assertEquals(starts, 1);

  // Switching it off and on again is the way to try it once more.
  await state.update(disabling("broken"));
  await state.update(disabling("other"));
  await until(() => test.host.get("other") === undefined);
  await put(state, "broken", {});
  await until(() => starts === 2);
});

Deno.test("PluginHost follows what others configure, and keeps a configuration that the plugin accepts", async () => {
  const seen: unknown[] = [];
  const { test, state } = await createFollowing([
    builtin("a", {
      setup({ config }) {
        seen.push(config);
        if (JSON.stringify(config).includes("bad")) throw new Error("Bad");
        return {};
      },
    }),
    builtin("b"),
  ]);
  await using _test = test;
  await put(state, "a", { config: { tone: "warm" } });
  await until(() => test.actions("a").includes("plugin.config.updated"));
  const updated = test.events().find(({ action }) =>
    action === "plugin.config.updated"
  );
  assertEquals([updated?.by, updated?.config_keys], ["store", ["tone"]]);

  await put(state, "a", { config: { tone: "bad" } });
  await until(() => test.actions("a").includes("plugin.config.failed"));
  assert(test.host.get("a") !== undefined);
  const count = seen.length;
  assertEquals(seen.at(-1), { tone: "warm" });

  // What the plugin refused is not tried again and again.
  await state.update(disabling("b"));
  await until(() => test.host.get("b") === undefined);
  assertEquals(seen.length, count);
  await put(state, "a", {});
  await until(() => seen.length > count);
  assertEquals(seen.at(-1), {});
});

Deno.test("PluginHost follows consents and revocations of others", async () => {
  const a = {
    code: PLUGIN,
    manifest: { permissions: { net: ["example.com:443"] } },
  };
  await withPlugins({ a }, async (folder) => {
    const state = new MemoryStateStore();
    const options = {
      sources: [folder],
      state,
      permissions: "report",
      consent: "required",
    } as const;
    await using test = createTestHost({ ...options, follow: {} });
    await using other = createTestHost(options);
    await Promise.all([test.host.load(), other.host.load()]);
    assertEquals(test.host.get("a"), undefined);

    await other.host.grant("a", undefined, { by: "alice" });
    await until(() => test.host.get("a") !== undefined);
    const granted = test.events().find(({ action }) =>
      action === "plugin.consent.granted"
    );
    assertEquals([granted?.by, granted?.until], ["store", "always"]);

    await other.host.revoke("a");
    await until(() => test.actions("a").includes("plugin.disposed"));
    const revoked = test.events().find(({ action }) =>
      action === "plugin.consent.revoked" || action === "permission.revoked"
    );
    assertEquals(revoked?.by, "store");

    await other.host.grant("a");
    await until(() => test.host.get("a") !== undefined);
    await other.host.revoke("*", { net: true });
    await until(() => test.host.get("a") === undefined);
    await other.host.grant("*", { net: true });
    await until(() => test.host.get("a") !== undefined);
    const given = test.events().find(({ action }) =>
      action === "permission.granted"
    );
    assertEquals(given?.by, "store");
  });
});

Deno.test("PluginHost reads a store without hints in intervals", async () => {
  const clock = createFakeClock();
  const state = new PolledStore();
  await using test = createTestHost({
    builtins: [builtin("a")],
    state,
    clock,
    follow: { poll: 1_000 },
  });
  await test.host.load();
  await clock.untilPending(1);
  await state.memory.update(disabling("a"));
  clock.advance(999);
  assert(test.host.get("a") !== undefined);
  clock.advance(1);
  await until(() => test.host.get("a") === undefined);
});

Deno.test("PluginHost keeps plugins disabled when another host finds the store empty", async () => {
  const state = new MemoryStateStore();
  let current: StateStore = state;
  const store: StateStore = {
    read: (options) => current.read(options),
    update: (change, options) => current.update(change, options),
  };
  const clock = createFakeClock();
  await using test = createTestHost({
    builtins: [builtin("a"), builtin("b")],
    state: store,
    clock,
    follow: { poll: 1_000 },
  });
  await test.host.load();
  await test.host.disable("a");
  // The engine was emptied, and others wrote more often than before.
  const empty = new MemoryStateStore();
  for (let count = 0; count < 9; count++) {
    await put(empty, "b", { config: { count } });
  }
  current = empty;
  await clock.untilPending(1);
  clock.advance(1_000);
  await until(() => test.actions().includes("host:test host.state.reverted"));
  const event = test.events().find(({ action }) =>
    action === "host.state.reverted"
  );
  assertEquals(
    [event?.level, event?.code, event?.kept_disabled],
    ["error", "PLUGIN_STATE_REVERTED", ["a"]],
  );
  assertEquals(test.host.get("a"), undefined);
  await until(() => test.actions("b").includes("plugin.config.updated"));

  // Once the decision is stored again, others may decide anew.
  await empty.update(disabling("a"));
  await clock.untilPending(1);
  clock.advance(1_000);
  await clock.untilPending(1);
  await put(empty, "a", {});
  await until(() => {
    clock.advance(1_000);
    return test.host.get("a") !== undefined;
  });
});

Deno.test("PluginHost reports a store that is out of reach for too long, and ends external plugins if asked", async (t) => {
  for (const onStale of ["keep", "disable"] as const) {
    await t.step(
      onStale,
      () =>
        withPlugins({ outside: PLUGIN }, async (folder) => {
          const clock = createFakeClock();
          const state = new PolledStore();
          await using test = createTestHost({
            sources: [folder],
            builtins: [builtin("inside")],
            state,
            clock,
            follow: { poll: 1_000, staleAfter: 3_000, onStale },
          });
          const { host } = test;
          await host.load();
          state.isReachable = false;
          const passASecond = async () => {
            const { reads } = state;
            await clock.untilPending(1);
            clock.advance(1_000);
            await until(() => state.reads > reads);
          };
          for (let second = 0; second < 3; second++) await passASecond();
          assert(host.get("outside") !== undefined);
          assertEquals(test.actions("host:test"), []);

          await passASecond();
          await until(() =>
            test.actions("host:test").includes("host.state.stale")
          );
          if (onStale === "disable") {
            await until(() => host.get("outside") === undefined);
          }
          await passASecond();
          assertEquals(host.get("outside") !== undefined, onStale === "keep");
          assert(host.get("inside") !== undefined);

          state.isReachable = true;
          await passASecond();
          await until(() => host.get("outside") !== undefined);
          await until(() =>
            test.actions("host:test").includes("host.state.current")
          );
          assertEquals(test.actions("host:test"), [
            "host.state.stale",
            "host.state.current",
          ]);
        }),
    );
  }
});

Deno.test("PluginHost starts with a recent copy of a store that is out of reach", async (t) => {
  for (const age of [30_000, 90_000]) {
    await t.step(
      `${age} ms old`,
      () =>
        withStateFile((path) =>
          withPlugins({ a: PLUGIN, b: PLUGIN }, async (folder) => {
            const state = new PolledStore();
            const create = (now: number) =>
              createTestHost({
                sources: [folder],
                state,
                clock: createFakeClock({ now }),
                follow: { copy: new FileStateStore(path) },
              });
            {
              await using test = create(1_000_000);
              await test.host.load();
              await test.host.disable("a");
              await until(() => keepsDisabled(path));
            }
            state.isReachable = false;
            await using test = create(1_000_000 + age);
            const { loaded, skipped, refused } = await test.host.load();
            const isRecent = age <= 60_000;
            assertEquals(
              [loaded, skipped, refused].map((list) =>
                list.map(({ id }) => id)
              ),
              isRecent ? [["b"], ["a"], []] : [[], [], ["a", "b"]],
            );
            assertEquals(
              test.actions("host:test").includes("host.state.copied"),
              isRecent,
            );
          })
        ),
    );
  }
});

Deno.test("PluginHost notices at its start that the store lost what its copy has", async () => {
  await withStateFile(async (path) => {
    const builtins = [builtin("a")];
    const follow = { copy: new FileStateStore(path) };
    {
      const state = new MemoryStateStore();
      await using test = createTestHost({ builtins, state, follow });
      await test.host.load();
      await test.host.disable("a");
      await until(() => keepsDisabled(path));
    }
    await using test = createTestHost({
      builtins,
      state: new MemoryStateStore(),
      follow,
    });
    await test.host.load();
    assertEquals(test.host.get("a"), undefined);
    assert(test.actions().includes("host:test host.state.reverted"));
  });
});

Deno.test("PluginHost follows in time although another plugin is slow", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { test, state } = await createFollowing([
    builtin("slow", { setup: () => ({}), dispose: () => promise }),
    builtin("fast"),
  ]);
  await using _test = test;
  await state.update(disabling("slow"));
  await until(() => test.host.get("slow") === undefined);
  await state.update(disabling("fast"));
  await until(() => test.actions("fast").includes("plugin.disposed"));
  resolve();
});

Deno.test("PluginHost follows what others decide while it ends the same plugin", async (t) => {
  const decisions: Readonly<
    Record<string, (host: PluginHost, state: StateStore) => Promise<unknown>>
  > = {
    "because of others": (_, state) => state.update(disabling("a")),
    "by itself": (host) => host.disable("a"),
  };
  for (const [name, disable] of Object.entries(decisions)) {
    await t.step(name, async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const { test, state } = await createFollowing([
        builtin("a", { setup: () => ({}), dispose: () => promise }),
        builtin("b"),
      ]);
      await using _test = test;
      const disabled = disable(test.host, state);
      await until(() => test.host.get("a") === undefined);
      await put(state, "a", {});
      // It has seen that when it follows the next decision.
      await state.update(disabling("b"));
      await until(() => test.host.get("b") === undefined);
      assertEquals(test.host.get("a"), undefined);
      resolve();
      await disabled;
      await until(() => test.host.get("a") !== undefined);
    });
  }
});

Deno.test("PluginHost rejects invalid options of follow", () => {
  const create = (follow: unknown) => () =>
    Reflect.construct(PluginHost, [{ name: "a", version: "1.0.0", follow }]);
  for (
    const [follow, shown] of [
      [true, 'option "follow"'],
      [{ poll: 0 }, "follow.poll"],
      [{ staleAfter: Infinity }, "follow.staleAfter"],
      [{ onStale: "stop" }, "follow.onStale"],
      [{ every: 1 }, 'follow["every"]'],
      [{ copy: new MemoryStateStore() }, "follow.copy"],
    ]
  ) {
    const error = assertThrows(create(follow), PluginError);
    assertEquals(error.code, "PLUGIN_OPTION_INVALID");
    assert(error.message.includes(String(shown)), error.message);
  }
});
