/**
 * What a process takes.
 *
 * @module
 */

/** What a process takes, in bytes. */
export interface Memory {
  /** What is reachable on the heap, after all garbage was collected. */
  readonly heap: number;
  /** What the system gave it. */
  readonly resident: number;
}

function collect(): void {
  // There with --v8-flags=--expose-gc.
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc !== "function") throw new Error("It runs without gc()");
  Reflect.apply(gc, undefined, []);
}

/**
 * Collects garbage, and measures what is left.
 *
 * @returns What the process takes.
 */
export async function measureMemory(): Promise<Memory> {
  for (let time = 0; time < 3; time++) {
    collect();
    // What was waiting for its turn lets go of what it held.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, rss } = Deno.memoryUsage();
  return { heap: heapUsed, resident: rss };
}
