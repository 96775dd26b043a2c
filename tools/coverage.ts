/**
 * `deno task test:coverage`: runs the tests and fails when they reach fewer
 * lines of `src/` than `deno.json` requires.
 */

import { runTests } from "./gates/run_tests.ts";

const FOLDER = "coverage";
const root = `${import.meta.dirname}/..`;

let status = await runTests(root, {
  args: ["--clean", `--coverage=${FOLDER}`, "--coverage-raw-data-only"]
    .concat(Deno.args),
});
if (status === 0) {
  const report = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", "--include=/src/", FOLDER],
    cwd: root,
    stdin: "null",
  }).spawn().status;
  status = report.code;
}
Deno.exitCode = status;
