/** Calls plugins under leases, with and without telemetry, in turns. */

import {
  contract,
  PluginHost,
  type PluginHostOptions,
} from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { pluginManifest } from "../fixtures/plugin_manifest.ts";
import { alternate, type Rounds } from "../measure/alternate.ts";
import { answer, readRequest } from "./child.ts";

const { calls, ...rounds } = readRequest<{ calls: number } & Rounds>();

interface Indexer {
  add(document: number): Promise<void>;
}

async function perCall(
  telemetry: Pick<PluginHostOptions, "telemetry">,
): Promise<() => Promise<number>> {
  let added = 0;
  const host = new PluginHost({
    name: "bench",
    version: "1.4.0",
    contracts: { embedding: contract<Indexer>("add") },
    builtins: [{
      manifest: { ...pluginManifest(0), permissions: {} },
      plugin: {
        setup: () => ({
          add: async (document: number) => {
            added += await document;
          },
        }),
      },
    }],
    audit: createAuditLogger({ handlers: [] }),
    ...telemetry,
  });
  await host.load();
  return async () => {
    const start = performance.now();
    for (let document = 0; document < calls; document++) {
      await host.use(
        "plugin-0000",
        "embedding",
        (plugin) => plugin.add(document),
      );
    }
    return (performance.now() - start) / calls;
  };
}

answer(
  await alternate({
    metered: await perCall({ telemetry: "global" }),
    plain: await perCall({}),
  }, rounds),
);
