import {
  contract,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
// What the host imports itself, its plugins may import without a permission to
// read it.
import "@semantik/plugins/plugin";
import type { Chunker, Embedding, Reranker } from "./contracts.ts";

const CONTRACTS = {
  chunker: contract<Chunker>("chunk"),
  embedding: contract<Embedding>("embed"),
  reranker: contract<Reranker>("rerank"),
};

/** The host of the search, with the types of plugins that it knows. */
export type SearchHost = PluginHost<typeof CONTRACTS>;

/** What of the host somebody else decides: a test, or who starts the search. */
export type SearchHostOptions = Omit<
  Partial<PluginHostOptions>,
  "name" | "version" | "contracts"
>;

/**
 * Makes the host of the search. Nothing is read and nothing runs yet.
 *
 * @param options What is to be otherwise than it is by default.
 * @returns The host.
 */
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
