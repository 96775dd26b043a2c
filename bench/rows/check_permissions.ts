import type { Bench, BenchSettings } from "../bench.ts";
import { PLUGIN_FLAGS } from "../fixtures/plugin_manifest.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/** Checks the permissions of plugins, against bare queries. */
export function checkPermissions(
  { quick, root }: BenchSettings,
  count: number,
): Bench {
  const id = `permissions-${count}`;
  return {
    name: `check the permissions of ${count} plugins`,
    unit: "ms",
    rows: [{
      id,
      what: `check the permissions of ${count} plugins`,
      ...count === 1000 ? { target: 3 } : {},
      growth: { of: "check permissions", size: count },
    }],
    async measure() {
      const { answer } = await runChild("check_permissions", {
        // By name: a whole kind would make every query trivial.
        flags: [...PLUGIN_FLAGS.slice(1), `--allow-read=${root},/srv/plugins`],
        request: {
          count,
          directory: "/srv/plugins",
          ...quick ? { rounds: 2, warmUp: 1 } : { rounds: 41, warmUp: 10 },
        },
      });
      return {
        [id]: readComparison(answer, "ours", ["Deno.permissions.query"]),
      };
    },
  };
}
