import type { LoadReport } from "@semantik/plugins";
import { UserError } from "./user_error.ts";

/** The plugins to search with. */
export type ChosenPlugins = Readonly<{
  chunker: string;
  /** The best first; the others replace it if it fails. */
  embeddings: readonly string[];
  reranker: string;
}>;

// It needs no network, so it always works, but it knows words and not meanings.
const LAST_EMBEDDING = "hashing-embedding";

/**
 * Chooses among the live plugins; throws a `UserError` if a type is missing.
 */
export function choosePlugins(loaded: LoadReport["loaded"]): ChosenPlugins {
  const embeddings = idsOf(loaded, "embedding").toSorted((a, b) =>
    Number(a === LAST_EMBEDDING) - Number(b === LAST_EMBEDDING)
  );
  return {
    chunker: first(idsOf(loaded, "chunker"), "chunker"),
    embeddings: [first(embeddings, "embedding"), ...embeddings.slice(1)],
    reranker: first(idsOf(loaded, "reranker"), "reranker"),
  };
}

function idsOf(loaded: LoadReport["loaded"], type: string): readonly string[] {
  return loaded.filter((plugin) => plugin.type === type).map(({ id }) => id);
}

function first(ids: readonly string[], type: string): string {
  const [id] = ids;
  if (id !== undefined) return id;
  throw new UserError(`There is no live plugin of the type "${type}"`);
}
