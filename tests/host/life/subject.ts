/** A real host on a real store, as a random life sees it. */

import { assert, assertEquals } from "@std/assert";
import { contract, PluginHost, type StateStore } from "@semantik/plugins";
import { FileStateStore, MemoryStateStore } from "@semantik/plugins/state";
import { createAuditLogger } from "@semantik/plugins/audit";
import { Collector } from "../../audit/collector.ts";
import { watchSystem } from "../../state/watched_system.ts";
import type { Model } from "./model.ts";
import { IDS, numberOf, OPTIONS, type Shown, type World } from "./world.ts";

const CONTRACTS = { thing: contract<Shown>("config") };

/** The place of a fault: a step of the file, or any call. */
export type StoreFault =
  | "open lock"
  | "write temporary"
  | "sync temporary"
  | "rename temporary";

/** A store whose writes can be made to fail. */
export interface BreakableStore {
  /** The store, as after a restart. */
  open(): StateStore;
  /** The fault of all writes from now on. */
  fault: StoreFault | undefined;
}

/**
 * A store in memory.
 *
 * @returns The store.
 */
export function memoryStore(): BreakableStore {
  const memory = new MemoryStateStore();
  const breakable: BreakableStore = {
    fault: undefined,
    open: () => ({
      read: (options) => memory.read(options),
      update: async (change, options) => {
        if (breakable.fault === "open lock") throw new Error("Broken");
        return await memory.update((current) => {
          const changed = change(current);
          if (changed !== undefined && breakable.fault !== undefined) {
            throw new Error("Broken");
          }
          return changed;
        }, options);
      },
    }),
  };
  return breakable;
}

/**
 * A store in a file.
 *
 * @param path The absolute path.
 * @returns The store.
 */
export function fileStore(path: string): BreakableStore {
  const breakable: BreakableStore = {
    fault: undefined,
    open: () =>
      new FileStateStore(path, {
        system: watchSystem(path, (step) => {
          if (step === breakable.fault) throw new Error("Broken");
        }),
      }),
  };
  return breakable;
}

/** A host, from one start to the next. */
export class Subject {
  readonly #world: World;
  readonly #store: BreakableStore;
  #trail = new Collector();
  #host: PluginHost<typeof CONTRACTS>;

  constructor(world: World, store: BreakableStore) {
    this.#world = world;
    this.#store = store;
    this.#host = this.#createHost();
  }

  /** The host of this moment. */
  get host(): PluginHost<typeof CONTRACTS> {
    return this.#host;
  }

  /** Lets the writes of the store fail, or not. */
  breakStore(fault: StoreFault | undefined): void {
    this.#store.fault = fault;
  }

  /** Ends the host and makes another one on the same store. */
  async restart(): Promise<void> {
    await this.end();
    this.#trail = new Collector();
    this.#host = this.#createHost();
  }

  /** Ends the host, as far as its plugins let it. */
  async end(): Promise<void> {
    await this.#host[Symbol.asyncDispose]().catch(() => {});
  }

  /** Lets a live plugin crash, and waits until it or its process is ended. */
  async crash(id: typeof IDS[number], isLast: boolean): Promise<void> {
    const ended = Promise.withResolvers<void>();
    const end = new AbortController();
    const { signal } = end;
    const { events } = this.#host;
    events.addEventListener("statuschange", ({ detail }) => {
      if (detail.id === id && detail.status === "failed") ended.resolve();
    }, { signal });
    events.addEventListener("process", ({ detail }) => {
      if (isLast) return;
      if (detail.id === id && detail.step === "ended") ended.resolve();
    }, { signal });
    // The process of a plugin does not keep that of its host alive.
    const alive = setInterval(() => {}, 60_000);
    this.#world.crash(id, this.#host.get(id));
    await ended.promise;
    clearInterval(alive);
    end.abort();
  }

  /** Stores something past the host, as another process does. */
  async storeForeign(id: string, v: number): Promise<void> {
    await this.#store.open().update(({ plugins }) =>
      new Map(plugins).set(id, { config: { v } })
    );
  }

  /** Holds state, registry and trail against the model. */
  async compare(model: Model): Promise<void> {
    const state = await this.#store.open().read();
    assert(state.ok);
    assertEquals(
      new Map([...state.snapshot.plugins].sort()),
      new Map([...model.stored].sort()),
    );
    const live = IDS.filter((id) => this.#host.get(id) !== undefined);
    assertEquals(live, IDS.filter((id) => model.live.has(id)));
    for (const id of live) {
      assertEquals(
        numberOf(await this.#host.get(id, "thing")?.config()),
        numberOf(model.live.get(id)),
        `the configuration of ${id}`,
      );
    }
    assertEquals(this.#host.byType("thing").length, live.length);
    for (const [action, count] of model.events) {
      const found = this.#trail.events.filter((event) =>
        event.action === action
      );
      assertEquals(found.length, count, action);
    }
  }

  #createHost(): PluginHost<typeof CONTRACTS> {
    return new PluginHost({
      name: "life",
      version: "1.0.0",
      ...this.#world.options,
      contracts: CONTRACTS,
      config: OPTIONS,
      state: this.#store.open(),
      audit: createAuditLogger({ handlers: [this.#trail] }),
    });
  }
}
