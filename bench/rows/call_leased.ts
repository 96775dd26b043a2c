/**
 * Calls under a lease.
 *
 * @module
 */

import type { Bench, BenchSettings } from "../bench.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/**
 * Calls under a lease, against hooks with one handler.
 *
 * @param settings What the benchmarks are told.
 * @returns The benchmark.
 */
export function callLeased({ quick }: BenchSettings): Bench {
  return {
    name: "call under a lease",
    unit: "ms",
    fair:
      "host.use() finds the plugin, counts the call and awaits the method; " +
      "hookable awaits callHook(), tapable the promise() of an AsyncSeriesHook with one " +
      "tapPromise(), each with the same asynchronous method behind it, " +
      "one call after the other",
    rows: [{
      id: "lease",
      what: "call under a lease, host.use()",
      target: 1,
    }],
    async measure() {
      const { answer } = await runChild("call_leased", {
        flags: [],
        request: quick
          ? { calls: 5_000, rounds: 3, warmUp: 2 }
          : { calls: 100_000, rounds: 41, warmUp: 10 },
      });
      return { lease: readComparison(answer, "ours", ["hookable", "tapable"]) };
    },
  };
}
