import type { Bench, BenchSettings } from "../bench.ts";
import { makeProcessPlugins } from "../fixtures/make_process_plugins.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/** Kills hosts, and waits for the end of their processes. */
export function orphanProcess({ quick, directory }: BenchSettings): Bench {
  return {
    name: "processes outlive their host",
    unit: "ms",
    rows: [
      {
        id: "process-orphan-idle",
        what: "an idle process outlives its killed host",
        most: 100,
      },
      {
        id: "process-orphan-busy",
        what: "a busy process outlives its killed host",
        most: 100,
      },
    ],
    async measure() {
      if (Deno.build.os !== "linux") {
        const result = { notMeasured: "it takes Linux" };
        return { "process-orphan-idle": result, "process-orphan-busy": result };
      }
      const plugins = `${directory}/processes-orphans`;
      await makeProcessPlugins(plugins, 2);
      const { answer } = await runChild("process_orphans", {
        flags: ["--allow-all"],
        request: {
          directory: plugins,
          ...quick ? { rounds: 1, warmUp: 0 } : { rounds: 21, warmUp: 2 },
        },
      });
      const against = (ours: string) => {
        const bare = `${ours}-bare`;
        const read = readComparison(answer, ours, [bare]);
        return {
          ours: read.ours,
          theirs: { "bare process": read.theirs[bare] ?? [] },
        };
      };
      return {
        "process-orphan-idle": against("idle"),
        "process-orphan-busy": against("busy"),
      };
    },
  };
}
