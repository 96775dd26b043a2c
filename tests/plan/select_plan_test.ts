import { assertEquals } from "@std/assert";
import { makePlan, runPlan, selectPlan } from "../../src/plan/plan.ts";
import { factsOf, kinds, plugin } from "./facts.ts";

const PLAN = makePlan(factsOf([
  plugin("app", { requires: ["store", "log?"] }),
  plugin("log"),
  plugin("store", { requires: ["disk"] }),
  plugin("disk"),
  plugin("other", { requires: ["store"] }),
  plugin("app", { sourceIndex: 1, source: "./squatter" }),
]));

Deno.test("selectPlan() keeps a plugin and its requirements, in order", () => {
  const plan = selectPlan(PLAN, "app");
  assertEquals(kinds(plan), ["disk load", "store load", "app load"]);
  assertEquals([...plan.places], [["disk", 0], ["store", 1], ["app", 2]]);
  assertEquals(kinds(selectPlan(PLAN, "log")), ["log load"]);
  assertEquals(kinds(selectPlan(PLAN, "nobody")), []);
});

Deno.test("selectPlan() makes a plan that runs, without optional requirements", async () => {
  const started: string[] = [];
  await runPlan(selectPlan(PLAN, "app"), (_step, id) => {
    started.push(id);
    return Promise.resolve([]);
  });
  assertEquals(started, ["disk", "store", "app"]);
});

Deno.test("selectPlan() terminates in a cycle", () => {
  const plan = makePlan(factsOf([
    plugin("a", { requires: ["b"] }),
    plugin("b", { requires: ["a"] }),
  ]));
  assertEquals(kinds(selectPlan(plan, "a")).toSorted(), [
    "a refuse",
    "b refuse",
  ]);
});
