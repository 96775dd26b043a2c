/**
 * `deno task mutate [--only TEXT] [--count N] [--seed N] [--jobs N] [--list]`:
 * puts small faults into copies of the rooms that decide, one at a time.
 * It fails when the tests miss a fault that `tools/mutate/survivors.md` does
 * not list.
 *
 * The tool finds the places with its own patterns. Stryker could run `deno
 * test` as a command, but it needs Node and many packages that nothing else
 * here uses.
 */

import { mutate, readMutateOptions } from "./mutate/mutate.ts";

try {
  const root = await Deno.realPath(`${import.meta.dirname}/..`);
  Deno.exitCode = await mutate(root, readMutateOptions(Deno.args));
} catch (thrown) {
  const why = thrown instanceof Error ? thrown.message : thrown;
  Deno.stderr.writeSync(new TextEncoder().encode(`${why}\n`));
  Deno.exitCode = 2;
}
