import { createFakeClock } from "@semantik/plugins/testing";
import { PluginError } from "@semantik/plugins";
import { assertEquals, assertThrows } from "@std/assert";

Deno.test("createFakeClock() does not move until it is advanced", () => {
  const clock = createFakeClock({ now: 5_000 });
  assertEquals([clock.now(), clock.elapsed()], [5_000, 0]);
  clock.advance(10);
  assertEquals([clock.now(), clock.elapsed()], [5_010, 10]);
});

Deno.test("createFakeClock() calls timers in the order in which they are due", () => {
  const clock = createFakeClock();
  const seen: [string, number][] = [];
  const note = (name: string) => () => seen.push([name, clock.now()]);
  clock.after(30, note("late"));
  clock.after(10, note("early"));
  clock.after(10, note("early too"));
  clock.after(31, note("not yet"));
  clock.advance(30);
  assertEquals(seen, [["early", 10], ["early too", 10], ["late", 30]]);
  assertEquals(clock.pending, 1);
});

Deno.test("createFakeClock() calls timers that a callback sets", () => {
  const clock = createFakeClock();
  const seen: number[] = [];
  function again(): void {
    seen.push(clock.now());
    clock.after(10, again);
  }
  clock.after(10, again);
  clock.advance(35);
  assertEquals([seen, clock.now()], [[10, 20, 30], 35]);
});

Deno.test("createFakeClock() does not call a cancelled timer", () => {
  const clock = createFakeClock();
  const seen: string[] = [];
  const cancel = clock.after(10, () => seen.push("called"));
  cancel();
  clock.advance(10);
  assertEquals([seen, clock.pending], [[], 0]);
});

Deno.test("createFakeClock() lets a callback cancel the next timer", () => {
  const clock = createFakeClock();
  const seen: string[] = [];
  clock.after(1, () => cancel());
  const cancel = clock.after(2, () => seen.push("called"));
  clock.advance(5);
  assertEquals(seen, []);
});

Deno.test("untilPending() waits for a number of timers", async () => {
  const clock = createFakeClock();
  let isReady = false;
  const ready = clock.untilPending(2).then(() => isReady = true);
  clock.after(1, () => {});
  await Promise.resolve();
  assertEquals(isReady, false);
  clock.after(1, () => {});
  await ready;
  await clock.untilPending(1);
});

Deno.test("advance() rejects invalid times", () => {
  const clock = createFakeClock();
  for (const milliseconds of [-1, NaN, Infinity]) {
    assertThrows(
      () => clock.advance(milliseconds),
      PluginError,
      `Cannot advance the clock by ${milliseconds} ms`,
    );
  }
});
