/**
 * Events read back from lines.
 *
 * @module
 */

import { type AuditEvent, isAuditLevel } from "./audit_event.ts";

function isEvent(value: unknown): value is AuditEvent {
  return typeof value === "object" && value !== null &&
    "timestamp" in value && typeof value.timestamp === "string" &&
    !Number.isNaN(Date.parse(value.timestamp)) &&
    "plugin_id" in value && typeof value.plugin_id === "string" &&
    "action" in value && typeof value.action === "string" &&
    "level" in value && isAuditLevel(value.level);
}

/**
 * Reads an event from a line.
 *
 * @param line The text of the line.
 * @returns The event, or `undefined` where the line is none.
 */
export function parseEvent(line: string): AuditEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
