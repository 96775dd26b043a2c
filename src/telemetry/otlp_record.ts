/** Audit events as the log records of OTLP, in its JSON form. */

import {
  type AuditEvent,
  type AuditLevel,
  type AuditValue,
  parseEvent,
} from "../audit/audit_event.ts";
import { SCOPE } from "./open_telemetry.ts";

type AnyValue = Readonly<Record<string, unknown>>;

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** A log record in the JSON form of OTLP. */
export interface OtlpLogRecord {
  readonly timeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: AnyValue;
  readonly attributes: readonly KeyValue[];
}

/** The attributes of whatever sends the records, such as `service.name`. */
export type ResourceAttributes = Readonly<Record<string, string>>;

const SEVERITIES: Readonly<Record<AuditLevel, number>> = {
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  critical: 21,
};

const NAMES: Readonly<Record<string, string>> = {
  plugin_id: "semantik.plugin.id",
  plugin_type: "semantik.plugin.type",
  version: "semantik.plugin.version",
  entry_point: "semantik.plugin.entry_point",
};

// Fields of the record itself.
const OWN: ReadonlySet<string> = new Set(["timestamp", "level", "action"]);

function anyValue(value: AuditValue): AnyValue {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      // Protobuf's JSON writes 64 bits as text.
      return Number.isSafeInteger(value)
        ? { intValue: String(value) }
        : { doubleValue: value };
  }
  if (value === null) return {};
  if (isList(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value, (key) => key) } };
}

function isList(value: object): value is readonly AuditValue[] {
  return Array.isArray(value);
}

function keyValues(
  fields: Readonly<Record<string, AuditValue | undefined>>,
  nameOf: (key: string) => string,
): readonly KeyValue[] {
  return Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key: nameOf(key), value: anyValue(value) }]
  );
}

/** Makes the log record of an event. */
export function logRecord(event: AuditEvent): OtlpLogRecord {
  const { timestamp, level, plugin_id, action } = event;
  const details = Object.fromEntries(
    Object.entries(event).filter(([key]) => !OWN.has(key)),
  );
  return {
    timeUnixNano: `${Date.parse(timestamp)}000000`,
    severityNumber: SEVERITIES[level],
    severityText: level.toUpperCase(),
    eventName: action,
    body: { stringValue: `PLUGIN_AUDIT: ${plugin_id} - ${action}` },
    attributes: keyValues(
      details,
      (key) =>
        Object.hasOwn(NAMES, key) ? NAMES[key] ?? key : `semantik.audit.${key}`,
    ),
  };
}

/** Makes the log record of an event that is one line of JSON. */
export function logRecordOf(line: string): OtlpLogRecord | undefined {
  const event = parseEvent(line);
  return event === undefined ? undefined : logRecord(event);
}

/** Makes the body of a request that exports log records. */
export function logRequest(
  records: readonly OtlpLogRecord[],
  resource: ResourceAttributes,
): string {
  return JSON.stringify({
    resourceLogs: [{
      resource: { attributes: keyValues(resource, (key) => key) },
      scopeLogs: [{ scope: { name: SCOPE }, logRecords: records }],
    }],
  });
}
