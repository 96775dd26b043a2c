/** Ships an audit log to a collector. */

import type { AuditSink, ShippedEvent } from "../audit/ship_audit_log.ts";
import { type Clock, systemClock } from "../base/timing.ts";
import { OtlpClient, type OtlpTarget } from "./otlp_client.ts";
import { logRecord, type OtlpLogRecord } from "./otlp_record.ts";

/** Options of {@linkcode otlpSink}. */
export interface OtlpSinkOptions extends OtlpTarget {
  /**
   * The time limit of one request, in milliseconds.
   *
   * @default {10_000}
   */
  readonly timeout?: number | undefined;
  /**
   * The clock of the time limit.
   *
   * @default {undefined} the clock of the system
   */
  readonly clock?: Clock | undefined;
}

function recordOf({ host, sequence, event }: ShippedEvent): OtlpLogRecord {
  const record = logRecord(event);
  return {
    ...record,
    attributes: [
      ...record.attributes,
      { key: "semantik.host.name", value: { stringValue: host } },
      {
        key: "log.record.uid",
        value: { stringValue: `${host}/${sequence}` },
      },
    ],
  };
}

/**
 * Creates a sink for `shipAuditLog`: each event becomes a log record, as with
 * {@linkcode OtlpLogHandler}. Its attribute `log.record.uid` is
 * `<host>/<sequence>`.
 *
 * OTLP has no keys: a batch that was sent right before a crash arrives twice, and
 * whatever stores the records must drop those whose `log.record.uid` it knows.
 *
 * Needs `--allow-net` for the collector.
 *
 * @example A sink
 * ```ts
 * import { otlpSink } from "@semantik/plugins/telemetry";
 * import { assertEquals } from "@std/assert";
 *
 * const sink = otlpSink({
 *   endpoint: "http://127.0.0.1:4318",
 *   resource: { "service.name": "search" },
 * });
 *
 * assertEquals(typeof sink.send, "function");
 * ```
 *
 * @param options The collector.
 * @returns The sink.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if an option is invalid,
 * `PLUGIN_AUDIT_UNAVAILABLE` if the process may not connect to the collector.
 */
export function otlpSink(options: OtlpSinkOptions): AuditSink {
  const { timeout = 10_000, clock = systemClock } = options;
  const client = new OtlpClient(options, clock, timeout);
  return {
    async send(events, { signal }) {
      const answer = await client.send(events.map(recordOf), signal);
      if (answer.kind === "sent") {
        return { rejected: Math.min(answer.rejected, events.length) };
      }
      throw new Error(`The collector does not take them: ${answer.reason}`);
    },
  };
}
