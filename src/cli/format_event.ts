import {
  type AuditEvent,
  type AuditLevel,
  RESERVED_FIELDS,
} from "../audit/audit_event.ts";
import { cut, escapeControls } from "../base/text.ts";
import type { Paint } from "./terminal.ts";

const MAX_VALUE = 400;
const MAX_KEY = 100;
const PLAIN_REGEXP = /^[^\s"=]+$/;
const PLAIN_KEY_REGEXP = /^[\w.-]+$/;
// The columns of a line, by every name a reader may know them by.
const COLUMN_REGEXP =
  /^(?:time|timestamp|date|level|severity|plugin|plugin_?id|event|action)$/i;

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

/** Formats an untrusted name of a plugin or action, quoted unless it is one word. */
export function formatName(name: string): string {
  return escapeControls(formatValue(name));
}

/** Formats a key so that it cannot be mistaken for a column or for the end of another detail. */
function formatKey(key: string): string {
  const short = cut(key, MAX_KEY);
  if (!PLAIN_KEY_REGEXP.test(short)) {
    return JSON.stringify(short)
      .replaceAll(
        /[\s=]/g,
        (character) =>
          `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
  }
  return COLUMN_REGEXP.test(short) ? `detail_${short}` : short;
}

/** Formats an untrusted event on one line, without a newline. */
export function formatEvent(event: AuditEvent, paint: Paint): string {
  const { timestamp, level, plugin_id, action } = event;
  const details = Object.entries(event)
    .filter(([name, value]) =>
      !RESERVED_FIELDS.has(name) && value !== undefined
    )
    .map(([name, value]) => `${formatKey(name)}=${formatValue(value)}`);
  const color = colorOf(level, paint);
  return [
    paint.dim(escapeControls(timestamp)),
    color(level.toUpperCase().padEnd("CRITICAL".length)),
    formatName(plugin_id),
    paint.bold(formatName(action)),
    ...details.map(escapeControls),
  ].join(" ");
}
