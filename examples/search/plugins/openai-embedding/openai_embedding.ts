import type { PluginContext, PluginLog } from "@semantik/plugins/plugin";
import type { CallOptions, Embedding } from "../../contracts.ts";
import type { ApiClient } from "./api_client.ts";
import { batchesOf } from "./batches_of.ts";
import type { OpenAiConfig } from "./config_schema.ts";
import { canShorten, MODEL_DIMENSIONS } from "./model_dimensions.ts";
import { readEmbeddings } from "./read_embeddings.ts";

/** Embeds texts with a model of the API. */
export class OpenAiEmbedding implements Embedding {
  /** The length of every vector. */
  readonly dimensions: number;
  readonly #client: ApiClient;
  readonly #config: OpenAiConfig;
  readonly #log: PluginLog;
  readonly #signal: AbortSignal;

  constructor(
    client: ApiClient,
    config: OpenAiConfig,
    context: Pick<PluginContext, "log" | "signal">,
  ) {
    this.dimensions = config.dimensions ??
      MODEL_DIMENSIONS.get(config.model) ?? 0;
    this.#client = client;
    this.#config = config;
    this.#log = context.log;
    this.#signal = context.signal;
  }

  /** Embeds texts. Needs permission `net` for the API. */
  async embed(
    texts: readonly string[],
    options: CallOptions = {},
  ): Promise<readonly Float32Array[]> {
    const signal = options.signal
      ? AbortSignal.any([this.#signal, options.signal])
      : this.#signal;
    // The API refuses a whole batch for one empty text.
    const inputs = this.#cut(texts.filter((text) => text.trim() !== ""));
    const vectors: Float32Array[] = [];
    for (const batch of batchesOf(inputs, this.#config.batch_size)) {
      vectors.push(...await this.#embedBatch(batch, signal));
    }
    let next = 0;
    return texts.map((text) => {
      const vector = text.trim() === "" ? undefined : vectors[next++];
      return vector ?? new Float32Array(this.dimensions);
    });
  }

  #cut(texts: readonly string[]): readonly string[] {
    const length = this.#config.max_input_characters;
    const long = texts.filter((text) => text.length > length).length;
    if (long > 0) {
      this.#log.warn(
        `${long} of ${texts.length} texts are longer than ${length} ` +
          "characters: only their beginnings are embedded",
      );
    }
    // Half of a surrogate pair would be changed on the way.
    return texts.map((text) => text.slice(0, length).toWellFormed());
  }

  async #embedBatch(
    batch: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    const { dimensions, model } = this.#config;
    const shorten = dimensions !== undefined && canShorten(model);
    const answer = await this.#client.post("/embeddings", {
      model,
      input: batch,
      encoding_format: "float",
      ...(shorten ? { dimensions } : {}),
    }, signal);
    return readEmbeddings(answer, batch.length, this.dimensions);
  }
}
