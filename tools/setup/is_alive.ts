import process from "node:process";

/**
 * Says whether a process runs, without touching it.
 *
 * @param pid The process's number.
 * @returns `true` also for a process of somebody else.
 */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
