/** An event to write. */
import {
  type AuditLevel,
  createAuditLogger,
  JsonLinesHandler,
  type JsonLinesHandlerOptions,
} from "@semantik/plugins/audit";

export type Written = readonly [
  plugin: string,
  action: string,
  level?: AuditLevel,
  details?: Readonly<Record<string, unknown>>,
];

/** Writes a log with a minute between events. */
export function writeLog(
  path: string,
  events: readonly Written[],
  options: JsonLinesHandlerOptions = {},
): void {
  let now = Date.parse("2026-01-31T12:00:00Z");
  using audit = createAuditLogger({
    handlers: [new JsonLinesHandler(path, options)],
    clock: { now: () => now },
  });
  for (const [plugin, action, level = "info", details = {}] of events) {
    audit.log(plugin, action, details, { level });
    now += 60_000;
  }
}
