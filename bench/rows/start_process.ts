import type { Bench, BenchSettings } from "../bench.ts";
import { makeProcessPlugins } from "../fixtures/make_process_plugins.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

const PEER = "bare processes";

/** Starts plugins in processes of their own, against bare processes. */
export function startProcess({ quick, directory }: BenchSettings): Bench {
  const count = quick ? 3 : 20;
  return {
    name: "start processes",
    unit: "ms",
    rows: [
      {
        id: "process-start",
        what: "start a process for a plugin, to its first reply",
        target: 1.35,
      },
      {
        id: "process-start-many",
        what: `start ${count} of them together`,
        most: 400,
      },
    ],
    async measure() {
      const plugins = `${directory}/processes-start-${count}`;
      await makeProcessPlugins(plugins, count);
      const { answer } = await runChild("process_start", {
        flags: ["--allow-all"],
        request: {
          directory: plugins,
          count,
          ...quick ? { rounds: 1, warmUp: 0 } : { rounds: 21, warmUp: 5 },
        },
      });
      const against = (ours: string, bare: string) => {
        const read = readComparison(answer, ours, [bare]);
        return { ours: read.ours, theirs: { [PEER]: read.theirs[bare] ?? [] } };
      };
      return {
        "process-start": against("one", "bareOne"),
        "process-start-many": against("many", "bareMany"),
      };
    },
  };
}
