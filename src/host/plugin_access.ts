/**
 * The live plugins of a host, as an application uses them.
 *
 * @module
 */

import type { ApiOf, Contracts } from "./contract.ts";
import type { Lease } from "./live_plugin.ts";
import { findLive, type Registry } from "./registry.ts";

/**
 * The live plugins of a host: to look up, to list, to call.
 *
 * @typeParam Types What the plugins of each type must be, by type.
 */
export abstract class PluginAccess<Types extends Contracts> {
  readonly #registry: Registry;

  /**
   * Makes one.
   *
   * @param registry What is live.
   */
  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /**
   * The live plugin of an id: the plugin's own object, without a wrapper.
   * Whoever keeps it can call it also after the plugin was disabled; see
   * {@linkcode PluginHost.use} for calls that a disable waits for.
   *
   * @param id The id.
   * @param type The type that it must be of.
   * @returns The object, or `undefined` where no such plugin is live.
   */
  get<Type extends keyof Types & string>(
    id: string,
    type: Type,
  ): ApiOf<Types[Type]> | undefined;
  /**
   * The live plugin of an id, of whatever type.
   *
   * @param id The id.
   * @returns The object, or `undefined` where no such plugin is live.
   */
  get(id: string, type?: string): unknown;
  get(id: string, type?: string): unknown {
    const live = this.#registry.get(id);
    if (live === undefined) return undefined;
    return type === undefined || live.plugin.manifest.type === type
      ? live.api
      : undefined;
  }

  /**
   * The live plugins of a type, in the order of the plan.
   *
   * @param type The type.
   * @returns The plugins' own objects, in a frozen list.
   */
  byType<Type extends keyof Types & string>(
    type: Type,
  ): readonly ApiOf<Types[Type]>[];
  /**
   * The live plugins of a type for which the host has no contract.
   *
   * @param type The type.
   * @returns The plugins' own objects, in a frozen list.
   */
  byType(type: string): readonly unknown[];
  byType(type: string): readonly unknown[] {
    return this.#registry.byType(type);
  }

  /**
   * Calls a plugin under a lease: a disable waits for the call to end, and
   * aborts its signal when it takes too long.
   *
   * @param id The plugin.
   * @param type The type that it must be of.
   * @param callback What to do with the plugin.
   * @returns What the callback returns.
   * @throws {PluginError} `PLUGIN_NOT_LIVE` when the plugin is not live,
   * `PLUGIN_NOT_FOUND` when it is of another type.
   */
  use<Type extends keyof Types & string, Result>(
    id: string,
    type: Type,
    callback: (
      plugin: ApiOf<Types[Type]>,
      lease: Lease,
    ) => Result | PromiseLike<Result>,
  ): Promise<Result> {
    // Not an async function of its own: this is the way of every call.
    try {
      const live = findLive(this.#registry, id, type);
      // The contract of the type was checked when the plugin was loaded.
      const api = live.api as ApiOf<Types[Type]>;
      return live.lease(api, callback);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }
}
