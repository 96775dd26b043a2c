/** Loads a directory of plugins with a host that audits to a file. */

import { PluginHost } from "@semantik/plugins";
import { createAuditLogger, JsonLinesHandler } from "@semantik/plugins/audit";
import { answer, readRequest } from "./child.ts";

const { directory, count, log, lock, store } = readRequest<
  {
    directory: string;
    count: number;
    log: string;
    lock?: string;
    store?: string;
  }
>();

const start = performance.now();
using audit = createAuditLogger({ handlers: [new JsonLinesHandler(log)] });
const host = new PluginHost({
  name: "bench",
  version: "1.4.0",
  sources: [directory],
  ...lock === undefined ? {} : { lock },
  ...store === undefined ? {} : { store },
  audit,
});
const { loaded } = await host.load();
const elapsed = performance.now() - start;

if (loaded.length !== count) throw new Error(`It loaded ${loaded.length}`);
answer({ elapsed });
