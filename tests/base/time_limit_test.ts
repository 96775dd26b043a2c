import { assert, assertEquals, assertRejects } from "@std/assert";
import { createFakeClock } from "@semantik/plugins/testing";
import { systemClock, withTimeLimit } from "../../src/base/timing.ts";

Deno.test("withTimeLimit() returns a value that settles in time, and leaves no timer", async () => {
  const clock = createFakeClock();
  const { promise, resolve } = Promise.withResolvers<string>();
  const limited = withTimeLimit(promise, 100, clock);
  assertEquals(clock.pending, 1);
  clock.advance(99);
  resolve("value");
  assertEquals(await limited, { kind: "settled", value: "value" });
  assertEquals(clock.pending, 0);
});

Deno.test("withTimeLimit() rejects when the promise rejects", async () => {
  const clock = createFakeClock();
  for (const thrown of [new Error("no"), null, undefined, "text"]) {
    let caught: unknown = "nothing";
    try {
      await withTimeLimit(Promise.reject(thrown), 100, clock);
    } catch (reason) {
      caught = reason;
    }
    assert(caught === thrown);
  }
  assertEquals(clock.pending, 0);
});

Deno.test("withTimeLimit() returns a promise that is late", async () => {
  const clock = createFakeClock();
  const { promise, resolve } = Promise.withResolvers<string>();
  const limited = withTimeLimit(promise, 100, clock);
  clock.advance(100);
  const result = await limited;
  assert(result.kind === "late");
  assertEquals(clock.pending, 0);
  resolve("in the end");
  assertEquals(await result.eventually, "in the end");
});

Deno.test("withTimeLimit() leaves a late rejection to the caller", async () => {
  const clock = createFakeClock();
  const { promise, reject } = Promise.withResolvers<string>();
  const limited = withTimeLimit(promise, 100, clock);
  clock.advance(100);
  const result = await limited;
  assert(result.kind === "late");
  reject(new Error("late"));
  // Without a handler the run would end here.
  await assertRejects(() => result.eventually, Error, "late");
});

Deno.test("withTimeLimit() leaves no timer of the system clock", async () => {
  const limited = await withTimeLimit(Promise.resolve(1), 60_000, systemClock);
  assertEquals(limited, { kind: "settled", value: 1 });
});

/** A clock that runs on while the process is stopped, so that its timers are late. */
function stoppableClock() {
  const clock = createFakeClock();
  let stopped = 0;
  return {
    now: () => clock.now() + stopped,
    elapsed: () => clock.elapsed() + stopped,
    after: (milliseconds: number, callback: () => void) =>
      clock.after(milliseconds, callback),
    advance: (milliseconds: number) => clock.advance(milliseconds),
    pending: () => clock.pending,
    /** Stops the process, so that a timer of 100 ms goes off after that long. */
    leap(milliseconds: number) {
      stopped += milliseconds - 100;
      clock.advance(100);
    },
  };
}

Deno.test("withTimeLimit() ignores the time in which the process was stopped, once", async (t) => {
  const rows: readonly (readonly [string, number])[] = [
    ["as long as two limits", 200],
    ["for hours", 10_000_000],
    ["just before the limit was over", 120],
  ];
  for (const [name, leap] of rows) {
    await t.step(`${name}: what settles then is in time`, async () => {
      const clock = stoppableClock();
      const { promise, resolve } = Promise.withResolvers<string>();
      const limited = withTimeLimit(promise, 100, clock);
      clock.leap(leap);
      clock.advance(99);
      assertEquals(clock.pending(), 1);
      resolve("value");
      assertEquals(await limited, { kind: "settled", value: "value" });
      assertEquals(clock.pending(), 0);
    });
    await t.step(`${name}: what never settles is late after all`, async () => {
      const clock = stoppableClock();
      const { promise, resolve } = Promise.withResolvers<string>();
      const limited = withTimeLimit(promise, 100, clock);
      clock.leap(leap);
      clock.leap(leap);
      assertEquals((await limited).kind, "late");
      assertEquals(clock.pending(), 0);
      resolve("");
    });
  }
  await t.step("a timer that is slightly late counts", async () => {
    const clock = stoppableClock();
    const { promise, resolve } = Promise.withResolvers<string>();
    const limited = withTimeLimit(promise, 100, clock);
    clock.leap(105);
    assertEquals((await limited).kind, "late");
    resolve("");
  });
});
