/** Tells why a plugin's process ended. Pure. */

import type { Ended } from "../runner.ts";

/** The facts about the end of a process. */
export interface EndFacts {
  readonly code: number;
  readonly signal: string | null;
  /** The end of its standard error. */
  readonly lastWords: string;
  /** The reason why the host ended it, if the host did. */
  readonly asked: "disposed" | "killed" | "broker" | undefined;
  /** True if its processor time is limited. */
  readonly hasCpuLimit: boolean;
}

// The engine writes it before it gives up.
const MEMORY_REGEXP =
  /out of memory|heap limit|allocation failed|allocation of \d+ bytes failed|failed to reserve|cannot allocate memory/i;

// The messages of an engine that goes on without the memory.
const ALLOCATION_REGEXP =
  /Array buffer allocation failed|: Out of memory$|could not allocate memory|Unable to grow instance memory/;

/** True if a plugin's error says that the process may not have more memory. */
export function isAllocationError(thrown: unknown): thrown is RangeError {
  return thrown instanceof RangeError && ALLOCATION_REGEXP.test(thrown.message);
}

const EXIT_CPU = 152;
const EXIT_BROKER = 87;

export function reasonOf(
  { code, signal, lastWords, asked, hasCpuLimit }: EndFacts,
): Ended["reason"] {
  if (asked !== undefined) return asked;
  if (signal === "SIGXCPU") return "cpu";
  // A wrapper passes the signal on by its number. A plugin can exit with it too.
  if (code === EXIT_CPU && hasCpuLimit) return "cpu";
  if (code === EXIT_BROKER) return "broker";
  if (MEMORY_REGEXP.test(lastWords)) return "memory";
  // The kernel's killer of processes uses this signal too.
  if (signal === "SIGKILL") return "killed";
  return "crashed";
}
