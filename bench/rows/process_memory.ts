import type { Bench, BenchSettings } from "../bench.ts";
import { makeProcessPlugins } from "../fixtures/make_process_plugins.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

const MIB = 1_048_576;

/** Measures the memory of processes of plugins, against bare processes. */
export function processMemory({ quick, directory }: BenchSettings): Bench {
  const count = quick ? 3 : 20;
  return {
    name: "memory of processes",
    unit: "bytes",
    rows: [
      {
        id: "process-memory-together",
        what: `memory of the processes of ${count} plugins, together`,
        most: 250 * MIB,
      },
      {
        id: "process-memory-each",
        what: "memory of one of them, with what it shares",
        most: 36 * MIB,
      },
    ],
    async measure() {
      if (Deno.build.os !== "linux") {
        const result = { notMeasured: "it takes Linux" };
        return {
          "process-memory-together": result,
          "process-memory-each": result,
        };
      }
      const plugins = `${directory}/processes-memory-${count}`;
      await makeProcessPlugins(plugins, count);
      const { answer } = await runChild("process_memory", {
        flags: ["--allow-all"],
        request: { directory: plugins, count, rounds: quick ? 1 : 9 },
      });
      const against = (ours: string, bare: string) => {
        const read = readComparison(answer, ours, [bare]);
        return {
          ours: read.ours,
          theirs: { "bare processes": read.theirs[bare] ?? [] },
        };
      };
      return {
        "process-memory-together": against("together", "bareTogether"),
        "process-memory-each": against("each", "bareEach"),
      };
    },
  };
}
