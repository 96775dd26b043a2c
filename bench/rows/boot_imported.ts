/**
 * Booting plugins that are imported already.
 *
 * @module
 */

import type { Bench, BenchSettings } from "../bench.ts";
import { PLUGIN_FLAGS } from "../fixtures/plugin_manifest.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/**
 * Booting N plugins that are imported already, against `avvio` and `cordis`.
 *
 * @param settings What the benchmarks are told.
 * @param count N.
 * @returns The benchmark.
 */
export function bootImported(
  { quick }: BenchSettings,
  count: number,
): Bench {
  const id = `boot-${count}`;
  return {
    name: `boot ${count} imported plugins`,
    unit: "ms",
    fair:
      "Each framework is made anew and is handed the same N set-up functions, " +
      "as its documents say: builtins of the host with load(), use() with " +
      "ready(), plugin() with start(). The clock runs from before the framework " +
      "is made until all are set up; disposing is left out. Ours validates manifests, " +
      "checks permissions and orders by dependencies besides; no side keeps a trail",
    rows: [{
      id,
      what: `boot ${count} imported plugins`,
      target: 1,
      growth: { of: "boot imported", size: count },
    }],
    async measure() {
      const { answer } = await runChild("boot", {
        // Of the variables that the peers read.
        flags: [...PLUGIN_FLAGS, "--allow-env", "--allow-sys"],
        request: quick
          ? { count, rounds: 2, warmUp: 1 }
          : { count, rounds: 41, warmUp: count >= 1000 ? 5 : 30 },
      });
      return { [id]: readComparison(answer, "ours", ["avvio", "cordis"]) };
    },
  };
}
