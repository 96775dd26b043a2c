import type { Bench, BenchSettings } from "../bench.ts";
import { makeEnvironment } from "../fixtures/make_environment.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

const PEER = "Deno.env.toObject";

/** The variables that Deno needs to find its cache. */
function baseEnvironment(): Record<string, string> {
  const base: Record<string, string> = {};
  for (const name of ["HOME", "DENO_DIR", "PATH", "LOCALAPPDATA"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) base[name] = value;
  }
  return base;
}

/** Reads the environment without secrets, against Deno's own call. */
export function sanitizeEnvironment(
  { quick }: BenchSettings,
  count: number,
): Bench {
  const id = `environment-${count}`;
  return {
    name: `sanitize ${count} variables`,
    unit: "ms",
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
