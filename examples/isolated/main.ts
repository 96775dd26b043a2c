/**
 * Shows Deno deny a plugin a file that its manifest does not declare.
 *
 * `deno run --no-prompt --allow-read=examples/isolated/plugins --allow-run examples/isolated/main.ts`
 *
 * @module
 */

// deno-lint-ignore-file no-console -- the output of this program

import { contract, PluginHost } from "@semantik/plugins";
import { subprocess } from "@semantik/plugins/subprocess";

interface Reader {
  read(path: string): Promise<string>;
}

await using host = new PluginHost({
  name: "isolated",
  version: "1.0.0",
  sources: [new URL("plugins/", import.meta.url)],
  contracts: { reader: contract<Reader>("read") },
  runner: subprocess(),
  switches: false,
});
await host.load();

for (const path of ["words.txt", "../../main.ts"]) {
  const text = await host.use("reader", "reader", (one) => one.read(path))
    .catch((error) => `${error.name}: ${error.message}`);
  console.log(`${path}: ${text.trim()}`);
}
