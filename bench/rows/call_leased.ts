import type { Bench, BenchSettings } from "../bench.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/** Calls a plugin under a lease, against hooks with one handler. */
export function callLeased({ quick }: BenchSettings): Bench {
  return {
    name: "call under a lease",
    unit: "ms",
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
