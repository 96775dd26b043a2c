/**
 * A host whose plugins are part of it, and that needs no permission at all:
 * sends standard input through filters.
 *
 * `deno run --no-prompt examples/embedded/main.ts < README.md`
 *
 * Names of plugins as arguments leave these out:
 *
 * `deno run --no-prompt examples/embedded/main.ts number-lines < README.md`
 *
 * @module
 */

import { contract, PluginError, PluginHost } from "@semantik/plugins";
import type { Filter } from "./filter.ts";
import { maskAddresses } from "./plugins/mask_addresses.ts";
import { numberLines } from "./plugins/number_lines.ts";

/** Sends a text through every filter except the disabled ones. */
async function filterText(
  text: string,
  leftOut: readonly string[],
): Promise<string> {
  await using host = new PluginHost({
    name: "embedded",
    version: "1.0.0",
    builtins: [numberLines, maskAddresses],
    contracts: { filter: contract<Filter>("apply") },
  });
  for (const id of leftOut) await host.disable(id);
  await host.load();
  let filtered = text;
  for (const filter of host.byType("filter")) {
    filtered = await filter.apply(filtered);
  }
  return filtered;
}

try {
  const text = await new Response(Deno.stdin.readable).text();
  const filtered = await filterText(text, Deno.args);
  await new Blob([filtered]).stream().pipeTo(Deno.stdout.writable);
} catch (error) {
  if (!(error instanceof PluginError)) throw error;
  // deno-lint-ignore no-console -- a command line reports its errors there
  console.error(`${error.message}. ${error.remedy}`);
  Deno.exitCode = 2;
}
