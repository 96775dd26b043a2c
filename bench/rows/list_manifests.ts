import type { Bench, BenchSettings } from "../bench.ts";
import { makePlugins } from "../fixtures/make_plugins.ts";
import { PLUGIN_FLAGS } from "../fixtures/plugin_manifest.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/** Lists manifests without running code, against `JSON.parse` of the files. */
export function listManifests(
  { quick, directory }: BenchSettings,
  count: number,
): Bench {
  const id = `list-${count}`;
  return {
    name: `list ${count} manifests`,
    unit: "ms",
    rows: [{
      id,
      what: `list ${count} manifests`,
      target: 3,
      growth: { of: "list manifests", size: count },
    }],
    async measure() {
      const plugins = `${directory}/plugins-${count}`;
      await makePlugins(plugins, count);
      const { answer } = await runChild("list", {
        flags: PLUGIN_FLAGS,
        request: {
          directory: plugins,
          count,
          ...quick ? { rounds: 2, warmUp: 1 } : { rounds: 31, warmUp: 10 },
        },
      });
      return { [id]: readComparison(answer, "ours", ["JSON.parse"]) };
    },
  };
}
