import {
  contract,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
// Plugins may import modules that the host imports itself, without a permission
// to read them.
import "@semantik/plugins/plugin";
import type { Chunker, Embedding, Reranker } from "./contracts.ts";

const CONTRACTS = {
  chunker: contract<Chunker>("chunk"),
  embedding: contract<Embedding>("embed"),
  reranker: contract<Reranker>("rerank"),
};

/** The host of the search, with the types of plugins that it knows. */
export type SearchHost = PluginHost<typeof CONTRACTS>;

/** Options that the caller decides. */
export type SearchHostOptions = Omit<
  Partial<PluginHostOptions>,
  "name" | "version" | "contracts"
>;

/** Creates the host of the search. It reads and runs nothing yet. */
export function createHost(options: SearchHostOptions = {}): SearchHost {
  return new PluginHost({
    sources: [new URL("plugins/", import.meta.url)],
    permissions: "enforce",
    ...options,
    name: "search",
    version: "0.1.0",
    contracts: CONTRACTS,
  });
}
