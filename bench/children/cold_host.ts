/** Imports the package, loads one plugin, then ends. */

import { PluginHost } from "@semantik/plugins";
import { readRequest } from "./child.ts";

const { directory } = readRequest<{ directory: string }>();
const host = new PluginHost({
  name: "bench",
  version: "1.4.0",
  sources: [directory],
});
const { loaded } = await host.load();
if (loaded.length !== 1) throw new Error(`It loaded ${loaded.length}`);
