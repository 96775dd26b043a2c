import { z } from "npm:zod@^4.6.7";
import { MODEL_DIMENSIONS } from "./model_dimensions.ts";

const LOOPBACK_REGEXP = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * A key that a header can carry. One that cannot is refused here, since the
 * error of `fetch` would show it.
 */
export const API_KEY_SCHEMA = z.string().trim().regex(
  /^[\x21-\x7e]+$/,
  "must be of printable ASCII characters without spaces",
);

const BASE_URL_SCHEMA = z.url({ protocol: /^https?$/ }).refine(
  (value) => {
    const url = URL.parse(value);
    return url?.protocol === "https:" ||
      LOOPBACK_REGEXP.test(url?.hostname ?? "");
  },
  "must be https: the key would be sent in clear",
);

/** What the configuration of this plugin may hold. */
export const CONFIG_SCHEMA = z.strictObject({
  /** The key; without it, the environment's `OPENAI_API_KEY`. */
  api_key: API_KEY_SCHEMA.optional(),
  /** The model. */
  model: z.string().min(1).default("text-embedding-3-small"),
  /** The length of the vectors; by default what the model gives. */
  dimensions: z.int().min(1).max(65_536).optional(),
  /** Where the API is: OpenAI's, or another that speaks as it does. */
  base_url: BASE_URL_SCHEMA.default("https://api.openai.com/v1"),
  /** How many texts to send at once. */
  batch_size: z.int().min(1).max(2_048).default(256),
  /** How much of a text to send: a model reads no more than so much. */
  max_input_characters: z.int().min(1).default(8_000),
  /** How often to ask again where the API is busy. */
  max_retries: z.int().min(0).max(10).default(4),
  /** How many milliseconds to wait for one answer. */
  timeout: z.int().min(1).default(30_000),
}).refine(
  ({ dimensions, model }) =>
    dimensions !== undefined || MODEL_DIMENSIONS.has(model),
  {
    path: ["dimensions"],
    message: "must be given for a model that this plugin does not know",
  },
).prefault({});

/** The configuration of this plugin, checked. */
export type OpenAiConfig = z.output<typeof CONFIG_SCHEMA>;
