/** Random lives of a host beside a model of it. */

import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { withStateFile } from "../../state/with_state_file.ts";
import { type Action, type Change, lives } from "./actions.ts";
import { Model, Refused } from "./model.ts";
import {
  type BreakableStore,
  fileStore,
  memoryStore,
  Subject,
} from "./subject.ts";
import { FileWorld, IDS, ObjectWorld, type World } from "./world.ts";

/** Returns the result of a call, or that it was refused. */
async function outcomeOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch {
    return Refused;
  }
}

async function ask({ host }: Subject, change: Change): Promise<unknown> {
  switch (change.kind) {
    case "enable":
      return await host.enable(change.id);
    case "disable":
      return await host.disable(change.id, change);
    case "configure":
      return (await host.configure(change.id, { v: change.v })).validated;
  }
}

function expect(model: Model, change: Change): unknown {
  switch (change.kind) {
    case "enable":
      return model.enable(change.id);
    case "disable":
      return model.disable(change.id, change.dependents);
    case "configure":
      return model.configure(change.id, { v: change.v });
  }
}

async function checkHealth(subject: Subject, model: Model, world: World) {
  const found = await subject.host.health();
  assertEquals([...found.keys()].sort(), [...model.live.keys()].sort());
  for (const [id, { status }] of found) {
    const isWell = IDS.every((one) => one !== id || !world.has(one, "dispose"));
    assertEquals(status, isWell ? "healthy" : "unhealthy");
  }
}

async function take(
  action: Action,
  world: World,
  subject: Subject,
  model: Model,
): Promise<void> {
  switch (action.kind) {
    case "load":
      model.load();
      await subject.host.load();
      return;
    case "restart":
      model.restart();
      await subject.restart();
      return;
    case "health":
      await checkHealth(subject, model, world);
      return;
    case "change": {
      const { change, fault } = action;
      model.fault = fault;
      subject.breakStore(fault);
      const found = await outcomeOf(() => ask(subject, change));
      assertEquals(found, await outcomeOf(() => expect(model, change)));
      model.fault = undefined;
      subject.breakStore(undefined);
      return;
    }
    case "burst": {
      // One after the other, in the order of asking.
      const found = await Promise.all(
        action.changes.map((change) => outcomeOf(() => ask(subject, change))),
      );
      for (const [index, change] of action.changes.entries()) {
        const expected = await outcomeOf(() => expect(model, change));
        assertEquals(found[index], expected, JSON.stringify(change));
      }
      return;
    }
    case "crash":
      // A setup that fails when a process is started again is no crash of its own.
      if (!model.live.has(action.id) || world.has(action.id, "setup")) return;
      await subject.crash(action.id, model.crash(action.id));
      return;
    case "foreign":
      model.storeForeign("elsewhere", { v: action.v });
      await subject.storeForeign("elsewhere", action.v);
      return;
    case "spoil":
      world.spoil(action.id, action.what, action.isOn);
  }
}

async function live(
  world: World,
  store: BreakableStore,
  life: readonly Action[],
): Promise<void> {
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
    fc.asyncProperty(lives, async (life) => {
      await live(new ObjectWorld(), memoryStore(), life);
      await withStateFile((path) =>
        live(new ObjectWorld(), fileStore(path), life)
      );
    }),
    { numRuns },
  );
}

/**
 * Lives random lives with each plugin in a process of its own, and compares them
 * with the same model.
 *
 * @param numRuns How many.
 */
export async function checkIsolatedLives(numRuns: number): Promise<void> {
  assert(numRuns > 0);
  await fc.assert(
    fc.asyncProperty(lives, async (life) => {
      using world = new FileWorld();
      await live(world, memoryStore(), life);
    }),
    { numRuns, endOnFailure: true },
  );
}
