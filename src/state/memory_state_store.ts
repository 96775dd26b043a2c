/**
 * A state that ends with the process.
 *
 * @module
 */

import { argumentError } from "../base/argument.ts";
import type {
  PluginState,
  StateChange,
  StateOptions,
  StateReadResult,
  StateSnapshot,
  StateStore,
  StateUpdateOptions,
} from "./state_store.ts";
import { applyChange, applyRecorded, toPlugins } from "./state_text.ts";

function isListOfPairs(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    typeof Reflect.get(value, Symbol.iterator) === "function";
}

function handOut(snapshot: StateSnapshot): StateSnapshot {
  return Object.freeze({ ...snapshot, plugins: new Map(snapshot.plugins) });
}

/**
 * Keeps the state of plugins in memory: for tests, and for hosts whose
 * decisions need not survive a restart. It needs no permission.
 *
 * @example A host in which one plugin is disabled from the start
 * ```ts
 * import { MemoryStateStore } from "@semantik/plugins";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const store = new MemoryStateStore([["x", { enabled: false }]]);
 *
 * const state = await store.read();
 * assert(state.ok);
 * assertEquals(state.snapshot.plugins.get("x"), { enabled: false });
 * ```
 */
export class MemoryStateStore implements StateStore {
  #current: StateSnapshot;

  /**
   * Makes a store.
   *
   * @param plugins What is stored at first: a `Map`, or a list of ids and states.
   * @throws {PluginError} `PLUGIN_CONFIG_INVALID` or `PLUGIN_OPTION_INVALID`
   * when that cannot be stored.
   */
  constructor(plugins: Iterable<readonly [string, PluginState]> = []) {
    if (!isListOfPairs(plugins)) {
      throw argumentError(plugins, {
        action: "make a state store",
        expected: "a Map, or a list of ids and states",
        remedy: 'Call new MemoryStateStore([["id", { enabled: false }]])',
      });
    }
    this.#current = Object.freeze({
      revision: 0,
      plugins: toPlugins(plugins),
    });
  }

  /**
   * Reads what is stored.
   *
   * @param options The signal that ends the wait.
   * @returns The state; never a problem.
   */
  // deno-lint-ignore require-await -- a throw must become a rejection
  async read(options: StateOptions = {}): Promise<StateReadResult> {
    options.signal?.throwIfAborted();
    return { ok: true, snapshot: handOut(this.#current) };
  }

  /**
   * Changes what is stored.
   *
   * @param change From what is stored now to what shall be.
   * @param options The signal that ends the wait, and whether to mark the change.
   * @returns What is stored afterwards.
   * @throws {PluginError} `PLUGIN_CONFIG_INVALID` or `PLUGIN_OPTION_INVALID`
   * when what `change` returned cannot be stored.
   */
  // deno-lint-ignore require-await -- a throw must become a rejection
  async update(
    change: StateChange,
    options: StateUpdateOptions = {},
  ): Promise<StateSnapshot> {
    options.signal?.throwIfAborted();
    const { unrecorded } = options;
    this.#current = applyChange(this.#current, change, unrecorded);
    return handOut(this.#current);
  }

  /**
   * Takes away the marks of plugins whose decisions are recorded.
   *
   * @param ids The plugins.
   * @param options The signal that ends the wait.
   */
  // deno-lint-ignore require-await -- a throw must become a rejection
  async markRecorded(
    ids: readonly string[],
    options: StateOptions = {},
  ): Promise<void> {
    options.signal?.throwIfAborted();
    this.#current = applyRecorded(this.#current, ids);
  }
}
