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
import { ENGLISH_IGNORED_WORDS } from "./ignored_words.ts";
import { termsOf } from "./terms_of.ts";

const CONFIG_SCHEMA = z.strictObject({
  /** The weight of a word in a heading; in the text it is 1. */
  heading_boost: z.number().positive().default(2),
  /** The weight of a word in the path; in the text it is 1. */
  path_boost: z.number().positive().default(1),
  /** Words of the query that do not tell its topic. */
  ignored_words: z.array(z.string()).readonly().default(ENGLISH_IGNORED_WORDS),
}).prefault({});

export default definePlugin({
  configSchema: CONFIG_SCHEMA,
  setup({ config }): Reranker {
    const segmenter = new Intl.Segmenter("en", { granularity: "word" });
    const ignored = new Set(
      config.ignored_words.flatMap((word) => termsOf(segmenter, word)),
    );

    /**
     * Ignores "my", which is rarer than "plugin" among few passages and would
     * count more.
     */
    function queryTerms(query: string): string[] {
      const terms = termsOf(segmenter, query);
      const telling = terms.filter((term) => !ignored.has(term));
      return telling.length > 0 ? telling : terms;
    }

    function rerank(query: string, passages: readonly Passage[]): number[] {
      const index = new MiniSearch<{ id: number }>({
        fields: ["headings", "path", "text"],
        tokenize: (text) => termsOf(segmenter, text),
        // The query has the terms as written.
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
        tokenize: queryTerms,
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
