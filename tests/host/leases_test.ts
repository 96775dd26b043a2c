import { assert, assertEquals, assertRejects } from "@std/assert";
import { contract, PluginError } from "@semantik/plugins";
import { createFakeClock } from "@semantik/plugins/testing";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { until } from "./until.ts";

interface Thing {
  run(): unknown;
}

const THING = { thing: contract<Thing>("run") };
const thing = { setup: () => ({ run: () => "ran" }) };

Deno.test("PluginHost.disable() waits for running calls, and rejects new ones", async () => {
  const call = Promise.withResolvers<void>();
  const order: string[] = [];
  await using test = createTestHost({
    contracts: THING,
    builtins: [
      builtin("a", { ...thing, dispose: () => order.push("disposed") }),
    ],
  });
  const { host } = test;
  await host.load();
  const signals: AbortSignal[] = [];
  const using = host.use("a", "thing", async (_, { signal }) => {
    signals.push(signal);
    await call.promise;
    order.push("called");
  });
  const disabling = host.disable("a");
  // It is out of use when what was decided is remembered, not when it is over.
  await until(() => host.get("a") === undefined);
  const error = await assertRejects(
    () => host.use("a", "thing", () => 1),
    PluginError,
  );
  assertEquals(error.code, "PLUGIN_NOT_LIVE");
  assertEquals(order, []);
  call.resolve();
  await Promise.all([using, disabling]);
  assertEquals(order, ["called", "disposed"]);
  assertEquals(signals.map(({ aborted }) => aborted), [false]);
});

Deno.test("PluginHost.disable() aborts calls that take longer than the limit of dispose", async () => {
  const clock = createFakeClock();
  const order: string[] = [];
  await using test = createTestHost({
    clock,
    timeouts: { dispose: 500 },
    contracts: THING,
    builtins: [
      builtin("a", { ...thing, dispose: () => order.push("disposed") }),
    ],
  });
  const { host } = test;
  await host.load();
  const began = Promise.withResolvers<void>();
  const using = assertRejects(
    () =>
      host.use("a", "thing", (_, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            order.push("aborted");
            reject(signal.reason);
          });
          began.resolve();
        })),
    PluginError,
  );
  await began.promise;
  const disabling = host.disable("a");
  await clock.untilPending(1);
  clock.advance(499);
  assertEquals(order, []);
  clock.advance(1);
  await disabling;
  assertEquals((await using).code, "PLUGIN_NOT_LIVE");
  assertEquals(order, ["aborted", "disposed"]);
});

Deno.test("PluginHost.disable() called from within a call waits no longer than the limit", async () => {
  const clock = createFakeClock();
  await using test = createTestHost({
    clock,
    timeouts: { dispose: 500 },
    contracts: THING,
    builtins: [builtin("a", thing)],
  });
  const { host } = test;
  await host.load();
  const using = host.use("a", "thing", () => host.disable("a"));
  await clock.untilPending(1);
  clock.advance(500);
  await using;
  assertEquals(host.get("a"), undefined);
});

Deno.test("PluginHost.use() ignores an own then of a promise", async () => {
  const call = Promise.withResolvers<void>();
  const order: string[] = [];
  await using test = createTestHost({
    contracts: THING,
    builtins: [
      builtin("a", { ...thing, dispose: () => order.push("disposed") }),
    ],
  });
  const { host } = test;
  await host.load();
  const odd: readonly PropertyDescriptor[] = [
    { value: () => {} },
    {
      value(resolve: (value: unknown) => void) {
        resolve("once");
        resolve("twice");
      },
    },
    {
      get() {
        throw new Error("own");
      },
    },
  ];
  for (const then of odd) {
    const promise = Object.defineProperty(Promise.resolve("ran"), "then", then);
    const used = host.use("a", "thing", () => promise);
    assertEquals(await used, "ran");
  }
  const proxy = new Proxy(Promise.resolve("ran"), {
    get: (_, key) =>
      key === "then"
        ? (resolve: (value: string) => void) => {
          resolve("once");
          resolve("twice");
        }
        : undefined,
  });
  assertEquals(await host.use("a", "thing", () => proxy), "once");
  // Each call was counted once: one that runs is still waited for.
  const using = host.use("a", "thing", async () => {
    await call.promise;
    order.push("called");
  });
  const disabling = host.disable("a");
  await until(() => host.get("a") === undefined);
  call.resolve();
  await Promise.all([using, disabling]);
  assertEquals(order, ["called", "disposed"]);
});

Deno.test("PluginHost.disable() aborts the call and the plugin with separate errors", async () => {
  const clock = createFakeClock();
  const reasons: unknown[] = [];
  await using test = createTestHost({
    clock,
    timeouts: { dispose: 500 },
    contracts: THING,
    builtins: [builtin("a", {
      setup({ signal }) {
        signal.addEventListener("abort", () => reasons.push(signal.reason));
        return { run: () => "ran" };
      },
    })],
  });
  const { host } = test;
  await host.load();
  const using = host.use(
    "a",
    "thing",
    (_, { signal }) =>
      new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => {
          reasons.push(signal.reason);
          resolve();
        })
      ),
  );
  const disabling = host.disable("a");
  await clock.untilPending(1);
  clock.advance(500);
  await Promise.all([using, disabling]);
  const [first, second] = reasons;
  assert(first instanceof PluginError && second instanceof PluginError);
  assertEquals(first.message, second.message);
  assert(first !== second);
});
