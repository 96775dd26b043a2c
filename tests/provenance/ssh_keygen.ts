/** `ssh-keygen` for tests: tests may start no program but Deno. */

import { runProgram } from "../run_deno.ts";

const { code } = await runProgram(
  new URL("has_ssh_keygen.ts", import.meta.url),
  { flags: ["--allow-run=ssh-keygen"] },
);

/** The reason why a test that needs `ssh-keygen` cannot run. */
export const WITHOUT_SSH_KEYGEN: string | undefined = code === 0
  ? undefined
  : "this machine has no ssh-keygen";
