import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { createFakeClock } from "@semantik/plugins/testing";
import { assertProblem } from "../assert_problem.ts";
import { builtin, requires } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";
import { until } from "./until.ts";
import { withPlugins } from "./with_plugins.ts";

const never = () => new Promise<never>(() => {});

/** Something of a plugin that does not settle, and that says when it began. */
function endless() {
  const began = Promise.withResolvers<void>();
  return {
    began: began.promise,
    run(): Promise<never> {
      began.resolve();
      return never();
    },
  };
}

const TIMEOUTS = { load: 100, setup: 200, health: 300, dispose: 400 };

Deno.test("PluginHost limits an import, and loads the other plugins", async () => {
  const clock = createFakeClock();
  const slow = endless();
  await withPlugins({ slow: "", quick: "" }, async (folder) => {
    await using test = createTestHost({
      sources: [folder],
      clock,
      timeouts: TIMEOUTS,
      importModule: (specifier) =>
        specifier.endsWith("/slow/mod.ts")
          ? slow.run()
          : Promise.resolve({ default: { setup: () => ({}) } }),
    });
    const loading = test.host.load();
    await slow.began;
    await until(() => test.host.get("quick") !== undefined);
    clock.advance(99);
    assertEquals(clock.pending, 1);
    clock.advance(1);
    const { loaded, failed } = await loading;
    assertEquals(loaded.map(({ id }) => id), ["quick"]);
    assertEquals(failed.map(({ id, code }) => [id, code]), [
      ["slow", "PLUGIN_TIMEOUT"],
    ]);
    assertProblem(failed[0]?.problems[0], [
      "PLUGIN_TIMEOUT",
      ["import", '"slow"', "within 100 ms"],
    ]);
    assertEquals(clock.pending, 0);
  });
});

Deno.test("PluginHost limits a module with an endless top-level await", async () => {
  const clock = createFakeClock();
  const code = `await new Promise((resolve) => {
    globalThis[Symbol.for("top-level-test")] = resolve; });
    export default { setup: () => ({}) };`;
  const key = Symbol.for("top-level-test");
  await withPlugins({ slow: code }, async (folder) => {
    await using test = createTestHost({ sources: [folder], clock });
    const loading = test.host.load();
    await until(() => Reflect.has(globalThis, key));
    clock.advance(10_000);
    const { failed } = await loading;
    assertEquals(failed.map(({ code }) => code), ["PLUGIN_TIMEOUT"]);
    // The module has to end before the test does: nothing else can end it.
    const end: unknown = Reflect.get(globalThis, key);
    assert(typeof end === "function");
    end();
    Reflect.deleteProperty(globalThis, key);
  });
});

Deno.test("PluginHost disposes a plugin once if its setup settles too late", async () => {
  const clock = createFakeClock();
  const setup = Promise.withResolvers<object>();
  const began = Promise.withResolvers<void>();
  const disposed = Promise.withResolvers<void>();
  let disposals = 0;
  let signal: AbortSignal | undefined;
  await using test = createTestHost({
    clock,
    timeouts: TIMEOUTS,
    builtins: [
      builtin("slow", {
        setup(context) {
          signal = context.signal;
          began.resolve();
          return setup.promise;
        },
        dispose() {
          disposals++;
          disposed.resolve();
        },
      }),
      builtin("needs", {}, requires("slow")),
    ],
  });
  const loading = test.host.load();
  await began.promise;
  clock.advance(199);
  assertEquals(clock.pending, 1);
  clock.advance(1);
  const { loaded, failed, refused } = await loading;
  assertEquals(loaded, []);
  assertProblem(failed[0]?.problems[0], [
    "PLUGIN_TIMEOUT",
    ["set up", '"slow"', "within 200 ms"],
  ]);
  assertEquals(refused.map(({ id, code }) => [id, code]), [
    ["needs", "PLUGIN_DEPENDENCY_FAILED"],
  ]);
  assert(signal?.aborted, "a setup that is too late is told so");
  assertEquals(disposals, 0);

  setup.resolve({ late: true });
  await disposed.promise;
  assertEquals(test.host.get("slow"), undefined);
  await test.host[Symbol.asyncDispose]();
  assertEquals(disposals, 1);
});

Deno.test("PluginHost ignores a setup that rejects after its time limit", async () => {
  const clock = createFakeClock();
  const setup = Promise.withResolvers<object>();
  const began = Promise.withResolvers<void>();
  let disposals = 0;
  await using test = createTestHost({
    clock,
    builtins: [builtin("slow", {
      setup() {
        began.resolve();
        return setup.promise;
      },
      dispose: () => disposals++,
    })],
  });
  const loading = test.host.load();
  await began.promise;
  clock.advance(10_000);
  await loading;
  setup.reject(null);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(disposals, 0);
  assertEquals(test.actions("slow"), ["plugin.load.failed"]);
});

Deno.test("PluginHost limits the validation of a configuration by timeouts.setup", async () => {
  const clock = createFakeClock();
  const validation = endless();
  await using test = createTestHost({
    clock,
    timeouts: TIMEOUTS,
    builtins: [builtin("a", {
      configSchema: {
        "~standard": { version: 1, vendor: "test", validate: validation.run },
      },
    })],
  });
  const loading = test.host.load();
  await validation.began;
  clock.advance(200);
  const { failed } = await loading;
  assertEquals(failed.map(({ code }) => code), ["PLUGIN_TIMEOUT"]);
  assertProblem(failed[0]?.problems[0], [
    "PLUGIN_TIMEOUT",
    ["configuration", '"a"', "within 200 ms"],
  ]);
});

Deno.test("PluginHost limits a dispose, and continues with the other plugins", async () => {
  const clock = createFakeClock();
  const ended: string[] = [];
  const disposing = endless();
  const test = createTestHost({
    clock,
    timeouts: TIMEOUTS,
    builtins: [
      builtin("first", { dispose: () => ended.push("first") }),
      builtin("hangs", { dispose: disposing.run }),
      builtin("last", { dispose: () => ended.push("last") }),
    ],
  });
  await test.host.load();
  const disposal = assertRejects(
    () => test.host[Symbol.asyncDispose](),
    PluginError,
    'Cannot dispose plugin "hangs": it did not settle within 400 ms',
  );
  await disposing.began;
  await until(() =>
    test.actions().filter((one) => one.endsWith("disposed")).length === 2
  );
  clock.advance(400);
  const error = await disposal;
  assertEquals(error.code, "PLUGIN_TIMEOUT");
  assertEquals(ended, ["last", "first"]);
});

Deno.test("PluginHost limits a health check that ignores its signal", async () => {
  const clock = createFakeClock();
  const began = Promise.withResolvers<void>();
  await using test = createTestHost({
    clock,
    timeouts: TIMEOUTS,
    builtins: [
      builtin("hangs", {
        healthCheck({ signal }) {
          began.resolve();
          return new Promise(() => signal.addEventListener("abort", () => {}));
        },
      }),
      builtin("well", { healthCheck: () => true }),
    ],
  });
  await test.host.load();
  const checking = test.host.health();
  await began.promise;
  await until(() => test.actions("well").includes("plugin.health_check"));
  clock.advance(300);
  const found = await checking;
  assertEquals(found.get("well")?.status, "healthy");
  assertEquals(found.get("hangs"), {
    status: "unhealthy",
    message:
      'Cannot check the health of plugin "hangs": it did not settle within 300 ms',
    latencyMs: 300,
    checkedAt: "1970-01-01T00:00:00.000Z",
  });
});

Deno.test("PluginHost applies timeouts.plugins to single plugins", async () => {
  const clock = createFakeClock();
  const hanging = () => new Promise<never>(() => {});
  await using test = createTestHost({
    clock,
    timeouts: {
      ...TIMEOUTS,
      plugins: {
        patient: { setup: 5_000 },
        hasty: { setup: 50 },
        constructor: { setup: 1 },
      },
    },
    builtins: [
      builtin("patient", { setup: hanging }),
      builtin("hasty", { setup: hanging }),
      builtin("other", { setup: hanging }),
      builtin("well"),
    ],
  });
  const { host } = test;
  const failed = (id: string) =>
    test.actions(id).includes("plugin.load.failed");
  const loading = host.load();
  await until(() => test.actions("well").length > 0);
  await clock.untilPending(1);
  const seen: (readonly [number, readonly string[]])[] = [];
  let time = 0;
  for (const until of [50, 199, 200, 4_999, 5_000]) {
    clock.advance(until - time);
    time = until;
    await new Promise((resolve) => setTimeout(resolve));
    seen.push([
      until,
      ["patient", "hasty", "other", "toString"].filter(failed),
    ]);
  }
  assertEquals(seen, [
    [50, ["hasty"]],
    [199, ["hasty"]],
    [200, ["hasty", "other"]],
    [4_999, ["hasty", "other"]],
    [5_000, ["patient", "hasty", "other"]],
  ]);
  const { failed: reports } = await loading;
  assertEquals(
    reports.map(({ problems }) => problems[0]?.message.split("within ").at(-1)),
    ["5000 ms", "50 ms", "200 ms"],
  );
});
