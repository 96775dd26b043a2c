/**
 * `deno task fuzz [file...]`: runs the property tests in `tests/fuzz/` with many
 * more cases than an ordinary run; `PLUGINS_FUZZ_RUNS` says how many.
 *
 * @module
 */

import { runTests } from "./gates/run_tests.ts";

const root = `${import.meta.dirname}/..`;
Deno.exitCode = await runTests(root, {
  args: Deno.args.length > 0 ? Deno.args : ["tests/fuzz/"],
  env: { PLUGINS_FUZZ_RUNS: Deno.env.get("PLUGINS_FUZZ_RUNS") ?? "20000" },
});
