import { assertEquals, assertRejects } from "@std/assert";
import { createFakeClock } from "@semantik/plugins/testing";
import { QUIET_TIME, runDevLoop } from "../../../src/cli/dev/dev_loop.ts";

/** Lets everything run that is due without the clock. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function startLoop() {
  const clock = createFakeClock();
  const controller = new AbortController();
  const log: string[] = [];
  let contents: string | undefined = "one";
  let change = () => {};
  let rounds: PromiseWithResolvers<void>[] = [];
  const done = runDevLoop({
    clock,
    signal: controller.signal,
    watch(onChange) {
      change = onChange;
      return { [Symbol.dispose]: () => void log.push("watcher closed") };
    },
    fingerprint: () => Promise.resolve(contents),
    async round(signal) {
      log.push(`round of ${contents}`);
      const work = Promise.withResolvers<void>();
      rounds.push(work);
      const abort = () => {
        log.push("aborted");
        work.reject(signal.reason);
      };
      signal.addEventListener("abort", abort);
      await work.promise.finally(() =>
        signal.removeEventListener("abort", abort)
      );
      log.push("done");
    },
  });
  return {
    log,
    done,
    async write(text: string | undefined) {
      contents = text;
      change();
      await settle();
    },
    async wait(milliseconds: number) {
      clock.advance(milliseconds);
      await settle();
    },
    async finish() {
      rounds.forEach((one) => one.resolve());
      rounds = [];
      await settle();
    },
    async fail(error: Error) {
      rounds.forEach((one) => one.reject(error));
      await settle();
    },
    async end() {
      controller.abort();
      await done;
    },
  };
}

Deno.test("runDevLoop() runs a round at once, and one after each burst of changes", async () => {
  const loop = startLoop();
  await settle();
  await loop.finish();
  await loop.write("t");
  await loop.wait(QUIET_TIME - 1);
  await loop.write("two");
  await loop.wait(QUIET_TIME - 1);
  assertEquals(loop.log, ["round of one", "done"]);
  await loop.wait(1);
  await loop.finish();
  await loop.end();
  assertEquals(loop.log, [
    "round of one",
    "done",
    "round of two",
    "done",
    "watcher closed",
  ]);
});

Deno.test("runDevLoop() stops a round that is out of date, but not for a file with the same contents", async () => {
  const loop = startLoop();
  await settle();
  await loop.write("one");
  await loop.wait(QUIET_TIME);
  assertEquals(loop.log, ["round of one"]);
  await loop.write("two");
  await loop.wait(QUIET_TIME);
  assertEquals(loop.log, ["round of one", "aborted", "round of two"]);
  // Unknown contents may have changed.
  await loop.finish();
  await loop.write(undefined);
  await loop.wait(QUIET_TIME);
  assertEquals(loop.log.at(-1), "round of undefined");
  await loop.end();
  assertEquals(loop.log.slice(-2), ["aborted", "watcher closed"]);
});

Deno.test("runDevLoop() ends with the error of a round, and closes its watcher", async () => {
  const loop = startLoop();
  await settle();
  const rejected = assertRejects(() => loop.done, Error, "no");
  await loop.fail(new Error("no"));
  await rejected;
  assertEquals(loop.log, ["round of one", "watcher closed"]);
});
