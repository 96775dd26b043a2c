/**
 * A host in ten lines: loads the plugins of a folder and calls one.
 *
 * `deno run --no-prompt --allow-read=examples/minimal/plugins --allow-env='SEMANTIK_ENABLE_*,GREETING' examples/minimal/main.ts`
 *
 * @module
 */

import { contract, PluginHost } from "@semantik/plugins";

interface Greeter {
  greet(name: string): string | Promise<string>;
}

await using host = new PluginHost({
  name: "minimal",
  version: "1.0.0",
  sources: [new URL("plugins/", import.meta.url)],
  contracts: { greeting: contract<Greeter>("greet") },
});
await host.load();

const greeting = await host.get("greeter", "greeting")?.greet("world");
// deno-lint-ignore no-console -- the output of this program
console.log(greeting ?? "Nobody is there to greet: see the audit trail above");
