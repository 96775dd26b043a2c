/**
 * The cold start.
 *
 * @module
 */

import type { Bench, BenchSettings } from "../bench.ts";
import { makePlugins } from "../fixtures/make_plugins.ts";
import { PLUGIN_FLAGS } from "../fixtures/plugin_manifest.ts";
import { pairProcesses } from "../measure/pair_processes.ts";

/**
 * A process that loads one plugin and ends, against one that imports what the
 * package is built on.
 *
 * @param settings What the benchmarks are told.
 * @returns The benchmark.
 */
export function coldStart({ quick, directory }: BenchSettings): Bench {
  return {
    name: "cold start",
    unit: "ms",
    fair:
      "Whole processes from start to end, with the same flags and caches of Deno that " +
      "are warm: ours imports mod.ts and loads one plugin from the disk; the " +
      "other imports zod, @std/log, @std/semver and the module of that plugin",
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
