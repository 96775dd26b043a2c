/** Shows what many reloads keep alive: run with `--v8-flags=--expose-gc`. */

import { assert, assertEquals } from "@std/assert";
import { contract, PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { subprocess } from "@semantik/plugins/subprocess";
import { withPlugins } from "../../host/with_plugins.ts";

const ROUNDS = 5;
const code = "export default { setup: () => ({ call: () => Deno.pid }) };";

await withPlugins({ a: code }, async (folder) => {
  const collected = new Set<number>();
  const registry = new FinalizationRegistry<number>((round) => {
    collected.add(round);
  });
  await using host = new PluginHost({
    name: "test",
    version: "1.0.0",
    sources: [folder],
    runner: subprocess(),
    contracts: { thing: contract<{ call(): Promise<number> }>("call") },
    switches: false,
    audit: createAuditLogger({ handlers: [] }),
  });
  await host.load();
  const first = host.get("a", "thing");
  assert(first !== undefined);
  async function reload(round: number): Promise<void> {
    await host.reload("a");
    const newest = host.get("a", "thing");
    assert(newest !== undefined);
    assertEquals(await first?.call(), await newest.call());
    registry.register(newest, round);
  }
  for (let round = 1; round <= ROUNDS; round++) await reload(round);
  // Of the versions between, the first object keeps none.
  for (let turn = 0; turn < 100 && collected.size < ROUNDS - 2; turn++) {
    Reflect.apply(Reflect.get(globalThis, "gc"), undefined, []);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert(collected.size >= ROUNDS - 2, `${collected.size}`);
  assert(!collected.has(ROUNDS));
});
