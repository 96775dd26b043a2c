/** Logs that tests ship, and a sink that keeps what it gets. */

import {
  type AuditSink,
  createAuditLogger,
  JsonLinesHandler,
  type JsonLinesHandlerOptions,
  type ShippedEvent,
} from "@semantik/plugins/audit";

/** Writes events to a chained log. */
export function writeEvents(
  path: string,
  count: number,
  options: JsonLinesHandlerOptions = {},
): void {
  const handler = new JsonLinesHandler(path, { chain: true, ...options });
  const clock = { now: () => Date.UTC(2026, 0, 31, 12) };
  using audit = createAuditLogger({ handlers: [handler], clock });
  for (let index = 0; index < count; index++) {
    audit.log("indexer", "index.rebuilt", { index });
  }
}

/** Keeps events by their keys, as a table with a primary key does. */
export class KeepingSink implements AuditSink {
  readonly stored = new Map<string, ShippedEvent>();
  readonly batches: number[] = [];
  /** The number of batches that are still to fail. */
  failing = 0;

  send(events: readonly ShippedEvent[]): Promise<void> {
    if (this.failing > 0) {
      this.failing--;
      return Promise.reject(new Error("The sink is down"));
    }
    this.batches.push(events.length);
    for (const event of events) {
      const key = `${event.host} ${event.sequence}`;
      if (!this.stored.has(key)) this.stored.set(key, event);
    }
    return Promise.resolve();
  }

  get sequences(): readonly number[] {
    return [...this.stored.values()].map(({ sequence }) => sequence);
  }
}

/** Counts from 1. */
export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
