import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { isInRange } from "../../src/manifest/version.ts";
import {
  makePlan,
  type Plan,
  type PlanFacts,
  revisePlan,
  runPlan,
} from "../../src/plan/plan.ts";
import { planFacts } from "./arbitraries.ts";

const RUNS = { numRuns: 400 };

function isToLoad(plan: Plan, id: string): boolean {
  const place = plan.places.get(id);
  const kind = place === undefined
    ? undefined
    : plan.steps[place]?.decision.kind;
  return kind === "load" || kind === "ask";
}

/** Checks that everything that a plugin requires is loaded, in its range. */
function isComplete(plan: Plan, id: string): boolean {
  const { requires } = plan.claimants.get(id)?.manifest ?? { requires: [] };
  return requires.filter(({ optional }) => optional !== true).every((one) => {
    const other = plan.claimants.get(one.id);
    return other !== undefined && isToLoad(plan, one.id) &&
      isInRange(other.manifest.version, one.version);
  });
}

function assertSound(plan: Plan, { live, plugins }: PlanFacts): void {
  assertEquals(plan.steps.length, plugins.length);
  for (const [id, place] of plan.places) {
    if (live.includes(id)) continue;
    if (isToLoad(plan, id)) {
      assert(isComplete(plan, id), `${id} is to load without what it requires`);
    }
    const step = plan.steps[place];
    assert(step !== undefined);
    if (step.decision.kind === "refuse") {
      assert(step.decision.problems.length > 0);
    }
  }
}

Deno.test("makePlan() loads a plugin only after everything it requires", () => {
  fc.assert(
    fc.property(planFacts, (facts) => {
      const plan = makePlan(facts);
      assertSound(plan, facts);
      plan.steps.forEach(({ plugin, after }, place) => {
        if (plugin === undefined || facts.live.includes(plugin.manifest.id)) {
          return;
        }
        for (const id of after) {
          assert(
            (plan.places.get(id) ?? 0) < place ||
              !isToLoad(plan, plugin.manifest.id),
          );
        }
        if (!isToLoad(plan, plugin.manifest.id)) return;
        for (const { id, optional } of plugin.manifest.requires) {
          if (optional !== true) {
            assert(after.includes(id));
            assert((plan.places.get(id) ?? Infinity) < place);
          }
        }
      });
    }),
    RUNS,
  );
});

Deno.test("makePlan() refuses only for a true reason", () => {
  fc.assert(
    fc.property(planFacts, (facts) => {
      const plan = makePlan(facts);
      for (const { decision, facts: own, plugin } of plan.steps) {
        if (decision.kind !== "refuse" || plugin === undefined) continue;
        const { id } = plugin.manifest;
        assert(
          own.problems.length > 0 ||
            (own.missing.length > 0 && facts.permissionMode === "enforce") ||
            !isComplete(plan, id) ||
            decision.problems[0]?.code === "PLUGIN_DEPENDENCY_CYCLE",
        );
      }
    }),
    RUNS,
  );
});

Deno.test("makePlan() does not depend on the order of the facts", () => {
  const shuffled = planFacts.chain((facts) =>
    fc.tuple(
      fc.constant(facts),
      fc.shuffledSubarray([...facts.plugins], {
        minLength: facts.plugins.length,
      }),
    )
  );
  fc.assert(
    fc.property(shuffled, ([facts, plugins]) => {
      const first = makePlan(facts);
      assertEquals(makePlan(facts).steps, first.steps);
      const second = makePlan({ ...facts, plugins });
      for (const [id, place] of first.places) {
        const other = second.places.get(id);
        assert(other !== undefined);
        assertEquals(
          second.steps[other]?.decision.kind,
          first.steps[place]?.decision.kind,
        );
      }
    }),
    RUNS,
  );
});

Deno.test("revisePlan() keeps a plan sound for any failure or reply", () => {
  const history = fc.tuple(
    planFacts,
    fc.array(fc.tuple(fc.constantFrom(..."abcdefgh"), fc.boolean())),
  );
  fc.assert(
    fc.property(history, ([facts, events]) => {
      let plan = makePlan(facts);
      const failed = new Set<string>();
      for (const [id, isAnswer] of events) {
        const before = structuredClone(
          plan.steps.map(({ decision }) => decision),
        );
        const next = revisePlan(
          plan,
          isAnswer
            ? {
              kind: "answered",
              id,
              missing: id < "d" ? [] : [{ kind: "net" }],
              remedy: "Grant it",
            }
            : { kind: "failed", id, message: "it threw" },
        );
        assertEquals(plan.steps.map(({ decision }) => decision), before);
        if (!isAnswer && isToLoad(plan, id)) failed.add(id);
        plan = next;
        assertSound(plan, facts);
        for (const [other] of plan.places) {
          if (facts.live.includes(other) || !isToLoad(plan, other)) continue;
          const { requires } = plan.claimants.get(other)?.manifest ??
            { requires: [] };
          assert(
            requires.every((one) =>
              one.optional === true || !failed.has(one.id)
            ),
          );
        }
      }
    }),
    RUNS,
  );
});

Deno.test("runPlan() starts each plugin once, after its requirements", async () => {
  const schedule = fc.tuple(
    planFacts,
    fc.scheduler(),
    fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { maxLength: 2 }),
  );
  await fc.assert(
    fc.asyncProperty(schedule, async ([facts, scheduler, broken]) => {
      const plan = makePlan(facts);
      const started: string[] = [];
      const settled = new Set<string>();
      const running = runPlan(plan, async ({ plugin }, id) => {
        started.push(id);
        const place = plan.places.get(id) ?? -1;
        for (const other of plan.steps[place]?.after ?? []) {
          const kind = plan.steps[plan.places.get(other) ?? -1]?.decision.kind;
          assert(
            kind !== "load" || settled.has(other) || !started.includes(other),
          );
        }
        for (const one of plugin?.manifest.requires ?? []) {
          if (one.optional === true || facts.live.includes(id)) continue;
          assert(settled.has(one.id) && !broken.includes(one.id));
        }
        await scheduler.schedule(Promise.resolve(), id);
        settled.add(id);
        return broken.includes(id)
          ? [{
            code: "PLUGIN_SETUP_FAILED",
            message: "it threw",
            remedy: "Fix it",
          }]
          : [];
      });
      await scheduler.waitFor(running);
      const { plan: after, failures } = await running;
      assertSound(after, facts);
      assertEquals(new Set(started).size, started.length);
      assertEquals(
        started.toSorted(),
        after.steps.flatMap(({ decision, plugin }) =>
          decision.kind === "load" && plugin ? [plugin.manifest.id] : []
        ).toSorted(),
      );
      assertEquals(
        [...failures.keys()].toSorted(),
        started.filter((id) => broken.includes(id)).toSorted(),
      );
    }),
    { numRuns: 200 },
  );
});
