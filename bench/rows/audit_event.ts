import type { Bench, BenchSettings } from "../bench.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

const PEERS = ["@std/log", "pino", "LogTape"];

/** Writes audit events to a file, against other loggers. */
export function auditEvent({ quick, directory }: BenchSettings): Bench {
  return {
    name: "audit events to a file",
    unit: "ms",
    rows: [
      {
        id: "audit-full",
        what: "audit event to a file, redaction and chain on",
        target: 1.5,
      },
      {
        id: "audit-plain",
        what: "audit event to a file, both off",
        target: 1,
      },
      {
        id: "audit-synced",
        what: "audit event to the disk (fsync), both off",
      },
    ],
    async measure() {
      const logs = `${directory}/audit`;
      await Deno.mkdir(logs);
      const { answer } = await runChild("audit_event", {
        flags: [
          "--allow-read",
          `--allow-write=${logs}`,
          "--allow-env",
          "--allow-sys",
        ],
        request: {
          directory: logs,
          ...quick
            ? { events: 200, synced: 5, rounds: 2, warmUp: 1 }
            : { events: 2_000, synced: 20, rounds: 41, warmUp: 5 },
        },
      });
      return {
        "audit-full": readComparison(answer, "full", PEERS),
        "audit-plain": readComparison(answer, "plain", PEERS),
        "audit-synced": readComparison(answer, "synced", ["LogTape"]),
      };
    },
  };
}
