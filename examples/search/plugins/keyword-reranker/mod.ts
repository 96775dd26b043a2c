/**
 * Scores passages by the words that they share with the query, rare words more
 * than common ones (BM25+), headings more than text.
 *
 * @module
 */

import { definePlugin } from "@semantik/plugins/plugin";
import MiniSearch from "npm:minisearch@^7.2.0";
import { z } from "npm:zod@^4.6.7";
import type { Passage, Reranker } from "../../contracts.ts";
import { termsOf } from "./terms_of.ts";

const CONFIG_SCHEMA = z.strictObject({
  /** How much more a word counts in a heading than in the text. */
  heading_boost: z.number().positive().default(2),
  /** How much more a word counts in the path than in the text. */
  path_boost: z.number().positive().default(1),
}).prefault({});

export default definePlugin({
  configSchema: CONFIG_SCHEMA,
  setup({ config }): Reranker {
    const segmenter = new Intl.Segmenter("en", { granularity: "word" });

    function rerank(query: string, passages: readonly Passage[]): number[] {
      const index = new MiniSearch<{ id: number }>({
        fields: ["headings", "path", "text"],
        tokenize: (text) => termsOf(segmenter, text),
        // The terms are as they should be.
        processTerm: (term) => term,
      });
      index.addAll(passages.map(({ headings, path, text }, id) => ({
        id,
        headings: headings.join("\n"),
        path,
        text,
      })));
      const scores = new Array<number>(passages.length).fill(0);
      const results = index.search(query, {
        boost: { headings: config.heading_boost, path: config.path_boost },
        // "permission" finds "permissions", and "permisions" both of them;
        // a short term has too many neighbours for that.
        prefix: (term) => term.length > 3,
        fuzzy: (term) => term.length > 4 ? 0.2 : false,
      });
      for (const { id, score } of results) scores[Number(id)] = score;
      return scores;
    }

    return { rerank };
  },
  healthCheck: () => true,
});
