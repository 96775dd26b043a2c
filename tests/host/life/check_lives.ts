/** Random lives of a host beside a model of it. */

import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { withStateFile } from "../../state/with_state_file.ts";
import { Model, Refused } from "./model.ts";
import {
  type BreakableStore,
  fileStore,
  memoryStore,
  type StoreFault,
  Subject,
} from "./subject.ts";
import {
  type Fault,
  type Id,
  IDS,
  INVALID,
  UNBEARABLE,
  World,
} from "./world.ts";

type Action =
  | Readonly<{ kind: "load" | "restart" | "health" }>
  | Readonly<{ kind: "enable"; id: Id; fault?: StoreFault | undefined }>
  | Readonly<{
    kind: "disable";
    id: Id;
    dependents: "refuse" | "disable";
    fault?: StoreFault | undefined;
  }>
  | Readonly<
    { kind: "configure"; id: Id; v: number; fault?: StoreFault | undefined }
  >
  | Readonly<{ kind: "crash"; id: Id }>
  | Readonly<{ kind: "foreign"; v: number }>
  | Readonly<{ kind: "spoil"; id: Id; what: Fault; isOn: boolean }>;

const ids = fc.constantFrom(...IDS);
const storeFaults = fc.option(
  fc.constantFrom<StoreFault>(
    "open lock",
    "write temporary",
    "sync temporary",
    "rename temporary",
  ),
  { nil: undefined, freq: 3 },
);

const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom<Action>({ kind: "load" }, { kind: "load" }, {
        kind: "restart",
      }, { kind: "health" }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("enable" as const),
        id: ids,
        fault: storeFaults,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("disable" as const),
        id: ids,
        dependents: fc.constantFrom("refuse" as const, "disable" as const),
        fault: storeFaults,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("configure" as const),
        id: ids,
        v: fc.constantFrom(0, 1, 2, INVALID, UNBEARABLE),
        fault: storeFaults,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("crash" as const), id: ids }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("foreign" as const),
        v: fc.nat(9),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("spoil" as const),
        id: ids,
        what: fc.constantFrom<Fault>("setup", "dispose", "reconfigure"),
        isOn: fc.boolean(),
      }),
    },
  ),
  { minLength: 1, maxLength: 30, size: "max" },
);

/** What a call came to: what it gives, or that it was refused. */
async function outcomeOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch {
    return Refused;
  }
}

async function take(
  action: Action,
  world: World,
  subject: Subject,
  model: Model,
): Promise<void> {
  const { host } = subject;
  switch (action.kind) {
    case "load":
      model.load();
      await host.load();
      return;
    case "restart":
      model.restart();
      await subject.restart();
      return;
    case "health": {
      const found = await host.health();
      assertEquals([...found.keys()].sort(), [...model.live.keys()].sort());
      for (const [id, { status }] of found) {
        const isWell = !world.faults.has(`${id} dispose`);
        assertEquals(status, isWell ? "healthy" : "unhealthy");
      }
      return;
    }
    case "crash":
      if (!model.live.has(action.id)) return;
      model.crash(action.id);
      await subject.crash(action.id);
      return;
    case "foreign":
      model.storeForeign("elsewhere", { v: action.v });
      await subject.storeForeign("elsewhere", action.v);
      return;
    case "spoil":
      if (action.isOn) world.faults.add(`${action.id} ${action.what}`);
      else world.faults.delete(`${action.id} ${action.what}`);
      return;
  }
  const { id, fault } = action;
  model.isBroken = fault !== undefined;
  model.isLocked = fault === "open lock";
  subject.breakStore(fault);
  if (action.kind === "enable") {
    assertEquals(
      await outcomeOf(() => host.enable(id)),
      await outcomeOf(() => model.enable(id)),
    );
  } else if (action.kind === "disable") {
    const { dependents } = action;
    assertEquals(
      await outcomeOf(() => host.disable(id, { dependents })),
      await outcomeOf(() => model.disable(id, dependents)),
    );
  } else {
    const config = { v: action.v };
    assertEquals(
      await outcomeOf(async () => (await host.configure(id, config)).validated),
      await outcomeOf(() => model.configure(id, config)),
    );
  }
  model.isBroken = false;
  model.isLocked = false;
  subject.breakStore(undefined);
}

async function live(
  store: BreakableStore,
  life: readonly Action[],
): Promise<void> {
  const world = new World();
  const model = new Model(world);
  const subject = new Subject(world, store);
  try {
    for (const action of life) {
      await take(action, world, subject, model);
      await subject.compare(model);
    }
  } finally {
    await subject.end();
  }
}

/**
 * Lives random lives on both stores and compares them with the model.
 *
 * @param numRuns How many.
 */
export async function checkLives(numRuns: number): Promise<void> {
  assert(numRuns > 0);
  await fc.assert(
    fc.asyncProperty(actions, async (life) => {
      await live(memoryStore(), life);
      await withStateFile((path) => live(fileStore(path), life));
    }),
    { numRuns, endOnFailure: false },
  );
}
