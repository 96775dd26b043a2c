/**
 * `deno task mutate [--only TEXT] [--count N] [--seed N] [--jobs N] [--list]`:
 * puts small faults into copies of `src/host` and `src/secrets`, one at a time,
 * and fails when the tests find one not and `tools/mutate/survivors.md` does not
 * list it.
 *
 * The tool finds the places with patterns of its own. Stryker could run
 * `deno test` as a command, but it needs Node and a tree of packages that
 * nothing else here uses.
 *
 * @module
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
