/** A handler that keeps what it is given. */

import {
  AuditHandler,
  type AuditLoggerOptions,
  createAuditLogger,
  type EncodedEvent,
} from "@semantik/plugins/audit";

export type Event = Readonly<Record<string, unknown>>;

export class Collector extends AuditHandler {
  readonly lines: string[] = [];
  readonly messages: string[] = [];

  get events(): readonly Event[] {
    return this.lines.map((line) => JSON.parse(line));
  }

  override write(event: EncodedEvent): void {
    this.messages.push(event.message);
    this.lines.push(`${event.open}}`);
  }
}

/** The details of one event as they are written, without the fields of the event. */
export function detailsOf(
  details: unknown,
  options: AuditLoggerOptions = {},
): Event {
  const collector = new Collector();
  using audit = createAuditLogger({ ...options, handlers: [collector] });
  Reflect.apply(audit.log, audit, ["plugin", "action", details]);
  const { timestamp: _t, level: _l, plugin_id: _p, action: _a, ...rest } =
    collector.events[0] ?? {};
  return rest;
}
