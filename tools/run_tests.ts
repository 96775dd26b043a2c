/** `deno task test [file...]`: runs the tests, with the fewest permissions. */

import { runTests } from "./gates/run_tests.ts";

const root = `${import.meta.dirname}/..`;
Deno.exitCode = await runTests(root, { args: Deno.args });
