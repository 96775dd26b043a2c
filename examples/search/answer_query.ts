import type { ChosenPlugins } from "./choose_plugins.ts";
import type { Passage } from "./contracts.ts";
import type { SearchHost } from "./create_host.ts";
import { type Match, searchPassages } from "./search_passages.ts";

/** The passages that answer a query. */
export type QueryAnswer = Readonly<{
  matches: readonly Match[];
  /** The plugin that embedded them. */
  embedding: string;
}>;

/**
 * Searches with the best embedding that works: if a server is down, the next
 * one is used.
 */
export async function answerQuery(
  query: string,
  passages: readonly Passage[],
  host: SearchHost,
  plugins: ChosenPlugins,
  top: number,
  tell: (line: string) => void,
): Promise<QueryAnswer> {
  for (const embedding of plugins.embeddings) {
    try {
      const matches = await searchPassages(query, passages, {
        embed: (texts) =>
          host.use(
            embedding,
            "embedding",
            (plugin, { signal }) => plugin.embed(texts, { signal }),
          ),
        rerank: (query, candidates) =>
          host.use(
            plugins.reranker,
            "reranker",
            (plugin, { signal }) =>
              plugin.rerank(query, candidates, { signal }),
          ),
      }, top);
      return { matches, embedding };
    } catch (error) {
      if (embedding === plugins.embeddings.at(-1)) throw error;
      const why = error instanceof Error ? error.message : String(error);
      tell(`Plugin "${embedding}" failed: ${why}`);
    }
  }
  throw new TypeError("There is no embedding to search with");
}
