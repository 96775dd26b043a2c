/**
 * Calls of a live plugin.
 *
 * @module
 */

import type { Bench, BenchSettings } from "../bench.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/**
 * Calls of what `host.get` hands out, against direct calls.
 *
 * @param settings What the benchmarks are told.
 * @returns The benchmark.
 */
export function callLive({ quick }: BenchSettings): Bench {
  return {
    name: "call a live plugin",
    unit: "ms",
    fair:
      "The loop calls a method of the object that host.get() handed out once, " +
      "and of an object of the same shape that no host ever saw; each loop is " +
      "compiled for itself, from the same text",
    rows: [{
      id: "call",
      what: "call a method of a live plugin",
      target: 1,
    }],
    async measure() {
      const { answer } = await runChild("call_live", {
        flags: [],
        request: quick
          ? { calls: 100_000, rounds: 3, warmUp: 2 }
          : { calls: 20_000_000, rounds: 61, warmUp: 5 },
      });
      return { call: readComparison(answer, "ours", ["direct"]) };
    },
  };
}
