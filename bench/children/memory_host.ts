/**
 * Measures the memory of a process whose host loaded a directory of plugins.
 */

import { PluginHost } from "@semantik/plugins";
import { createAuditLogger, JsonLinesHandler } from "@semantik/plugins/audit";
import { answer, readRequest } from "./child.ts";
import { measureMemory } from "./measure_memory.ts";

const { directory, count, log } = readRequest<
  { directory: string; count: number; log: string }
>();

using audit = createAuditLogger({ handlers: [new JsonLinesHandler(log)] });
const host = new PluginHost({
  name: "bench",
  version: "1.4.0",
  sources: [directory],
  audit,
});
const report = await host.load();

const memory = await measureMemory();
if (report.loaded.length !== count) {
  throw new Error(`It loaded ${report.loaded.length}`);
}
answer(memory);
