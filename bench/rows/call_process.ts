import type { Bench, BenchSettings } from "../bench.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/** Calls another process over a channel, against moving as many bytes there. */
export function callProcess({ quick }: BenchSettings): Bench {
  return {
    name: "call another process",
    unit: "ms",
    rows: [
      {
        id: "text",
        what: "pass 1 KiB to another process and back",
        target: 1.4,
      },
      { id: "arrays", what: "pass 32 arrays of 1,024 floats there" },
      { id: "array", what: "pass 1 MiB of floats there" },
      { id: "many", what: "one of many calls under way together" },
      { id: "items", what: "one item of an async iterable", target: 1 },
    ],
    async measure() {
      const { answer } = await runChild("wire", {
        flags: ["--allow-run"],
        request: quick
          ? { calls: 20, many: 2_000, rounds: 3, warmUp: 2 }
          : { calls: 100, many: 20_000, rounds: 41, warmUp: 10 },
      });
      const against = (ours: string, theirs: string, shown: string) => {
        const read = readComparison(answer, ours, [theirs]);
        return { ...read, theirs: { [shown]: read.theirs[theirs] ?? [] } };
      };
      return {
        text: against("text", "bareText", "bare bytes"),
        arrays: against("arrays", "bareArrays", "bare bytes"),
        array: against("array", "bareArray", "bare bytes"),
        many: against("many", "bareMany", "bare bytes"),
        items: against("items", "calls", "a call for each"),
      };
    },
  };
}
