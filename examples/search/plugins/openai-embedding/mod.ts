/**
 * Embeds texts with OpenAI's embeddings API or a compatible server, such as
 * Ollama, vLLM or llama.cpp.
 *
 * @module
 */

import { definePlugin, type PluginContext } from "@semantik/plugins/plugin";
import { ApiClient } from "./api_client.ts";
import {
  API_KEY_SCHEMA,
  CONFIG_SCHEMA,
  type OpenAiConfig,
} from "./config_schema.ts";
import { OpenAiEmbedding } from "./openai_embedding.ts";

export default definePlugin({
  configSchema: CONFIG_SCHEMA,
  setup: (context) => createEmbedding(context, context.config.max_retries),
  async healthCheck(context) {
    try {
      // The smallest request that proves the key, the quota and the model.
      await createEmbedding(context, 0).embed(["ok"]);
      return { status: "healthy", message: context.config.model };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { status: "unhealthy", message };
    }
  },
});

function createEmbedding(
  context: PluginContext<OpenAiConfig>,
  maxRetries: number,
): OpenAiEmbedding {
  const { config, env } = context;
  const key = API_KEY_SCHEMA.safeParse(config.api_key ?? env.OPENAI_API_KEY);
  if (!key.success) {
    throw new Error(
      "The key of the API is missing or malformed: set OPENAI_API_KEY, or " +
        "api_key in the configuration of this plugin",
    );
  }
  const client = new ApiClient({
    apiKey: key.data,
    baseUrl: config.base_url,
    maxRetries,
    timeout: config.timeout,
  });
  return new OpenAiEmbedding(client, config, context);
}
