/** Facts of Linux about processes. Deno guards `/proc` by all permissions. */

const KIB = 1_024;

/** The memory of a process in bytes. */
export interface ProcessMemory {
  readonly resident: number;
  /** What it has for itself, and its part of what it shares with others. */
  readonly proportional: number;
}

/** Reads the memory of a process. */
export function readMemory(pid: number): ProcessMemory {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const read = (name: string) => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text);
    if (found === null) throw new Error(`Cannot read ${name} of a process`);
    return Number(found[1]) * KIB;
  };
  return { resident: read("Rss"), proportional: read("Pss") };
}

/** Tests if a process runs. One that waits to be reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const state = text.charAt(text.lastIndexOf(")") + 2);
    return state !== "Z" && state !== "X";
  } catch {
    return false;
  }
}
