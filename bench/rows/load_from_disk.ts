import type { Bench, BenchSettings } from "../bench.ts";
import { makePlugins } from "../fixtures/make_plugins.ts";
import { PLUGIN_FLAGS } from "../fixtures/plugin_manifest.ts";
import { pairProcesses } from "../measure/pair_processes.ts";
import { readNumber } from "../measure/read_answer.ts";

const TARGETS = new Map([[10, 1.5], [100, 1.25], [1000, 1.2]]);
const FLOOR = "read and import";

/**
 * Loads plugins from the disk, against reading and importing the same files.
 */
export function loadFromDisk(
  { quick, directory }: BenchSettings,
  count: number,
): Bench {
  const id = `load-${count}`;
  const target = TARGETS.get(count);
  return {
    name: `load ${count} plugins from the disk`,
    unit: "ms",
    rows: [
      {
        id,
        what: `load ${count} plugins from the disk`,
        ...target === undefined ? {} : { target },
        growth: { of: "load from the disk", size: count },
      },
      {
        id: `${id}-process`,
        what: `the same ${count}, the whole process`,
      },
    ],
    async measure() {
      const plugins = `${directory}/plugins-${count}`;
      await makePlugins(plugins, count);
      const log = (round: number) =>
        `${directory}/load-${count}-${round}.jsonl`;
      const request = { directory: plugins, count };
      const { ours, theirs } = await pairProcesses(
        {
          script: "load_host",
          options: (round) => ({
            flags: [...PLUGIN_FLAGS, `--allow-write=${directory}`],
            request: { ...request, log: log(round) },
          }),
        },
        {
          script: "load_floor",
          options: () => ({
            flags: [...PLUGIN_FLAGS, `--allow-write=${directory}`],
            request,
          }),
        },
        quick ? 1 : count >= 1000 ? 15 : 25,
      );
      return {
        [id]: {
          ours: ours.map(({ answer }) => readNumber(answer, "elapsed")),
          theirs: {
            [FLOOR]: theirs.map(({ answer }) => readNumber(answer, "elapsed")),
          },
        },
        [`${id}-process`]: {
          ours: ours.map(({ elapsed }) => elapsed),
          theirs: { [FLOOR]: theirs.map(({ elapsed }) => elapsed) },
        },
      };
    },
  };
}
