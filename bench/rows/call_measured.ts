import type { Bench, BenchSettings } from "../bench.ts";
import { readComparison } from "../measure/read_answer.ts";
import { runChild } from "../measure/run_child.ts";

/** Calls a plugin of a host with Deno's meter, against one without telemetry. */
export function callMeasured({ quick }: BenchSettings): Bench {
  return {
    name: "telemetry of calls",
    unit: "ms",
    rows: [{
      id: "metered",
      what: "call under a lease that Deno's meter records, against one without",
    }],
    async measure() {
      const { answer } = await runChild("call_measured", {
        flags: [],
        // Nothing listens there: what is exported is lost.
        env: {
          ...Deno.env.toObject(),
          OTEL_DENO: "true",
          OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
        },
        request: quick
          ? { calls: 5_000, rounds: 3, warmUp: 2 }
          : { calls: 100_000, rounds: 41, warmUp: 10 },
      });
      return { metered: readComparison(answer, "metered", ["plain"]) };
    },
  };
}
