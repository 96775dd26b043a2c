/** Remembers ids, so that a manifest that becomes invalid keeps its id. */

import type { FoundPlugin, UnreadablePlugin } from "../manifest/manifest.ts";
import { inferIdFromSource } from "../manifest/infer_id.ts";
import type { KeptId } from "../policy/checks.ts";

/** The ids that were seen in the sources of a host, by place and source. */
export class SeenIds {
  readonly #ids = new Map<number, Map<string, string>>();

  /** Remembers the ids of all readable manifests. */
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

  /** Returns the seen ids of an unreadable plugin, or of all plugins in a source. */
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
   * Returns the ids that a plugin with an invalid manifest keeps: the one it had
   * and the one it names, or else the name of its directory.
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
