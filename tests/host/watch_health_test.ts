import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { createFakeClock, type FakeClock } from "@semantik/plugins/testing";
import { builtin } from "./builtin.ts";
import { createTestHost, type TestHost } from "./test_host.ts";
import { until } from "./until.ts";

/** Has each check recorded: the tests wait for that. */
const EACH = { recordEvery: 0 };

/** A plugin whose health checks a test settles one by one. */
function answering() {
  const open: ((status: string) => void)[] = [];
  let asked = Promise.withResolvers<void>();
  let most = 0;
  return {
    plugin: {
      healthCheck: () =>
        new Promise((resolve) => {
          open.push((status) => resolve({ status }));
          most = Math.max(most, open.length);
          asked.resolve();
        }),
    },
    /** The highest number of pending checks. */
    get most(): number {
      return most;
    },
    /** Waits for the next question. */
    async asked(): Promise<void> {
      await asked.promise;
      asked = Promise.withResolvers();
    },
    answer(status: string): void {
      open.shift()?.(status);
    },
  };
}

/** Waits until a round is over and the interval has begun. */
async function roundOver(
  test: TestHost,
  clock: FakeClock,
  count: number,
): Promise<void> {
  const isCheck = (action: string) => action === "plugin.health_check";
  await until(() => test.actions("a").filter(isCheck).length >= count);
  await clock.untilPending(1);
}

Deno.test("PluginHost.watchHealth() checks after each interval, and emits only changes", async () => {
  const clock = createFakeClock();
  const one = answering();
  await using test = createTestHost({
    clock,
    health: EACH,
    builtins: [builtin("a", one.plugin)],
  });
  const { host } = test;
  await host.load();
  const changes: unknown[] = [];
  host.events.addEventListener("healthchange", ({ detail }) => {
    changes.push([detail.id, detail.previous?.status, detail.health.status]);
  });
  const end = new AbortController();
  const watching = host.watchHealth({ every: 1_000, signal: end.signal });
  const answers = ["healthy", "healthy", "degraded", "degraded", "healthy"];
  for (const [index, status] of answers.entries()) {
    await one.asked();
    one.answer(status);
    await roundOver(test, clock, index + 1);
    clock.advance(999);
    assertEquals(clock.pending, 1);
    clock.advance(1);
  }
  await one.asked();
  one.answer("healthy");
  await roundOver(test, clock, 6);
  end.abort();
  await watching;
  assertEquals(changes, [
    ["a", undefined, "healthy"],
    ["a", "healthy", "degraded"],
    ["a", "degraded", "healthy"],
  ]);
  assertEquals([clock.pending, one.most], [0, 1]);
});

Deno.test("PluginHost.watchHealth() starts a round after the previous one ended", async () => {
  const clock = createFakeClock();
  const one = answering();
  await using test = createTestHost({
    clock,
    health: EACH,
    timeouts: { health: 60_000 },
    builtins: [builtin("a", one.plugin)],
  });
  await test.host.load();
  const end = new AbortController();
  const watching = test.host.watchHealth({ every: 1, signal: end.signal });
  await one.asked();
  for (let second = 0; second < 50; second++) {
    clock.advance(1_000);
    await Promise.resolve();
  }
  assertEquals(one.most, 1);
  end.abort();
  one.answer("healthy");
  await watching;
  assertEquals(one.most, 1);
});

Deno.test("PluginHost.watchHealth() continues after a check that times out", async () => {
  const clock = createFakeClock();
  const one = answering();
  await using test = createTestHost({
    clock,
    health: EACH,
    builtins: [builtin("a", one.plugin)],
  });
  const { host } = test;
  await host.load();
  const changes: unknown[] = [];
  host.events.addEventListener("healthchange", ({ detail }) => {
    changes.push(detail.health.status);
  });
  const end = new AbortController();
  const watching = host.watchHealth({ every: 1_000, signal: end.signal });
  await one.asked();
  clock.advance(10_000);
  await roundOver(test, clock, 1);
  clock.advance(1_000);
  await one.asked();
  // The first answer is too late for anybody.
  one.answer("degraded");
  one.answer("healthy");
  await roundOver(test, clock, 2);
  end.abort();
  await watching;
  assertEquals(changes, ["unhealthy", "healthy"]);
});

Deno.test("PluginHost.watchHealth() ends with the host or its signal", async () => {
  const clock = createFakeClock();
  const one = answering();
  const test = createTestHost({
    clock,
    health: EACH,
    builtins: [builtin("a", one.plugin)],
  });
  await test.host.load();
  await test.host.watchHealth({ every: 1, signal: AbortSignal.abort() });
  assertEquals(one.most, 0);
  const watching = test.host.watchHealth({ every: 1_000 });
  await one.asked();
  one.answer("healthy");
  await roundOver(test, clock, 1);
  await test.host[Symbol.asyncDispose]();
  await watching;
  assertEquals(clock.pending, 0);
});

Deno.test("PluginHost.watchHealth() follows enabled and disabled plugins", async () => {
  const clock = createFakeClock();
  let count = 0;
  await using test = createTestHost({
    clock,
    health: EACH,
    builtins: [builtin("a", { healthCheck: () => void count++ })],
  });
  const { host } = test;
  await host.load();
  const end = new AbortController();
  const watching = host.watchHealth({ every: 1_000, signal: end.signal });
  await roundOver(test, clock, 1);
  await host.disable("a");
  clock.advance(1_000);
  await clock.untilPending(1);
  assertEquals(count, 1);
  await host.enable("a");
  clock.advance(1_000);
  await roundOver(test, clock, 2);
  assertEquals(count, 2);
  end.abort();
  await watching;
});

Deno.test("PluginHost.watchHealth() refuses an invalid interval", async (t) => {
  await using test = createTestHost();
  for (const every of [0, -1, NaN, Infinity, 2 ** 31]) {
    await t.step(String(every), async () => {
      const error = await assertRejects(
        () => test.host.watchHealth({ every }),
        PluginError,
      );
      assertEquals(error.code, "PLUGIN_OPTION_INVALID");
      assert(error.remedy.length > 0);
    });
  }
});
