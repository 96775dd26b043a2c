import { assertEquals, assertRejects } from "@std/assert";
import type { Problem } from "@semantik/plugins";
import { makePlan, runPlan } from "../../src/plan/plan.ts";
import { factsOf, kinds, plugin, problem, problemsOf } from "./facts.ts";

const NOTHING: readonly Problem[] = [];

Deno.test("runPlan() starts independent plugins concurrently, then their dependents", async () => {
  const plan = makePlan(factsOf([
    plugin("a"),
    plugin("b"),
    plugin("c", { requires: ["a"] }),
    plugin("d", { requires: ["b?"] }),
  ]));
  const gates = new Map(
    [..."abcd"].map((id) => [id, Promise.withResolvers<readonly Problem[]>()]),
  );
  const started: string[] = [];
  const running = runPlan(plan, (_step, id) => {
    started.push(id);
    return gates.get(id)?.promise ?? Promise.resolve(NOTHING);
  });
  assertEquals(started, ["a", "b"]);
  gates.get("b")?.resolve(NOTHING);
  await gates.get("b")?.promise;
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  assertEquals(started, ["a", "b", "d"]);
  for (const { resolve } of gates.values()) resolve(NOTHING);
  const { plan: after, failures } = await running;
  assertEquals(started, ["a", "b", "d", "c"]);
  assertEquals(failures.size, 0);
  assertEquals(after, plan);
});

Deno.test("runPlan() continues after a failure, and reports it", async () => {
  const plan = makePlan(factsOf([
    plugin("a"),
    plugin("b", { requires: ["a"] }),
    plugin("c", { requires: ["a?"] }),
    plugin("off"),
  ], { disabled: ["off"] }));
  const started: string[] = [];
  const { plan: after, failures } = await runPlan(
    plan,
    (_step, id) => {
      started.push(id);
      return Promise.resolve(
        id === "a" ? [problem("first"), problem("second")] : [],
      );
    },
  );
  assertEquals(started, ["a", "c"]);
  assertEquals([...failures], [["a", [problem("first"), problem("second")]]]);
  assertEquals(kinds(after), ["a load", "b refuse", "c load", "off skip"]);
  assertEquals(
    problemsOf(after, "b")[0]?.message,
    'Cannot load plugin "b": it requires "a", which failed: first',
  );
});

Deno.test("runPlan() rejects with the error of start after all starts settled", async () => {
  const plan = makePlan(factsOf([
    plugin("a"),
    plugin("b"),
    plugin("c", { requires: ["a"] }),
  ]));
  const slow = Promise.withResolvers<readonly Problem[]>();
  const started: string[] = [];
  let isOver = false;
  const running = runPlan(plan, (_step, id) => {
    started.push(id);
    return id === "a" ? Promise.reject(new Error("no")) : slow.promise;
  }).finally(() => isOver = true);
  const rejected = assertRejects(() => running, Error, "no");
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  assertEquals(isOver, false);
  slow.resolve([]);
  await rejected;
  assertEquals(started, ["a", "b"]);
});

Deno.test("runPlan() does not deadlock in a cycle", async () => {
  const plan = makePlan(factsOf([
    plugin("a", { requires: ["b"] }),
    plugin("b", { requires: ["a"] }),
    plugin("c", { requires: ["a?"] }),
  ]));
  const started: string[] = [];
  await runPlan(plan, (_step, id) => {
    started.push(id);
    return Promise.resolve([]);
  });
  assertEquals(started, ["c"]);
});

Deno.test("runPlan() runs a chain of 10,000 plugins", async () => {
  const count = 10_000;
  const plan = makePlan(factsOf(
    Array.from(
      { length: count },
      (_, index) =>
        plugin(`p${index}`, { requires: index === 0 ? [] : [`p${index - 1}`] }),
    ),
  ));
  const started: string[] = [];
  await runPlan(plan, (_step, id) => {
    started.push(id);
    return Promise.resolve([]);
  });
  assertEquals(
    started,
    Array.from({ length: count }, (_, index) => `p${index}`),
  );
});

Deno.test("runPlan() refuses a plugin whose prompt was not shown", async () => {
  const plan = makePlan(factsOf([
    plugin("a", { missing: [{ kind: "net", value: "a.example:443" }] }),
    plugin("b", { requires: ["a"] }),
    plugin("c"),
  ], { permissionMode: "prompt" }));
  const started: string[] = [];
  const { plan: after } = await runPlan(plan, (_step, id) => {
    started.push(id);
    return Promise.resolve([]);
  });
  assertEquals(started, ["c"]);
  assertEquals(kinds(after), ["a refuse", "b refuse", "c load"]);
  assertEquals(
    problemsOf(after, "a")[0]?.message,
    'Cannot load plugin "a": permission net to "a.example:443" is not granted',
  );
});
