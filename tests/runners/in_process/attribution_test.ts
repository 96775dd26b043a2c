import { assertEquals, assertRejects } from "@std/assert";
import { Attribution } from "../../../src/runners/in_process/crash_guard.ts";

Deno.test("Attribution knows the running plugin, also in later callbacks", async () => {
  const attribution = new Attribution();
  assertEquals(attribution.owner?.id, undefined);
  assertEquals(attribution.running, undefined);
  const gate = Promise.withResolvers<void>();
  let left: Promise<unknown> | undefined;
  await attribution.run("a", async () => {
    assertEquals([attribution.owner?.id, attribution.running], ["a", "a"]);
    await Promise.resolve();
    assertEquals([attribution.owner?.id, attribution.running], ["a", "a"]);
    left = gate.promise.then(
      () => [attribution.owner?.id, attribution.running],
    );
  });
  assertEquals(attribution.owner?.id, undefined);
  gate.resolve();
  assertEquals(await left, ["a", undefined]);
});

Deno.test("Attribution.run() settles like the code", async () => {
  const attribution = new Attribution();
  assertEquals(await attribution.run("a", () => 1), 1);
  assertEquals(await attribution.run("a", () => Promise.resolve(2)), 2);
  await assertRejects(
    () =>
      attribution.run("a", () => {
        throw new Error("at once");
      }),
    Error,
    "at once",
  );
  await assertRejects(
    () => attribution.run("a", () => Promise.reject(new Error("later"))),
    Error,
    "later",
  );
  assertEquals(attribution.running, undefined);
});

Deno.test("Attribution separates plugins that run concurrently", async () => {
  const attribution = new Attribution();
  const gates = ["a", "b", "c"].map((id) => ({
    id,
    gate: Promise.withResolvers<void>(),
  }));
  const runs = gates.map(({ id, gate }) =>
    attribution.run(id, async () => {
      await gate.promise;
      return attribution.running;
    })
  );
  for (const { gate } of gates.toReversed()) gate.resolve();
  assertEquals(await Promise.all(runs), ["a", "b", "c"]);
});

Deno.test("Attribution returns to the outer call after a nested one", async () => {
  const attribution = new Attribution();
  await attribution.run("outer", async () => {
    await attribution.run("inner", () => {
      assertEquals(attribution.running, "inner");
    });
    assertEquals(attribution.running, "outer");
  });
});

Deno.test("Attribution treats later callbacks as part of the outer call", async () => {
  const attribution = new Attribution();
  const gate = Promise.withResolvers<void>();
  let left: Promise<unknown> = Promise.resolve();
  await attribution.run("outer", async () => {
    await attribution.run("inner", () => {
      left = gate.promise.then(() => [
        attribution.owner?.id,
        attribution.running,
      ]);
    });
    // The outer one waits for it: if it waited for the host, nobody would go on.
    gate.resolve();
    assertEquals(await left, ["inner", "outer"]);
  });
  await attribution.run("outer", () => {});
  assertEquals(attribution.running, undefined);
});

Deno.test("Attribution forgets nested calls that are over", async () => {
  const attribution = new Attribution();
  const count = 10_000;
  const gate = Promise.withResolvers<void>();
  const calls: Promise<void>[] = [];
  let innermost: Promise<unknown> = Promise.resolve();
  function call(turn: number): void {
    calls.push(attribution.run(`p${turn}`, async () => {
      await Promise.resolve();
      if (turn < count) call(turn + 1);
      else innermost = Promise.all(calls).then(() => attribution.running);
      assertEquals(attribution.running, `p${turn}`);
      await gate.promise;
    }));
  }
  call(0);
  // Each begins one turn after the one before.
  for (let turn = 0; turn < 2 * count; turn++) await Promise.resolve();
  assertEquals(calls.length, count + 1);
  gate.resolve();
  await Promise.all(calls);
  assertEquals(await innermost, undefined);
});

Deno.test("Attribution of one host does not affect another host", async () => {
  const one = new Attribution();
  const other = new Attribution();
  await one.run("a", () => assertEquals(other.owner?.id, undefined));
});
