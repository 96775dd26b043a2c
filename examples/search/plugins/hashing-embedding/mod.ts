/**
 * Embeds texts by feature hashing: no model, no network, and the same vector
 * for the same text everywhere.
 *
 * It finds texts that share words and parts of words. It does not know that
 * "car" and "automobile" mean the same.
 *
 * @module
 */

import { definePlugin } from "@semantik/plugins/plugin";
import { z } from "npm:zod@^4.6.7";
import type { Embedding } from "../../contracts.ts";
import { featuresOf } from "./features_of.ts";
import { hashFeatures } from "./hash_features.ts";
import { ENGLISH_IGNORED_WORDS } from "./ignored_words.ts";
import { wordsOf } from "./words_of.ts";

const CONFIG_SCHEMA = z.strictObject({
  /** The length of the vectors. */
  dimensions: z.int().min(64).max(65_536).default(1_024),
  /** Words that do not tell the topic of a text. */
  ignored_words: z.array(z.string()).readonly().default(ENGLISH_IGNORED_WORDS),
}).prefault({});

const WEIGHTS = { word: 1, pair: 0.5, part: 0.7 };

export default definePlugin({
  configSchema: CONFIG_SCHEMA,
  setup({ config: { dimensions, ignored_words } }): Embedding {
    // A fixed locale, so that the vectors do not depend on the host's.
    const segmenter = new Intl.Segmenter("en", { granularity: "word" });
    const ignored = new Set(
      ignored_words.flatMap((w) => wordsOf(segmenter, w)),
    );
    function embedText(text: string): Float32Array {
      const words = wordsOf(segmenter, text);
      return hashFeatures(featuresOf(words, ignored, WEIGHTS), dimensions);
    }
    return { dimensions, embed: (texts) => texts.map(embedText) };
  },
  healthCheck: () => true,
});
