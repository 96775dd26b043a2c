/**
 * Cuts Markdown into passages: along its headings, with code blocks kept
 * whole, and each word on the line that it was written on.
 *
 * @module
 */

import { definePlugin } from "@semantik/plugins/plugin";
import { z } from "npm:zod@^4.6.7";
import type { Chunker } from "../../contracts.ts";
import { chunkMarkdown } from "./chunk_markdown.ts";

const CONFIG_SCHEMA = z.strictObject({
  /** The longest passage, in characters. */
  max_characters: z.int().min(200).default(1_600),
  /** The longest code block that is kept whole. */
  max_code_characters: z.int().min(200).default(6_000),
  /** The number of characters that the next passage of a section repeats. */
  overlap_characters: z.int().min(0).default(200),
}).refine(
  (config) => config.overlap_characters * 2 <= config.max_characters,
  {
    path: ["overlap_characters"],
    message: "must be at most half of max_characters",
  },
).prefault({});

export default definePlugin({
  configSchema: CONFIG_SCHEMA,
  setup({ config }): Chunker {
    const limits = {
      maxCharacters: config.max_characters,
      maxCodeCharacters: config.max_code_characters,
      overlapCharacters: config.overlap_characters,
    };
    return { chunk: (document) => chunkMarkdown(document, limits) };
  },
  healthCheck: () => true,
});
