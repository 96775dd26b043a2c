/**
 * Ends a process and what it started.
 *
 * @module
 */

import { denoProgram } from "./deno_program.ts";

/** True if the system has groups of processes that end as one. */
export const HAS_GROUPS: boolean = Deno.build.os !== "windows";

/** Kills a group; a process that may not do that itself starts one that may. */
async function killGroup(pid: number): Promise<void> {
  const { state } = Deno.permissions.querySync({ name: "run" });
  if (state === "granted") {
    Deno.kill(-pid, "SIGKILL");
    return;
  }
  await new Deno.Command(denoProgram(), {
    args: ["eval", "--no-config", "--no-lock", `Deno.kill(-${pid},"SIGKILL")`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
}

/**
 * Kills what is left of the group of a process. A program that made itself a
 * group of its own is not in it.
 *
 * @param pid The process, which was started at the head of a group.
 * @returns A promise that is fulfilled when it is done, and never rejected.
 */
export async function killRest(pid: number): Promise<void> {
  if (!HAS_GROUPS) return;
  try {
    await killGroup(pid);
  } catch {
    // Nobody is left.
  }
}
