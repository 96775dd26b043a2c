import type { Bench, BenchSettings } from "../bench.ts";
import { makePlugins } from "../fixtures/make_plugins.ts";
import { PLUGIN_FLAGS } from "../fixtures/plugin_manifest.ts";
import { pairProcesses } from "../measure/pair_processes.ts";

/** Loads one plugin in a whole process, against importing the dependencies. */
export function coldStart({ quick, directory }: BenchSettings): Bench {
  return {
    name: "cold start",
    unit: "ms",
    rows: [{
      id: "cold-start",
      what: "cold start: import mod.ts, load one plugin, end",
      target: 1.15,
    }],
    async measure() {
      const plugins = `${directory}/plugins-cold`;
      await makePlugins(plugins, 1);
      const options = () => ({
        flags: PLUGIN_FLAGS,
        request: { directory: plugins },
      });
      const { ours, theirs } = await pairProcesses(
        { script: "cold_host", options },
        { script: "cold_floor", options },
        quick ? 2 : 51,
      );
      return {
        "cold-start": {
          ours: ours.map(({ elapsed }) => elapsed),
          theirs: { "bare imports": theirs.map(({ elapsed }) => elapsed) },
        },
      };
    },
  };
}
