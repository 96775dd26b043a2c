/** Remembers the ids in the sources, so that a manifest that breaks keeps its id. */

import type { FoundPlugin, UnreadablePlugin } from "../manifest/manifest.ts";
import { inferIdFromSource } from "../manifest/infer_id.ts";
import type { KeptId } from "../policy/facts.ts";

/** The ids that the sources of a host were seen to hold, by place and source. */
export class SeenIds {
  readonly #ids = new Map<number, Map<string, string>>();

  /** Remembers the ids of all manifests that could be read. */
  see(
    placed: readonly {
      readonly found: FoundPlugin;
      readonly sourceIndex: number;
    }[],
  ): void {
    for (const { found, sourceIndex } of placed) {
      if (!found.ok) continue;
      const ids = this.#ids.get(sourceIndex) ?? new Map<string, string>();
      this.#ids.set(sourceIndex, ids.set(found.source, found.manifest.id));
    }
  }

  /** Finds the ids of a plugin, or of all plugins in a source, that cannot be read now. */
  #of(sourceIndex: number, source: string): readonly string[] {
    const ids = this.#ids.get(sourceIndex);
    const own = ids?.get(source);
    if (own !== undefined) return [own];
    const whole = source.replace(/[\\/]+$/, "");
    return [...ids ?? []]
      .filter(([one]) =>
        one.startsWith(whole) && /^[\\/]/.test(one.slice(whole.length))
      )
      .map(([, id]) => id);
  }

  /**
   * Finds the ids that a plugin keeps whose manifest cannot be used: the one it
   * had and the one it names, or else the name of its directory.
   */
  keptBy(
    { id, inferredId, origin, source }: UnreadablePlugin,
    sourceIndex: number,
    workingDirectory: string,
  ): readonly KeptId[] {
    const inferred = origin === "external"
      ? inferIdFromSource(source, workingDirectory)
      : undefined;
    const known = new Set(this.#of(sourceIndex, source));
    const named = id ?? inferredId;
    if (named !== undefined) known.add(named);
    if (known.size === 0 && inferred !== undefined) known.add(inferred);
    return [...known].map((one) => ({
      id: one,
      namedAfterId: one === inferred,
    }));
  }
}
