/** Writes lifecycle events to the audit trail of the application. */

import type { AuditLogger } from "../audit/audit_logger.ts";
import { warnOnStderr } from "../base/stderr.ts";
import { describeThrown, quote } from "../base/text.ts";
import { auditRecordOf } from "./audit_record.ts";
import type { LifecycleEvent, LifecycleListener } from "./lifecycle_event.ts";

export interface RecordEventsOptions {
  /** The name of the host. */
  readonly host: string;
  readonly audit: AuditLogger;
  /** Masks the trail for one event, if it is no longer masked. */
  readonly redactLate: () => Disposable | undefined;
  readonly mask: (text: string) => string;
}

/** Makes the listener that records events. It never throws, even if the logger does. */
export function recordEvents(options: RecordEventsOptions): LifecycleListener {
  const { host, audit, redactLate, mask } = options;
  let hasLostEvents = false;
  return (event: LifecycleEvent) => {
    const record = auditRecordOf(host, event);
    if (record === undefined) return;
    const { subject, action, details, options } = record;
    try {
      using _redaction = redactLate();
      audit.log(subject, action, details, options);
    } catch (thrown) {
      if (hasLostEvents) return;
      hasLostEvents = true;
      warnOnStderr(
        `The audit logger threw, and "${action}" of ${
          quote(subject)
        } was not ` +
          `recorded: ${mask(describeThrown(thrown))}; further losses are not ` +
          "reported",
      );
    }
  };
}
