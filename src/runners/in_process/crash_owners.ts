/**
 * The decision whose error it was that nobody handled.
 *
 * @module
 */

/** The witnesses of something that nobody handled. */
export interface Testimony {
  /** An error that was thrown, or the rejection of a promise. */
  readonly kind: "error" | "rejection";
  /** The plugin in whose asynchronous context, or timer, it happened. */
  readonly runs: string | undefined;
  /** True when code of the host may have run there as well. */
  readonly isShared: boolean;
  /** The files that the engine names, those of the host among them. */
  readonly files: readonly string[];
  /** True when these are the files of the code that made it, beyond doubt. */
  readonly isProven: boolean;
}

/** The plugins of a host, for this decision. */
export interface Suspects {
  /** Finds the plugin that a file belongs to. */
  ownerOf(file: string): string | undefined;
  /** True when the files of a plugin are known. */
  hasFiles(id: string): boolean;
  /** The plugins that a plugin was given, and those that were given it. */
  neighboursOf(id: string): readonly string[];
  /** True when the host called a plugin under a lease. */
  wasLeased(id: string): boolean;
}

/** A plugin that it was; or those one of which it may have been; or nobody. */
export type Verdict =
  | { readonly kind: "nobody" }
  | { readonly kind: "clear"; readonly id: string }
  | { readonly kind: "unclear"; readonly ids: readonly string[] };

const NOBODY: Verdict = { kind: "nobody" };

function unclear(...ids: readonly string[]): Verdict {
  return { kind: "unclear", ids: [...new Set(ids)] };
}

/** Judges what happened while no plugin is known to have run. */
function judgeByFiles(
  { kind, isProven }: Testimony,
  makers: readonly string[],
  suspects: Suspects,
): Verdict {
  const [maker, ...others] = makers;
  if (maker === undefined) return NOBODY;
  if (kind === "rejection") {
    // Whose promise it is that the host got without a lease, nobody knows.
    if (!makers.some((id) => suspects.wasLeased(id))) return NOBODY;
    return others.length === 0
      ? { kind: "clear", id: maker }
      : unclear(...makers);
  }
  const neighbours = suspects.neighboursOf(maker);
  return isProven && others.length + neighbours.length === 0
    ? { kind: "clear", id: maker }
    : unclear(...makers, ...neighbours);
}

/**
 * Decides whose error it was. One witness is enough unless another plugin, or
 * the host, could have been in between: then the files have to name the same.
 *
 * @param testimony The witnesses.
 * @param suspects The plugins of the host.
 * @returns The verdict.
 */
export function judgeCrash(testimony: Testimony, suspects: Suspects): Verdict {
  const { runs, files, isProven, isShared } = testimony;
  const owners = files.map((file) => suspects.ownerOf(file));
  const makers = [...new Set(owners.filter((id) => id !== undefined))];
  if (runs === undefined) return judgeByFiles(testimony, makers, suspects);
  const others = makers.filter((maker) => maker !== runs);
  if (others.length > 0) return unclear(runs, ...others);
  const isForeign = owners.includes(undefined);
  const neighbours = suspects.neighboursOf(runs);
  if (isProven && makers.length > 0) {
    // A neighbour without files of its own may be in a file that nobody owns.
    const hidden = isForeign
      ? neighbours.filter((id) => !suspects.hasFiles(id))
      : [];
    return hidden.length === 0
      ? { kind: "clear", id: runs }
      : unclear(runs, ...hidden);
  }
  const isOfHost = isShared && isForeign && suspects.hasFiles(runs);
  return neighbours.length === 0 && !isOfHost
    ? { kind: "clear", id: runs }
    : unclear(runs, ...neighbours);
}
