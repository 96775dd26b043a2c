/**
 * An audit event for people.
 *
 * @module
 */

import {
  type AuditEvent,
  type AuditLevel,
  RESERVED_FIELDS,
} from "../audit/audit_event.ts";
import { cut, escapeControls } from "../text.ts";
import type { Paint } from "./paint.ts";

const MAX_VALUE = 400;
const PLAIN_REGEXP = /^[^\s"=]+$/;

function colorOf(level: AuditLevel, paint: Paint): (text: string) => string {
  if (level === "error" || level === "critical") return paint.red;
  return level === "warn" ? paint.yellow : paint.dim;
}

function formatValue(value: unknown): string {
  return cut(
    typeof value === "string" && PLAIN_REGEXP.test(value)
      ? value
      : JSON.stringify(value),
    MAX_VALUE,
  );
}

/**
 * Writes an event on one line: when, how grave, who, what, and the details.
 *
 * @param event The event. Its texts may be foreign.
 * @param paint The colours of the stream.
 * @returns The line, without a newline.
 */
export function formatEvent(event: AuditEvent, paint: Paint): string {
  const { timestamp, level, plugin_id, action } = event;
  const details = Object.entries(event)
    .filter(([name, value]) =>
      !RESERVED_FIELDS.has(name) && value !== undefined
    )
    .map(([name, value]) => `${name}=${formatValue(value)}`);
  const color = colorOf(level, paint);
  return [
    paint.dim(escapeControls(timestamp)),
    color(level.toUpperCase().padEnd("CRITICAL".length)),
    escapeControls(plugin_id),
    paint.bold(escapeControls(action)),
    ...details.map(escapeControls),
  ].join(" ");
}
