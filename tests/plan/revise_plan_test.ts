import { assert, assertEquals } from "@std/assert";
import { assertProblem, assertProblems } from "../assert_problem.ts";
import { makePlan, revisePlan } from "../../src/plan/plan.ts";
import { decisionOf, factsOf, kinds, plugin, problemsOf } from "./facts.ts";

const NET = { kind: "net", value: "a.example:443" } as const;

Deno.test("revisePlan() refuses the dependents of a failed plugin, with the chain", () => {
  const plan = makePlan(factsOf([
    plugin("a", { requires: ["b"] }),
    plugin("b", { requires: ["c", "gone?"] }),
    plugin("c"),
    plugin("near", { requires: ["c?"] }),
    plugin("other"),
  ]));
  const next = revisePlan(plan, {
    kind: "failed",
    id: "c",
    message: 'Cannot set up plugin "c": Error: no',
  });
  assertEquals(kinds(next), [
    "c load",
    "b refuse",
    "a refuse",
    "near load",
    "other load",
  ]);
  const why = 'requires "c", which failed: Cannot set up plugin "c": Error: no';
  assertProblems(problemsOf(next, "b"), [
    ["PLUGIN_DEPENDENCY_FAILED", why, '"c"'],
  ]);
  assertProblem(problemsOf(next, "a")[0], [
    "PLUGIN_DEPENDENCY_FAILED",
    `requires "b", which ${why}`,
  ]);
  assertEquals(kinds(plan).every((kind) => kind.endsWith("load")), true);
});

Deno.test("revisePlan() loads a plugin whose prompt was granted", () => {
  const plan = makePlan(factsOf([
    plugin("a", { missing: [NET] }),
    plugin("b", { requires: ["a"] }),
  ], { permissionMode: "prompt" }));
  const next = revisePlan(plan, {
    kind: "answered",
    id: "a",
    missing: [],
    remedy: "",
  });
  assertEquals(kinds(next), ["a load", "b load"]);
  assert(Object.isFrozen(decisionOf(next, "a")));
});

Deno.test("revisePlan() refuses a plugin whose prompt was denied, and its dependents", () => {
  const plan = makePlan(factsOf([
    plugin("a", { missing: [NET, { kind: "sys" }] }),
    plugin("b", { requires: ["a"] }),
  ], { permissionMode: "prompt" }));
  const next = revisePlan(plan, {
    kind: "answered",
    id: "a",
    missing: [NET],
    remedy: "Start the host with --allow-net=a.example:443",
  });
  const what = 'net to "a.example:443" is not granted';
  assertProblems(problemsOf(next, "a"), [
    ["PLUGIN_PERMISSION_MISSING", what, "--allow-net=a.example:443"],
  ]);
  assertProblem(problemsOf(next, "b")[0], ["PLUGIN_DEPENDENCY_FAILED", [
    'requires "a", which was refused',
    what,
  ]]);
});

Deno.test("revisePlan() returns the same plan if nothing changes", () => {
  const plan = makePlan(
    factsOf([plugin("a"), plugin("b", { requires: ["gone"] })]),
  );
  for (const id of ["a", "b", "gone", "nobody", "constructor"]) {
    const answered = { kind: "answered", id, missing: [], remedy: "" } as const;
    assert(revisePlan(plan, answered) === plan);
  }
  for (const id of ["a", "b", "nobody", "constructor"]) {
    assert(revisePlan(plan, { kind: "failed", id, message: "no" }) === plan);
  }
});

Deno.test("revisePlan() leaves live, skipped and refused plugins as they are", () => {
  const plan = makePlan(factsOf([
    plugin("a"),
    plugin("live", { requires: ["a"] }),
    plugin("of-live", { requires: ["live"] }),
    plugin("off", { requires: ["a"] }),
    plugin("bad", { requires: ["a", "gone"] }),
  ], { live: ["live"], disabled: ["off"] }));
  const next = revisePlan(plan, { kind: "failed", id: "a", message: "no" });
  assertEquals(next.steps, plan.steps);
});

Deno.test("revisePlan() follows a chain of 10,000 plugins in linear time", () => {
  const count = 10_000;
  const plan = makePlan(factsOf(
    Array.from(
      { length: count },
      (_, index) =>
        plugin(`p${index}`, { requires: index === 0 ? [] : [`p${index - 1}`] }),
    ),
  ));
  const start = performance.now();
  const next = revisePlan(plan, { kind: "failed", id: "p0", message: "no" });
  assertEquals(
    kinds(next).filter((kind) => kind.endsWith("refuse")).length,
    count - 1,
  );
  assert(performance.now() - start < 5_000);
});
