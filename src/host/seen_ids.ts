/**
 * Remembers the ids in the sources of a host.
 *
 * @module
 */

import type { FoundPlugin } from "../manifest/manifest.ts";

/** The ids that the sources of a host were seen to hold, by place and source. */
export class SeenIds {
  readonly #ids = new Map<number, Map<string, string>>();

  /**
   * Remembers the ids of all manifests that could be read.
   *
   * @param placed What the sources hold now.
   */
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

  /**
   * Finds the ids that a source held which cannot be read now.
   *
   * @param sourceIndex Its place among the sources.
   * @param source The plugin; for a whole source, its name.
   * @returns The ids: of the plugin, or else of all that lay in the source.
   */
  of(sourceIndex: number, source: string): readonly string[] {
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
}
