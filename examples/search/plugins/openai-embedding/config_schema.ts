import { z } from "npm:zod@^4.6.7";
import { MODEL_DIMENSIONS } from "./model_dimensions.ts";

const LOOPBACK_REGEXP = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * A key that a header can carry. Others are refused here, because the error of
 * `fetch` would show them.
 */
export const API_KEY_SCHEMA = z.string().trim().regex(
  /^[\x21-\x7e]+$/,
  "must be printable ASCII characters without spaces",
);

const BASE_URL_SCHEMA = z.url({ protocol: /^https?$/ }).refine(
  (value) => {
    const url = URL.parse(value);
    return url?.protocol === "https:" ||
      LOOPBACK_REGEXP.test(url?.hostname ?? "");
  },
  "must be https: the key would be sent in clear",
);

/** The schema of this plugin's configuration. */
export const CONFIG_SCHEMA = z.strictObject({
  /** The key; without it, the environment's `OPENAI_API_KEY`. */
  api_key: API_KEY_SCHEMA.optional(),
  /** The model. */
  model: z.string().min(1).default("text-embedding-3-small"),
  /** The length of the vectors; by default, that of the model. */
  dimensions: z.int().min(1).max(65_536).optional(),
  /** The address of OpenAI's API, or of a compatible one. */
  base_url: BASE_URL_SCHEMA.default("https://api.openai.com/v1"),
  /** The number of texts in one request. */
  batch_size: z.int().min(1).max(2_048).default(256),
  /** The characters of a text to send; a model reads only so many. */
  max_input_characters: z.int().min(1).default(8_000),
  /** The number of retries when the API is busy. */
  max_retries: z.int().min(0).max(10).default(4),
  /** The milliseconds to wait for one response. */
  timeout: z.int().min(1).default(30_000),
}).refine(
  ({ dimensions, model }) =>
    dimensions !== undefined || MODEL_DIMENSIONS.has(model),
  {
    path: ["dimensions"],
    message: "must be given for a model that this plugin does not know",
  },
).prefault({});

/** The validated configuration. */
export type OpenAiConfig = z.output<typeof CONFIG_SCHEMA>;
