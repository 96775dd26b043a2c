import type { Bench, BenchSettings, Row } from "../bench.ts";
import {
  makeProcessPlugins,
  STATES,
} from "../fixtures/make_process_plugins.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

type State = typeof STATES[number];

const STATE_NAMES: Readonly<Record<State, string>> = {
  idle: "kill an idle process",
  loop: "kill one in an endless loop",
  deaf: "kill one that ignores SIGTERM",
  full: "kill one that holds 128 MiB",
};

/** Kills plugins in processes of their own, against bare processes. */
export function endProcess({ quick, directory }: BenchSettings): Bench {
  return {
    name: "end processes",
    unit: "ms",
    rows: [
      ...STATES.map((state): Row => ({
        id: `process-kill-${state}`,
        what: STATE_NAMES[state],
        most: 20,
      })),
      {
        id: "process-overrun",
        what: "the time that a call lasts beyond its limit",
        most: 50,
      },
    ],
    async measure() {
      const plugins = `${directory}/processes-end`;
      await makeProcessPlugins(plugins, 1);
      const { answer } = await runChild("process_end", {
        flags: ["--allow-all"],
        request: {
          directory: plugins,
          limit: 200,
          ...quick ? { rounds: 1, warmUp: 0 } : { rounds: 21, warmUp: 2 },
        },
      });
      const against = (ours: string, peer: string) => {
        const bare = `${ours}-bare`;
        const read = readComparison(answer, ours, [bare]);
        return { ours: read.ours, theirs: { [peer]: read.theirs[bare] ?? [] } };
      };
      return {
        ...Object.fromEntries(STATES.map((state) => [
          `process-kill-${state}`,
          against(state, "bare process"),
        ])),
        "process-overrun": against("late", "a timer"),
      };
    },
  };
}
