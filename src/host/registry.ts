/** The live plugins of a host, by id and by type. */

import { PluginError } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import { type LivePlugin, notLive } from "./live_plugin.ts";

const NONE: readonly object[] = Object.freeze([]);

export class Registry {
  readonly #live = new Map<string, LivePlugin>();
  #places: ReadonlyMap<string, number> = new Map();
  #byType = new Map<string, readonly object[]>();

  /** Sets the order in which plugins are listed and disposed: that of a plan. */
  orderBy(places: ReadonlyMap<string, number>): void {
    this.#places = places;
    this.#byType.clear();
  }

  add(live: LivePlugin): void {
    this.#live.set(live.plugin.manifest.id, live);
    this.#byType.clear();
  }

  /** Removes a plugin, and returns true if it was registered. */
  remove(live: LivePlugin): boolean {
    const { id } = live.plugin.manifest;
    if (this.#live.get(id) !== live) return false;
    this.#byType.clear();
    return this.#live.delete(id);
  }

  get(id: string): LivePlugin | undefined {
    return this.#live.get(id);
  }

  /** Lists the objects of the live plugins of a type. */
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

  /** Lists the live plugins, a dependency before its dependents. */
  inOrder(): LivePlugin[] {
    const place = ({ plugin }: LivePlugin) =>
      this.#places.get(plugin.manifest.id) ?? Infinity;
    return [...this.#live.values()].sort((a, b) => place(a) - place(b));
  }

  /** Lists the direct and indirect dependents of a plugin, dependents first. */
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

/** Finds a live plugin; throws if it is not live or has another type. */
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
    `Cannot use plugin "${id}" as ${quote(type)}: its type is "${actual}"`,
    {
      code: "PLUGIN_NOT_FOUND",
      pluginId: id,
      remedy: `Use type "${actual}", or another plugin`,
    },
  );
}
