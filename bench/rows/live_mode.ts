import type { Bench, BenchSettings } from "../bench.ts";
import { makeLivePlugins } from "../fixtures/make_live_plugins.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

const PLUGINS = 4;

/** Asks the host about each access, against a process whose host allows everything. */
export function liveMode({ quick, directory }: BenchSettings): Bench {
  return {
    name: "live mode",
    unit: "ms",
    rows: [
      {
        id: "live-env",
        what: "check a variable in live mode",
        target: 60 / 26,
      },
      {
        id: "live-path",
        what: "check a path in live mode, links followed",
        target: 120 / 48,
      },
      {
        id: "live-together",
        what: `the same while ${PLUGINS} plugins check`,
        target: 3,
      },
      {
        id: "live-denied",
        what: "processor time of the host for 10,000 denied checks",
        target: 1,
      },
      {
        id: "live-start",
        what: "start a process in live mode, to its first reply",
        target: 1.45,
      },
      {
        id: "live-prewarmed",
        what: "the same, with a process that was kept ready",
        most: 5,
      },
    ],
    async measure() {
      if (Deno.build.os === "windows") {
        const result = { notMeasured: "it takes Unix sockets" };
        return Object.fromEntries(
          this.rows.map(({ id }) => [id, result]),
        );
      }
      const plugins = `${directory}/live`;
      await makeLivePlugins(plugins, PLUGINS);
      const { answer } = await runChild("live_mode", {
        flags: ["--allow-all"],
        request: {
          directory: plugins,
          count: PLUGINS,
          ...quick
            ? { rounds: 1, warmUp: 0, checks: 100, denied: 500 }
            : { rounds: 21, warmUp: 3, checks: 1_000, denied: 10_000 },
        },
      });
      const against = (ours: string, theirs: string, shown: string) => {
        const read = readComparison(answer, ours, [theirs]);
        return {
          ours: read.ours,
          theirs: { [shown]: read.theirs[theirs] ?? [] },
        };
      };
      return {
        "live-env": against("env", "bareEnv", "a bare broker"),
        "live-path": against("path", "barePath", "a bare broker"),
        "live-together": against("together", "path", "one plugin"),
        "live-denied": against("host", "child", "the plugin"),
        "live-start": against("start", "bareStart", "bare process"),
        "live-prewarmed": against("prewarmed", "bareStart", "bare process"),
      };
    },
  };
}
