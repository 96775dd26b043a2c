/** What every store of the state must do, for the tests of each of them. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type {
  StateChange,
  StateSnapshot,
  StateStore,
} from "@semantik/plugins/state";

/** A state, and what a test can do to it. */
export interface Subject {
  /** Opens the state once more, as another process would. */
  open(): StateStore | Promise<StateStore>;
}

/** One thing that a store must do. */
export interface Case<Of extends Subject = Subject> {
  readonly name: string;
  readonly run: (subject: Of) => Promise<void>;
}

/** How long a test waits for a hint, in milliseconds. */
const LIMIT = 15_000;

/** True if much time may be spent. */
export const IS_FUZZ: boolean = Deno.env.has("PLUGINS_FUZZ_RUNS");
const WRITERS = IS_FUZZ ? 5 : 3;
const UPDATES = IS_FUZZ ? 200 : 20;

/** Disables a plugin. */
export function disabling(id: string): StateChange {
  return ({ plugins }) =>
    new Map(plugins).set(id, { ...plugins.get(id), enabled: false });
}

/** Reads a state that can be read. */
export async function snapshotOf(store: StateStore): Promise<StateSnapshot> {
  const state = await store.read();
  assert(state.ok, state.ok ? "" : state.problem.message);
  return state.snapshot;
}

/** Counts in the configuration of a plugin. */
const counting: StateChange = ({ plugins }) => {
  const before = plugins.get("counter")?.config?.count;
  const count = typeof before === "number" ? before + 1 : 1;
  return new Map(plugins).set("counter", { config: { count } });
};

/** Waits for hints. */
export class Hints implements AsyncDisposable {
  #count = 0;
  #waiting: (() => void) | undefined;
  #watching: AsyncDisposable | undefined;

  /** Watches a store, and waits for its first hint. */
  static async of(store: StateStore): Promise<Hints> {
    const hints = new Hints();
    assert(store.watch !== undefined);
    hints.#watching = await store.watch(() => hints.#take());
    await hints.until(() => hints.count > 0);
    return hints;
  }

  /** The number of hints so far. */
  get count(): number {
    return this.#count;
  }

  #take(): void {
    this.#count++;
    this.#waiting?.();
  }

  /** Waits until a condition holds, which it tests at each hint. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`No hint within ${LIMIT} ms`)),
      LIMIT,
    );
    try {
      while (true) {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#waiting = resolve;
        if (await condition()) return;
        await Promise.race([promise, late.promise]);
      }
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watching?.[Symbol.asyncDispose]();
  }
}

/** The contract of a {@linkcode StateStore}. */
export const CASES: readonly Case[] = [
  {
    name: "is empty at first, and gets its epoch with the first change",
    async run({ open }) {
      const store = await open();
      const empty = await snapshotOf(store);
      assertEquals([empty.revision, empty.plugins.size, empty.epoch], [
        0,
        0,
        undefined,
      ]);
      const first = await store.update(disabling("a"));
      assert(first.epoch !== undefined && first.revision > 0);
      const second = await (await open()).update(disabling("b"));
      assertEquals(second.epoch, first.epoch);
      assert(second.revision > first.revision);
      assertEquals(await snapshotOf(await open()), second);
    },
  },
  {
    name: "loses no change of writers that are as fast as each other",
    async run({ open }) {
      await Promise.all(
        Array.from({ length: WRITERS }, async () => {
          const store = await open();
          for (let round = 0; round < UPDATES; round++) {
            await store.update(counting);
          }
        }),
      );
      const { plugins } = await snapshotOf(await open());
      assertEquals(plugins.get("counter"), {
        config: { count: WRITERS * UPDATES },
      });
    },
  },
  {
    name: "stores nothing when the change throws, and when it changes nothing",
    async run({ open }) {
      const store = await open();
      const before = await store.update(disabling("a"));
      const thrown = new Error("No");
      const error = await assertRejects(() =>
        store.update(() => {
          throw thrown;
        })
      );
      assertEquals(error === thrown, true);
      await store.update(() => undefined);
      await store.update(disabling("a"));
      assertEquals(await snapshotOf(await open()), before);
    },
  },
  {
    name: "keeps marks until the decision is recorded",
    async run({ open }) {
      const store = await open();
      const { unrecorded, ...decided } = await store.update(disabling("a"), {
        unrecorded: true,
      });
      assertEquals(unrecorded, ["a"]);
      await (await open()).markRecorded?.(["a"]);
      assertEquals(await snapshotOf(await open()), decided);
    },
  },
  {
    name: "rejects when the signal is aborted",
    async run({ open }) {
      const store = await open();
      const signal = AbortSignal.abort(new Error("Over"));
      await assertRejects(() => store.read({ signal }), Error, "Over");
      await assertRejects(
        () => store.update(disabling("a"), { signal }),
        Error,
        "Over",
      );
      assertEquals((await snapshotOf(store)).revision, 0);
    },
  },
  {
    name: "hints after the subscription, and after a change by another",
    async run({ open }) {
      const store = await open();
      const other = await open();
      await using hints = await Hints.of(store);
      for (const id of ["a", "b", "c"]) {
        await other.update(disabling(id));
        await hints.until(async () =>
          (await snapshotOf(store)).plugins.has(id)
        );
      }
    },
  },
  {
    name: "gives no hint once the subscription has ended",
    async run({ open }) {
      const store = await open();
      const ended = await Hints.of(store);
      await using others = await Hints.of(await open());
      await ended[Symbol.asyncDispose]();
      const { count } = ended;
      await store.update(disabling("a"));
      const reader = await open();
      await others.until(async () =>
        (await snapshotOf(reader)).plugins.has("a")
      );
      assertEquals(ended.count, count);
    },
  },
];
