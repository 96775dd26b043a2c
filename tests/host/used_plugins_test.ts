import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Plugin, PluginError } from "@semantik/plugins";
import { createTestHost, type TestHost } from "@semantik/plugins/testing";

interface Store {
  query(): Promise<never>;
}

const asked = { resolve: () => {} };

/** A plugin whose calls never settle. */
const store: Plugin<unknown, Store> = {
  setup: () => ({
    query() {
      asked.resolve();
      return new Promise<never>(() => {});
    },
  }),
};

function hostOf(
  plugin: Plugin,
  stores: readonly string[] = ["store"],
): TestHost {
  const manifest = { type: "note", version: "1.0.0" };
  return createTestHost({
    timeouts: { setup: 200, health: 300, dispose: 400 },
    builtins: [
      ...stores.map((id) => ({ manifest: { ...manifest, id }, plugin: store })),
      {
        manifest: {
          ...manifest,
          id: "reader",
          requires: stores.map((id) => ({ id, version: "^1.0.0" })),
        },
        plugin,
      },
    ],
  });
}

/** Lets time pass as soon as the store is asked. */
async function timedOut<Value>(
  { clock }: TestHost,
  run: () => Promise<Value>,
): Promise<Value> {
  const began = Promise.withResolvers<void>();
  asked.resolve = began.resolve;
  const running = run();
  running.catch(() => {});
  await began.promise;
  clock.advance(500);
  return await running;
}

const SAYS = 'it uses plugin "store", for which it may wait';
const REMEDY = 'Find what it waits for, first in plugin "store", or allow it ' +
  'more time: timeouts.plugins["reader"]';

Deno.test("PluginHost names the used plugin when a setup times out", async () => {
  await using host = hostOf({
    setup: ({ use }) => use<Store>("store")?.query() ?? {},
  });
  const { failed } = await timedOut(host, () => host.load());
  assertEquals(failed[0]?.problems, [{
    code: "PLUGIN_TIMEOUT",
    message:
      'Cannot set up plugin "reader": it did not settle within 200 ms; ' +
      SAYS,
    remedy: REMEDY,
  }]);
});

Deno.test("PluginHost names the used plugin when a later call times out", async (t) => {
  const wait: { store: Store | undefined } = { store: undefined };
  const setup: Plugin["setup"] = ({ use }) => {
    wait.store = use<Store>("store");
    return {};
  };
  const query = () => wait.store?.query();
  await t.step("healthCheck", async () => {
    await using host = hostOf({ setup, healthCheck: query });
    await host.load();
    const health = await timedOut(host, () => host.health());
    assertStringIncludes(health.get("reader")?.message ?? "", SAYS);
  });
  await t.step("reconfigure", async () => {
    await using host = hostOf({ setup, reconfigure: query });
    await host.load();
    const error = await assertRejects(
      () => timedOut(host, () => host.configure("reader", { a: 1 })),
      PluginError,
      SAYS,
    );
    assertEquals(error.remedy, REMEDY);
  });
  await t.step("dispose", async () => {
    await using host = hostOf({ setup, dispose: query });
    await host.load();
    await timedOut(host, () => host.disable("reader").catch(() => {}));
    const details = JSON.stringify(host.audit.events);
    assertStringIncludes(details, JSON.stringify(SAYS).slice(1, -1));
  });
});

Deno.test("PluginHost names a few of many used plugins, and no others", async () => {
  const stores = ["one", "two", "three", "four", "five", "unused"];
  await using host = hostOf({
    setup: ({ use }) =>
      stores.slice(0, -1).map((id) => use<Store>(id))[0]?.query() ?? {},
  }, stores);
  const { failed } = await timedOut(host, () => host.load());
  assertStringIncludes(
    failed[0]?.problems[0]?.message ?? "",
    'it uses plugins "one", "two", "three" and 2 more, for which it may wait',
  );
  await using alone = hostOf({
    setup() {
      asked.resolve();
      return new Promise<never>(() => {});
    },
  });
  const report = await timedOut(alone, () => alone.load());
  assertStringIncludes(
    report.failed[0]?.problems[0]?.message ?? "",
    'plugin "reader": it did not settle within 200 ms',
  );
});
