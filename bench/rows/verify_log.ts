import type { Bench, BenchSettings } from "../bench.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

const FLOOR = ["floor"];

/** Reads and verifies a log, against parsing and hashing each line. */
export function verifyLog(
  { quick, directory }: BenchSettings,
  lines: number,
): Bench {
  const id = `verify-${lines}`;
  const shown = lines.toLocaleString("en");
  const isJudged = lines === 1_000_000;
  return {
    name: `verify ${shown} lines`,
    unit: "ms",
    rows: [
      {
        id: `${id}-chain`,
        what: `verify an audit log of ${shown} lines`,
        ...isJudged ? { target: 1.5 } : {},
        growth: { of: "verify a log", size: lines },
      },
      {
        id: `${id}-both`,
        what: `read all of its ${shown} events, and verify it`,
        ...isJudged ? { target: 1.5 } : {},
        growth: { of: "read and verify a log", size: lines },
      },
    ],
    async measure() {
      const path = `${directory}/log-${lines}.jsonl`;
      await runChild("write_log", {
        flags: ["--allow-read", `--allow-write=${directory}`],
        request: { path, lines },
      });
      const large = { rounds: 5, warmUp: 0 };
      const { answer } = await runChild("verify_log", {
        flags: ["--allow-read"],
        request: {
          path,
          lines,
          ...quick
            ? { rounds: 1, warmUp: 1 }
            : lines > 100_000
            ? large
            : { rounds: 15, warmUp: 2 },
        },
      });
      await Deno.remove(path);
      return {
        [`${id}-chain`]: readComparison(answer, "verify", FLOOR),
        [`${id}-both`]: readComparison(answer, "both", FLOOR),
      };
    },
  };
}
