/**
 * `deno task fuzz [file...]`: runs the property tests in `tests/fuzz/` with
 * `PLUGINS_FUZZ_RUNS` cases, many more than an ordinary run.
 *
 * Without a file, it then judges the tests with `PLUGINS_FUZZ_MUTANTS` faults,
 * as `deno task mutate` does.
 */

import { runTests } from "./gates/run_tests.ts";
import { mutate, readMutateOptions } from "./mutate/mutate.ts";

const root = await Deno.realPath(`${import.meta.dirname}/..`);
let status = await runTests(root, {
  args: Deno.args.length > 0 ? Deno.args : ["tests/fuzz/"],
  env: { PLUGINS_FUZZ_RUNS: Deno.env.get("PLUGINS_FUZZ_RUNS") ?? "20000" },
});
if (status === 0 && Deno.args.length === 0) {
  const count = Deno.env.get("PLUGINS_FUZZ_MUTANTS") ?? "40";
  status = await mutate(root, readMutateOptions([`--count=${count}`]));
}
Deno.exitCode = status;
