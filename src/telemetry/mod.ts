/**
 * Telemetry: the audit trail in a collector of OpenTelemetry, by a handler or by
 * shipping its file.
 * The spans and metrics of a host need no import: pass its option `telemetry`.
 *
 * @example The trail to a collector
 * ```ts
 * import { createAuditLogger } from "@semantik/plugins/audit";
 * import { OtlpLogHandler } from "@semantik/plugins/telemetry";
 *
 * const handler = new OtlpLogHandler({ endpoint: "http://127.0.0.1:4318" });
 * using audit = createAuditLogger({ handlers: [handler] });
 * ```
 *
 * @module
 */

import "../base/require_deno.ts";

export type { EncodedEvent } from "../audit/audit_event.ts";
export { AuditHandler } from "../audit/audit_handler.ts";
export type { Clock } from "../base/timing.ts";
export type { OtlpTarget } from "./otlp_client.ts";
export {
  OtlpLogHandler,
  type OtlpLogHandlerOptions,
} from "./otlp_log_handler.ts";
export type {
  AuditEvent,
  AuditLevel,
  AuditValue,
} from "../audit/audit_event.ts";
export type {
  AuditSink,
  ShippedEvent,
  ShippingProgress,
} from "../audit/ship_audit_log.ts";
export { otlpSink, type OtlpSinkOptions } from "./otlp_sink.ts";
export { measureShipping } from "./measure_shipping.ts";
