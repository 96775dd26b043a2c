/**
 * The environment without secrets.
 *
 * @module
 */

import type { Bench, BenchSettings } from "../bench.ts";
import { makeEnvironment } from "../fixtures/make_environment.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

const PEER = "Deno.env.toObject";

/** What Deno needs to find its cache. */
function baseEnvironment(): Record<string, string> {
  const base: Record<string, string> = {};
  for (const name of ["HOME", "DENO_DIR", "PATH", "LOCALAPPDATA"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) base[name] = value;
  }
  return base;
}

/**
 * The environment without secrets, against Deno's own way to read all of it.
 *
 * @param settings What the benchmarks are told.
 * @param count How many variables.
 * @returns The benchmark.
 */
export function sanitizeEnvironment(
  { quick }: BenchSettings,
  count: number,
): Bench {
  const id = `environment-${count}`;
  return {
    name: `sanitize ${count} variables`,
    unit: "ms",
    fair:
      "A process that has exactly so many variables, one in ten of them a secret, " +
      "reads them all by getSanitizedEnvironment() and by Deno.env.toObject(), in " +
      "turn; both give a fresh object, and ours looks at each name and value besides",
    rows: [{
      id,
      what: `getSanitizedEnvironment() of ${count} variables`,
      target: 2,
      growth: { of: "sanitize the environment", size: count },
    }],
    async measure() {
      const { answer } = await runChild("environment", {
        flags: ["--allow-env"],
        env: makeEnvironment(baseEnvironment(), count),
        request: {
          count,
          calls: Math.ceil(8_000 / count),
          ...quick ? { rounds: 2, warmUp: 1 } : { rounds: 41, warmUp: 10 },
        },
      });
      return { [id]: readComparison(answer, "ours", [PEER]) };
    },
  };
}
