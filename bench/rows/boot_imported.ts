import type { Bench, BenchSettings } from "../bench.ts";
import { PLUGIN_FLAGS } from "../fixtures/plugin_manifest.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/** Boots imported plugins, against `avvio` and `cordis`. */
export function bootImported(
  { quick }: BenchSettings,
  count: number,
): Bench {
  const id = `boot-${count}`;
  return {
    name: `boot ${count} imported plugins`,
    unit: "ms",
    rows: [{
      id,
      what: `boot ${count} imported plugins`,
      target: 1,
      growth: { of: "boot imported", size: count },
    }],
    async measure() {
      const { answer } = await runChild("boot", {
        // The peers read variables.
        flags: [...PLUGIN_FLAGS, "--allow-env", "--allow-sys"],
        request: quick
          ? { count, rounds: 2, warmUp: 1 }
          : { count, rounds: 41, warmUp: count >= 1000 ? 5 : 30 },
      });
      return { [id]: readComparison(answer, "ours", ["avvio", "cordis"]) };
    },
  };
}
