/**
 * The permission check.
 *
 * @module
 */

import type { Bench, BenchSettings } from "../bench.ts";
import { PLUGIN_FLAGS } from "../fixtures/plugin_manifest.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/**
 * The permission check of N plugins, against bare queries.
 *
 * @param settings What the benchmarks are told.
 * @param count N.
 * @returns The benchmark.
 */
export function checkPermissions(
  { quick, root }: BenchSettings,
  count: number,
): Bench {
  const id = `permissions-${count}`;
  return {
    name: `check the permissions of ${count} plugins`,
    unit: "ms",
    fair:
      "Each plugin declares a directory of its own, one of 20 hosts and one of " +
      "20 variables. Ours normalizes what they declare, asks Deno, and works out what is " +
      "missing; the peer awaits Deno.permissions.query() of each entry. The process was granted " +
      "directories, hosts and variables by name, none of them as a whole",
    rows: [{
      id,
      what: `check the permissions of ${count} plugins`,
      ...count === 1000 ? { target: 3 } : {},
      growth: { of: "check permissions", size: count },
    }],
    async measure() {
      const { answer } = await runChild("check_permissions", {
        // By name: a kind that is granted as a whole answers for all of it.
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
