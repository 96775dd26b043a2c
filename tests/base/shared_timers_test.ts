import { assertEquals, assertThrows } from "@std/assert";
import { createFakeClock } from "@semantik/plugins/testing";
import { shareTimers } from "../../src/base/timing.ts";

Deno.test("shareTimers() calls back each when it is due, and sets one timer for all", () => {
  const clock = createFakeClock();
  const shared = shareTimers(clock);
  const seen: string[] = [];
  const call = (name: string) => () =>
    seen.push(`${name} at ${clock.elapsed()}`);
  shared.after(100, call("first"));
  clock.advance(40);
  shared.after(100, call("second"));
  shared.after(100, call("third"));
  assertEquals(clock.pending, 1);
  shared.after(30, call("short"));
  assertEquals(clock.pending, 2);
  clock.advance(99);
  assertEquals(seen, ["short at 70", "first at 100"]);
  clock.advance(1);
  assertEquals(seen.slice(2), ["second at 140", "third at 140"]);
  assertEquals(clock.pending, 0);
});

Deno.test("shareTimers() keeps no timer when all were canceled, and sets one again", () => {
  const clock = createFakeClock();
  const shared = shareTimers(clock);
  const seen: number[] = [];
  const cancels = [1, 2, 3].map((one) =>
    shared.after(100, () => seen.push(one))
  );
  clock.advance(50);
  cancels.forEach((cancel) => cancel());
  assertEquals(clock.pending, 0);
  const cancel = shared.after(100, () => seen.push(4));
  shared.after(100, () => seen.push(5));
  cancel();
  clock.advance(99);
  assertEquals(seen, []);
  clock.advance(1);
  assertEquals(seen, [5]);
  // What is over cannot be called off, nor what comes after it.
  cancels[0]?.();
  cancel();
  assertEquals(clock.pending, 0);
});

Deno.test("shareTimers() accepts what a callback adds and cancels", () => {
  const clock = createFakeClock();
  const shared = shareTimers(clock);
  const seen: string[] = [];
  let cancelSecond = () => {};
  shared.after(10, () => {
    seen.push(`first at ${clock.elapsed()}`);
    cancelSecond();
    shared.after(10, () => seen.push(`next at ${clock.elapsed()}`));
  });
  cancelSecond = shared.after(10, () => seen.push("second"));
  clock.advance(100);
  assertEquals(seen, ["first at 10", "next at 20"]);
  assertEquals(clock.pending, 0);
});

Deno.test("shareTimers() calls back the others when one throws, and when one sets another", () => {
  const clock = createFakeClock();
  const shared = shareTimers(clock);
  const seen: string[] = [];
  const call = (name: string) => () =>
    seen.push(`${name} at ${clock.elapsed()}`);
  shared.after(100, () => {
    call("first")();
    shared.after(100, call("next"));
  });
  shared.after(100, () => {
    throw new Error("second");
  });
  shared.after(100, call("third"));
  clock.advance(40);
  shared.after(100, call("fourth"));
  assertThrows(() => clock.advance(60), Error, "second");
  assertEquals(seen, ["first at 100"]);
  clock.advance(40);
  assertEquals(seen.slice(1), ["third at 100", "fourth at 140"]);
  clock.advance(60);
  assertEquals(seen.slice(3), ["next at 200"]);
  assertEquals(clock.pending, 0);
});

Deno.test("shareTimers() calls back its first when only the timers are replaced", () => {
  const timers = createFakeClock();
  const shared = shareTimers({
    now: () => timers.now(),
    elapsed: () => 0.25,
    after: (milliseconds, callback) => timers.after(milliseconds, callback),
  });
  let calls = 0;
  shared.after(100, () => calls++);
  shared.after(100, () => calls++);
  timers.advance(99);
  assertEquals(calls, 0);
  timers.advance(1);
  assertEquals(calls, 2);
  assertEquals(timers.pending, 0);
});
