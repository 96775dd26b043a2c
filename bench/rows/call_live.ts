import type { Bench, BenchSettings } from "../bench.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/** Calls the object that `host.get()` returned, against direct calls. */
export function callLive({ quick }: BenchSettings): Bench {
  return {
    name: "call a live plugin",
    unit: "ms",
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
