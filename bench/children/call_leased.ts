/** Calls a plugin under a lease and hooks with one handler, in turns. */

import { contract, PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { createHooks } from "hookable";
import { AsyncSeriesHook } from "tapable";
import { pluginManifest } from "../fixtures/plugin_manifest.ts";
import { alternate, type Rounds } from "../measure/alternate.ts";
import { answer, readRequest } from "./child.ts";

const { calls, ...rounds } = readRequest<{ calls: number } & Rounds>();

interface Indexer {
  add(document: number): Promise<void>;
}

function makeIndexer(): Indexer {
  let added = 0;
  return {
    add: async (document) => {
      added += await document;
    },
  };
}

const host = new PluginHost({
  name: "bench",
  version: "1.4.0",
  contracts: { embedding: contract<Indexer>("add") },
  builtins: [{
    manifest: { ...pluginManifest(0), permissions: {} },
    plugin: { setup: () => makeIndexer() },
  }],
  audit: createAuditLogger({ handlers: [] }),
});
await host.load();

const forHookable = makeIndexer();
const hooks = createHooks<{ add: (document: number) => Promise<void> }>();
hooks.hook("add", (document) => forHookable.add(document));

const forTapable = makeIndexer();
const hook = new AsyncSeriesHook<[number]>(["document"]);
hook.tapPromise("indexer", (document) => forTapable.add(document));

function perCall(call: (document: number) => unknown): () => Promise<number> {
  return async () => {
    const start = performance.now();
    for (let document = 0; document < calls; document++) await call(document);
    return (performance.now() - start) / calls;
  };
}

answer(
  await alternate({
    ours: perCall((document) =>
      host.use("plugin-0000", "embedding", (plugin) => plugin.add(document))
    ),
    hookable: perCall((document) => hooks.callHook("add", document)),
    tapable: perCall((document) => hook.promise(document)),
  }, rounds),
);
