/** Random lives of a store beside a model that is too simple to be wrong. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import * as fc from "fast-check";
import { PluginError } from "@semantik/plugins";
import {
  FileStateStore,
  MemoryStateStore,
  type PluginState,
  type StateChange,
  type StateStore,
} from "@semantik/plugins/state";
import { pluginIds, pluginState } from "./plugin_states.ts";
import { watchSystem, WRITE_STEPS } from "./watched_system.ts";
import { withStateFile } from "./with_state_file.ts";

type Action =
  | Readonly<{ kind: "put"; id: string; state: PluginState; fault?: string }>
  | Readonly<{ kind: "drop"; id: string; fault?: string }>
  | Readonly<{ kind: "throw" }>
  | Readonly<{ kind: "restart" }>
  | Readonly<{ kind: "corrupt"; text: string }>;

const faults = fc.option(fc.constantFrom(...WRITE_STEPS), {
  nil: undefined,
  freq: 2,
});

function actions(maxLength: number): fc.Arbitrary<readonly Action[]> {
  return fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.tuple(pluginIds(), pluginState(), faults).map(
          ([id, state, fault]): Action => ({
            kind: "put",
            id,
            state,
            ...(fault === undefined ? {} : { fault }),
          }),
        ),
      },
      {
        weight: 2,
        arbitrary: fc.tuple(pluginIds(), faults).map(
          ([id, fault]): Action => ({
            kind: "drop",
            id,
            ...(fault === undefined ? {} : { fault }),
          }),
        ),
      },
      fc.constant<Action>({ kind: "throw" }),
      fc.constant<Action>({ kind: "restart" }),
      fc.constantFrom("", "{", "[]", '{"schema":2}').map(
        (text): Action => ({ kind: "corrupt", text }),
      ),
    ),
    { maxLength, size: "max" },
  );
}

/** A store, and what a test can do to it from outside. */
interface Subject {
  readonly store: StateStore;
  /** Makes the steps of that name fail. */
  breakAt(step: string | undefined): void;
  /** Returns whether a failure of that step undoes the change. */
  isUndoneBy(step: string, change: StateChange, model: Model): boolean;
  restart(): Subject;
  /** Corrupts the stored state, and returns a function that repairs it. */
  corrupt(text: string): Promise<(() => Promise<void>) | undefined>;
}

function fileSubject(path: string): Subject {
  let faulty: string | undefined;
  const system = watchSystem(path, (step) => {
    if (step === faulty) throw new Error("Broken");
  });
  return {
    store: new FileStateStore(path, { system }),
    breakAt(step) {
      faulty = step;
    },
    isUndoneBy(step, change, model) {
      if (/^lstat|^open lock|^tryLock/.test(step)) return true;
      if (/ file$/.test(step)) return model.isStored;
      return model.isChangedBy(change) && /temporary$/.test(step);
    },
    restart: () => fileSubject(path),
    async corrupt(text) {
      const before = await Deno.readFile(path).catch(() => undefined);
      await Deno.writeTextFile(path, text);
      return async () => {
        assertEquals(await Deno.readTextFile(path), text);
        if (before === undefined) await Deno.remove(path);
        else await Deno.writeFile(path, before);
      };
    },
  };
}

function memorySubject(): Subject {
  const subject: Subject = {
    store: new MemoryStateStore(),
    breakAt: () => {},
    isUndoneBy: () => false,
    restart: () => subject,
    corrupt: () => Promise.resolve(undefined),
  };
  return subject;
}

class Model {
  #revision = 0;
  #plugins: readonly (readonly [string, PluginState])[] = [];

  #next(change: StateChange): readonly (readonly [string, PluginState])[] {
    const { revision, plugins } = {
      revision: this.#revision,
      plugins: new Map(this.#plugins),
    };
    return [...change({ revision, plugins }) ?? plugins]
      .filter(([, state]) => Object.keys(state).length > 0)
      .sort(([a], [b]) => a < b ? -1 : 1);
  }

  get isStored(): boolean {
    return this.#revision > 0;
  }

  isChangedBy(change: StateChange): boolean {
    return JSON.stringify(this.#next(change)) !==
      JSON.stringify(this.#plugins);
  }

  apply(change: StateChange): void {
    if (!this.isChangedBy(change)) return;
    this.#plugins = this.#next(change);
    this.#revision++;
  }

  async compare(store: StateStore): Promise<void> {
    const state = await store.read();
    assert(state.ok, state.ok ? "" : state.problem.message);
    assertEquals(state.snapshot.revision, this.#revision);
    assertEquals([...state.snapshot.plugins], [...this.#plugins]);
  }
}

function toChange(action: Extract<Action, { id: string }>): StateChange {
  return ({ plugins }) => {
    const next = new Map(plugins);
    if (action.kind === "put") next.set(action.id, action.state);
    else next.delete(action.id);
    return next;
  };
}

async function take(
  action: Action,
  subject: Subject,
  model: Model,
): Promise<Subject> {
  if (action.kind === "restart") return subject.restart();
  if (action.kind === "throw") {
    await assertRejects(
      () =>
        subject.store.update(() => {
          throw new Error("Changed my mind");
        }),
      Error,
      "Changed my mind",
    );
    return subject;
  }
  if (action.kind === "corrupt") {
    const restore = await subject.corrupt(action.text);
    if (restore === undefined) return subject;
    assert(!(await subject.store.read()).ok);
    await assertRejects(
      () => subject.store.update(() => new Map()),
      PluginError,
    );
    await restore();
    return subject;
  }
  const { fault } = action;
  const change = toChange(action);
  const isUndone = fault !== undefined &&
    subject.isUndoneBy(fault, change, model);
  subject.breakAt(fault);
  if (isUndone) {
    await assertRejects(
      () => subject.store.update(change),
      PluginError,
      "Broken",
    );
  } else {
    await subject.store.update(change);
    model.apply(change);
  }
  subject.breakAt(undefined);
  return subject;
}

async function live(subject: Subject, life: readonly Action[]): Promise<void> {
  const model = new Model();
  let current = subject;
  for (const action of life) {
    current = await take(action, current, model);
    await model.compare(current.store);
  }
}

/**
 * Lives random lives on both stores and compares them with the model.
 *
 * @param options How many lives, and how long the longest is.
 */
export async function checkStores(
  options: Readonly<{ numRuns: number; maxLength: number }>,
): Promise<void> {
  const { numRuns, maxLength } = options;
  await fc.assert(
    fc.asyncProperty(actions(maxLength), async (life) => {
      await live(memorySubject(), life);
      await withStateFile((path) => live(fileSubject(path), life));
    }),
    { numRuns },
  );
}
