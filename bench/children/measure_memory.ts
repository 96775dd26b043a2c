/** The memory of a process, in bytes. */
export interface Memory {
  /** The reachable part of the heap, after garbage collection. */
  readonly heap: number;
  /** The memory that the system assigned to the process. */
  readonly resident: number;
}

function collect(): void {
  // Needs --v8-flags=--expose-gc.
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc !== "function") throw new Error("It runs without gc()");
  Reflect.apply(gc, undefined, []);
}

/** Collects garbage and measures the remaining memory. */
export async function measureMemory(): Promise<Memory> {
  for (let time = 0; time < 3; time++) {
    collect();
    // Pending callbacks run and release what they hold.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, rss } = Deno.memoryUsage();
  return { heap: heapUsed, resident: rss };
}
