import type { Bench, BenchSettings } from "../bench.ts";
import { makePlugins } from "../fixtures/make_plugins.ts";
import { PLUGIN_FLAGS } from "../fixtures/plugin_manifest.ts";
import { pairProcesses } from "../measure/pair_processes.ts";
import { readNumber } from "../measure/read_answer.ts";

const PEER = "bare imports";

/** Measures a host with loaded plugins, against the same modules imported. */
export function memory(
  { quick, directory }: BenchSettings,
  count: number,
): Bench {
  return {
    name: `memory with ${count} plugins`,
    unit: "bytes",
    rows: [
      {
        id: "memory-resident",
        what: `memory with ${count} plugins, whole process`,
        target: 1.2,
      },
      {
        id: "memory-heap",
        what: `memory with ${count} plugins, JavaScript heap`,
        target: 1.2,
      },
    ],
    async measure() {
      const plugins = `${directory}/plugins-${count}`;
      await makePlugins(plugins, count);
      const flags = [
        ...PLUGIN_FLAGS,
        `--allow-write=${directory}`,
        "--v8-flags=--expose-gc",
      ];
      const request = { directory: plugins, count };
      const { ours, theirs } = await pairProcesses(
        {
          script: "memory_host",
          options: (round) => ({
            flags,
            request: { ...request, log: `${directory}/memory-${round}.jsonl` },
          }),
        },
        { script: "memory_floor", options: () => ({ flags, request }) },
        quick ? 1 : 9,
      );
      function of(field: "heap" | "resident") {
        return {
          ours: ours.map(({ answer }) => readNumber(answer, field)),
          theirs: {
            [PEER]: theirs.map(({ answer }) => readNumber(answer, field)),
          },
        };
      }
      return { "memory-resident": of("resident"), "memory-heap": of("heap") };
    },
  };
}
