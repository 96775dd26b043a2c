import { argumentError } from "../base/errors.ts";
import type {
  PluginState,
  StateChange,
  StateOptions,
  StateReadResult,
  StateSnapshot,
  StateStore,
  StateUpdateOptions,
} from "./state_store.ts";
import {
  applyChange,
  applyRecorded,
  copySnapshot,
  toPlugins,
} from "./state_text.ts";

function isIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    typeof Reflect.get(value, Symbol.iterator) === "function";
}

/**
 * Keeps the state of plugins in memory: for tests, and for hosts whose
 * decisions need not survive a restart. It needs no permission.
 *
 * @example A host in which one plugin is disabled from the start
 * ```ts
 * import { MemoryStateStore } from "@semantik/plugins/state";
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
  readonly #hints = new Set<() => void>();

  /**
   * Creates a store.
   *
   * @param plugins The initial plugins: a `Map`, or a list of IDs and states.
   * @throws {PluginError} `PLUGIN_CONFIG_INVALID` or `PLUGIN_OPTION_INVALID`
   * if they cannot be stored.
   */
  constructor(plugins: Iterable<readonly [string, PluginState]> = []) {
    if (!isIterable(plugins)) {
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
   * Reads the stored state.
   *
   * @param options Options.
   * @returns The state; never a problem.
   */
  // deno-lint-ignore require-await -- a throw must become a rejection
  async read(options: StateOptions = {}): Promise<StateReadResult> {
    options.signal?.throwIfAborted();
    return { ok: true, snapshot: copySnapshot(this.#current) };
  }

  /**
   * Changes the stored state.
   *
   * @param change Returns the plugins to store, given the stored ones.
   * @param options Options.
   * @returns The stored state after the change.
   * @throws {PluginError} `PLUGIN_CONFIG_INVALID` or `PLUGIN_OPTION_INVALID`
   * if the result of `change` cannot be stored.
   */
  // deno-lint-ignore require-await -- a throw must become a rejection
  async update(
    change: StateChange,
    options: StateUpdateOptions = {},
  ): Promise<StateSnapshot> {
    options.signal?.throwIfAborted();
    const { unrecorded } = options;
    this.#replace(applyChange(this.#current, change, unrecorded));
    return copySnapshot(this.#current);
  }

  /**
   * Removes the marks of plugins whose decisions are recorded.
   *
   * @param ids The plugins.
   * @param options Options.
   */
  // deno-lint-ignore require-await -- a throw must become a rejection
  async markRecorded(
    ids: readonly string[],
    options: StateOptions = {},
  ): Promise<void> {
    options.signal?.throwIfAborted();
    this.#replace(applyRecorded(this.#current, ids));
  }

  /**
   * Calls a function once, and again after each change.
   *
   * @param hint The function. It must not throw.
   * @param options Options.
   * @returns The subscription; dispose it to end it.
   */
  // deno-lint-ignore require-await -- a throw must become a rejection
  async watch(
    hint: () => void,
    options: StateOptions = {},
  ): Promise<AsyncDisposable> {
    options.signal?.throwIfAborted();
    const own = () => hint();
    this.#hints.add(own);
    own();
    return {
      // deno-lint-ignore require-await -- others wait for something
      [Symbol.asyncDispose]: async () => {
        this.#hints.delete(own);
      },
    };
  }

  #replace(next: StateSnapshot): void {
    if (next === this.#current) return;
    this.#current = next;
    for (const hint of this.#hints) hint();
  }
}
