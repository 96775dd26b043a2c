import type { EngineName } from "../../tests/stores/engines.ts";
import type { Bench, BenchSettings } from "../bench.ts";
import type { Result } from "../measure/comparison.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

const LABELS: Readonly<Record<EngineName, string>> = {
  postgres: "Postgres",
  redis: "Redis",
  nats: "NATS",
};

/** Five processes follow what one of them decides. */
export function fleet({ quick }: BenchSettings, engine: EngineName): Bench {
  const label = LABELS[engine];
  const rows = [
    { id: "kill", what: "disable a plugin on 5 hosts", most: 100 },
    { id: "cut", what: "the same, after cut connections", most: 6_000 },
    { id: "restart", what: "the same, after a restart", most: 6_000 },
    { id: "contended", what: "a change that contends with 4 others" },
  ];
  return {
    name: `fleet ${engine}`,
    unit: "ms",
    rows: rows.map(({ id, what, ...target }) => ({
      id: `fleet-${engine}-${id}`,
      what: `${label}: ${what}`,
      ...target,
    })),
    async measure() {
      const { answer } = await runChild("fleet", {
        flags: ["--allow-all"],
        request: {
          engine,
          ...quick
            ? { switches: 1, interruptions: 1, updates: 5 }
            : { switches: 40, interruptions: 4, updates: 200 },
        },
      });
      return Object.fromEntries(rows.map(({ id }): [string, Result] => {
        const key = `fleet-${engine}-${id}`;
        const missing = missingIn(answer);
        if (missing !== undefined) {
          return [key, { notMeasured: `it takes ${missing}` }];
        }
        const read = readComparison(answer, id, [`${id}-bare`]);
        const peer = id === "contended"
          ? "changes of one process"
          : "bare watchers";
        return [key, {
          ours: read.ours,
          theirs: { [peer]: read.theirs[`${id}-bare`] ?? [] },
        }];
      }));
    },
  };
}

/** Returns the package of Debian that is missing. */
function missingIn(answer: unknown): string | undefined {
  const missing: unknown = typeof answer === "object" && answer !== null
    ? Reflect.get(answer, "missing")
    : undefined;
  return typeof missing === "string" ? missing : undefined;
}
