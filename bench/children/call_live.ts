/**
 * Calls a method of a live plugin and of an equal object without a host, in
 * turns.
 */

import { contract, PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { alternate, type Rounds } from "../measure/alternate.ts";
import { pluginManifest } from "../fixtures/plugin_manifest.ts";
import { answer, readRequest } from "./child.ts";

const { calls, ...rounds } = readRequest<{ calls: number } & Rounds>();

interface Scorer {
  score(value: number): number;
}

function makeScorer(): Scorer {
  return { score: (value) => value * 3 + 1 };
}

const host = new PluginHost({
  name: "bench",
  version: "1.4.0",
  contracts: { embedding: contract<Scorer>("score") },
  builtins: [{
    manifest: { ...pluginManifest(0), permissions: {} },
    plugin: { setup: () => makeScorer() },
  }],
  audit: createAuditLogger({ handlers: [] }),
});
await host.load();
const live = host.get("plugin-0000", "embedding");
if (live === undefined) throw new Error("It is not live");
const bare = makeScorer();

// Two functions of the same text: the engine compiles each for its own object.
function timer(scorer: Scorer): () => number {
  const run = new Function(
    "scorer",
    "calls",
    `let sum = 0;
    const start = performance.now();
    for (let call = 0; call < calls; call++) sum = (sum + scorer.score(call)) | 0;
    const elapsed = performance.now() - start;
    if (sum === 0.5) throw new Error("It never is");
    return elapsed / calls;`,
  );
  return () => Number(run(scorer, calls));
}

answer(await alternate({ ours: timer(live), direct: timer(bare) }, rounds));
