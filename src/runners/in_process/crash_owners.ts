/** Attributes unhandled errors to plugins. Pure. */

/** The evidence about an unhandled error or rejection. */
export interface Evidence {
  readonly kind: "error" | "rejection";
  /** The plugin in whose asynchronous context or timer it happened. */
  readonly runs: string | undefined;
  /** True if code of the host may have run there too. */
  readonly isShared: boolean;
  /** The files that the engine names, including those of the host. */
  readonly files: readonly string[];
  /** True if these certainly are the files of the code that made the error. */
  readonly isProven: boolean;
}

/** The plugins of a host. */
export interface Suspects {
  /** Finds the plugin that a file belongs to. */
  ownerOf(file: string): string | undefined;
  /** Tests if the files of a plugin are known. */
  hasFiles(id: string): boolean;
  /** Returns the plugins that a plugin uses, and those that use it. */
  neighborsOf(id: string): readonly string[];
  /** Tests if the host called a plugin under a lease. */
  wasLeased(id: string): boolean;
}

/** The plugin that caused it, several that may have, or none. */
export type Verdict =
  | { readonly kind: "nobody" }
  | { readonly kind: "clear"; readonly id: string }
  | { readonly kind: "unclear"; readonly ids: readonly string[] };

const NOBODY: Verdict = { kind: "nobody" };

function unclear(...ids: readonly string[]): Verdict {
  return { kind: "unclear", ids: [...new Set(ids)] };
}

/** Judges an error for which no plugin is known to have run. */
function judgeByFiles(
  { kind, isProven }: Evidence,
  makers: readonly string[],
  suspects: Suspects,
): Verdict {
  const [maker, ...others] = makers;
  if (maker === undefined) return NOBODY;
  if (kind === "rejection") {
    // The owner of a promise that the host got without a lease is unknown.
    if (!makers.some((id) => suspects.wasLeased(id))) return NOBODY;
    return others.length === 0
      ? { kind: "clear", id: maker }
      : unclear(...makers);
  }
  const neighbors = suspects.neighborsOf(maker);
  return isProven && others.length + neighbors.length === 0
    ? { kind: "clear", id: maker }
    : unclear(...makers, ...neighbors);
}

/**
 * Decides which plugin caused an error. The running plugin is enough, unless other
 * code could have run in between: then the files must name the same plugin.
 */
export function judgeCrash(evidence: Evidence, suspects: Suspects): Verdict {
  const { runs, files, isProven, isShared } = evidence;
  const owners = files.map((file) => suspects.ownerOf(file));
  const makers = [...new Set(owners.filter((id) => id !== undefined))];
  if (runs === undefined) return judgeByFiles(evidence, makers, suspects);
  const others = makers.filter((maker) => maker !== runs);
  if (others.length > 0) return unclear(runs, ...others);
  const isForeign = owners.includes(undefined);
  const neighbors = suspects.neighborsOf(runs);
  if (isProven && makers.length > 0) {
    // A neighbor without known files may own a file that no plugin owns.
    const hidden = isForeign
      ? neighbors.filter((id) => !suspects.hasFiles(id))
      : [];
    return hidden.length === 0
      ? { kind: "clear", id: runs }
      : unclear(runs, ...hidden);
  }
  const isOfHost = isShared && isForeign && suspects.hasFiles(runs);
  return neighbors.length === 0 && !isOfHost
    ? { kind: "clear", id: runs }
    : unclear(runs, ...neighbors);
}
