/** Writes an audit log of many lines, with a chain. */

import { createAuditLogger, JsonLinesHandler } from "@semantik/plugins/audit";
import { readRequest } from "./child.ts";

const { path, lines } = readRequest<{ path: string; lines: number }>();
const handler = new JsonLinesHandler(path, { chain: true });
using audit = createAuditLogger({ handlers: [handler] });
for (let index = 0; index < lines; index++) {
  audit.log(`plugin-${index % 40}`, "index.rebuilt", {
    documents: index,
    collection: "handbook",
    duration_ms: 17.5,
  }, {
    plugin: {
      type: "indexer",
      version: "1.2.3",
      entryPoint: "file:///srv/plugins/indexer/mod.ts",
    },
  });
}
