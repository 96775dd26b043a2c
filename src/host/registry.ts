/**
 * What is live, by id and by type.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import { type LivePlugin, notLive } from "./live_plugin.ts";

const NONE: readonly object[] = Object.freeze([]);

/** The live plugins of a host. */
export class Registry {
  readonly #live = new Map<string, LivePlugin>();
  #places: ReadonlyMap<string, number> = new Map();
  #byType = new Map<string, readonly object[]>();

  /**
   * Puts the plugins into the order of a plan: side by side they become live in
   * any order, and are still listed and disposed of in this one.
   *
   * @param places The place of each plugin.
   */
  orderBy(places: ReadonlyMap<string, number>): void {
    this.#places = places;
    this.#byType.clear();
  }

  /**
   * Adds a plugin.
   *
   * @param live The plugin.
   */
  add(live: LivePlugin): void {
    this.#live.set(live.plugin.manifest.id, live);
    this.#byType.clear();
  }

  /**
   * Takes a plugin out. Nothing happens where another one bears its id by now.
   *
   * @param live The plugin.
   * @returns Whether it was there.
   */
  remove(live: LivePlugin): boolean {
    const { id } = live.plugin.manifest;
    if (this.#live.get(id) !== live) return false;
    this.#byType.clear();
    return this.#live.delete(id);
  }

  /**
   * The live plugin of an id.
   *
   * @param id The id.
   * @returns The plugin, or `undefined`.
   */
  get(id: string): LivePlugin | undefined {
    return this.#live.get(id);
  }

  /**
   * The objects of the live plugins of a type.
   *
   * @param type The type.
   * @returns The objects, frozen, in the order of the plan.
   */
  byType(type: string): readonly object[] {
    const known = this.#byType.get(type);
    if (known !== undefined) return known;
    const found = this.inOrder()
      .filter(({ plugin }) => plugin.manifest.type === type)
      .map(({ api }) => api);
    const listed = found.length === 0 ? NONE : Object.freeze(found);
    this.#byType.set(type, listed);
    return listed;
  }

  /**
   * Every live plugin.
   *
   * @returns A fresh list: a dependency before what depends on it.
   */
  inOrder(): LivePlugin[] {
    const place = ({ plugin }: LivePlugin) =>
      this.#places.get(plugin.manifest.id) ?? Infinity;
    return [...this.#live.values()].sort((a, b) => place(a) - place(b));
  }

  /**
   * The live plugins that require one, directly or not.
   *
   * @param id The plugin that is required.
   * @returns A fresh list: what depends before what it depends on.
   */
  dependentsOf(id: string): LivePlugin[] {
    const reached = new Set([id]);
    const dependents: LivePlugin[] = [];
    for (const live of this.inOrder()) {
      const { manifest } = live.plugin;
      const needs = manifest.requires.some((one) =>
        one.optional !== true && reached.has(one.id)
      );
      if (!needs || manifest.id === id) continue;
      reached.add(manifest.id);
      dependents.unshift(live);
    }
    return dependents;
  }
}

/**
 * The live plugin of an id and a type.
 *
 * @param registry What is live.
 * @param id The id.
 * @param type The type.
 * @returns The plugin.
 * @throws {PluginError} `PLUGIN_NOT_LIVE` when it is not live,
 * `PLUGIN_NOT_FOUND` when it is of another type.
 */
export function findLive(
  registry: Registry,
  id: string,
  type: string,
): LivePlugin {
  const live = registry.get(id);
  if (live === undefined) throw notLive(id);
  const actual = live.plugin.manifest.type;
  if (actual === type) return live;
  throw new PluginError(
    `Cannot use plugin "${id}" as ${quote(type)}: it is of type "${actual}"`,
    {
      code: "PLUGIN_NOT_FOUND",
      pluginId: id,
      remedy: `Ask for type "${actual}", or for another plugin`,
    },
  );
}
