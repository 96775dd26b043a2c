import { assertEquals, assertRejects } from "@std/assert";
import { wait } from "./wait.ts";

Deno.test("wait() ends when its time is over", async () => {
  const { signal } = new AbortController();
  assertEquals(await wait(0, signal), undefined);
});

Deno.test("wait() ends at once when its signal is aborted", async () => {
  const stop = new AbortController();
  const waiting = wait(1_000_000, stop.signal);
  stop.abort(new Error("stop"));
  await assertRejects(() => waiting, Error, "stop");
  await assertRejects(() => wait(1_000_000, stop.signal), Error, "stop");
});
