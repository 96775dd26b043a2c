/** Reports how far the log of a host was shipped. */

import type { ShippingProgress } from "../audit/ship_audit_log.ts";
import { globalTelemetry } from "./open_telemetry.ts";

/**
 * Creates an `onProgress` for `shipAuditLog` that reports to the registered meter:
 * `semantik.audit.ship.lag` in seconds, and the counters `semantik.audit.ship.events`
 * and `semantik.audit.ship.missing`. Does nothing without a registered meter.
 *
 * @example Shipping with metrics
 * ```ts
 * import { measureShipping } from "@semantik/plugins/telemetry";
 * import { assertEquals } from "@std/assert";
 *
 * const onProgress = measureShipping("search-1");
 *
 * // Pass it to shipAuditLog(path, { host: "search-1", sink, onProgress }).
 * assertEquals(typeof onProgress, "function");
 * ```
 *
 * @param host The name that the log is shipped under.
 * @returns The function to pass on.
 */
export function measureShipping(
  host: string,
): (progress: ShippingProgress) => void {
  const { meter } = globalTelemetry();
  if (meter === undefined) return () => {};
  const attributes = Object.freeze({ "semantik.host.name": host });
  const lag = meter.createGauge?.("semantik.audit.ship.lag", {
    unit: "s",
    description: "Age of the oldest event that is not stored elsewhere",
  });
  const counter = (name: string, description: string) =>
    meter.createCounter(`semantik.audit.ship.${name}`, {
      unit: "{event}",
      description,
    });
  const events = counter("events", "Events that were stored elsewhere");
  const missing = counter("missing", "Events that rotation removed before");
  let before = { sent: 0, missing: 0 };
  return (progress) => {
    lag?.record(progress.lag / 1_000, attributes);
    if (progress.sent > before.sent) {
      events.add(progress.sent - before.sent, attributes);
    }
    if (progress.missing > before.missing) {
      missing.add(progress.missing - before.missing, attributes);
    }
    before = { sent: progress.sent, missing: progress.missing };
  };
}
