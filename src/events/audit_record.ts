/** The audit record of a lifecycle event. Pure. */

import type {
  AuditDetails,
  AuditLevel,
  AuditLogOptions,
} from "../audit/audit_event.ts";
import type { LifecycleEvent } from "./lifecycle_event.ts";

/** The arguments of `AuditLogger.log`. */
export interface AuditRecordOf {
  readonly subject: string;
  readonly action: string;
  readonly details: AuditDetails;
  readonly options: AuditLogOptions;
}

type Content = readonly [details?: AuditDetails, level?: AuditLevel];

/** Returns the details and the level of an event; `undefined` if it is not recorded. */
function contentOf(event: LifecycleEvent): Content | undefined {
  switch (event.action) {
    case "plugin.load.refused": {
      const { problems, plugin: { source } } = event;
      return [{ code: problems[0]?.code, source, problems }, "warn"];
    }
    case "plugin.load.skipped":
      return [{ reason: event.reason }];
    case "plugin.permission.missing":
      return [
        { permissions: event.permissions, remedy: event.remedy },
        "warn",
      ];
    case "plugin.load.failed":
    case "plugin.call.failed": {
      const { action, problems } = event;
      const [first] = problems;
      const details = { code: first?.code, error: first?.message, problems };
      return [details, action === "plugin.load.failed" ? "error" : "warn"];
    }
    case "plugin.crashed":
      return [{ kind: event.kind, problems: event.problems }, "error"];
    case "plugin.disposed": {
      const { problems } = event;
      const [first] = problems;
      return first === undefined
        ? []
        : [{ error: first.message, problems }, "error"];
    }
    case "plugin.registered.builtin":
    case "plugin.registered.external":
    case "plugin.enabled":
    case "plugin.disabled":
      return [];
    case "plugin.enable.failed":
    case "plugin.disable.failed":
    case "plugin.config.failed":
      return [event.failure, "warn"];
    case "plugin.config.updated":
      return [{ config_keys: event.keys }];
    case "plugin.config.notice":
      return [{ path: event.path, message: event.message }];
    case "plugin.health_check": {
      if (!event.isRecorded) return undefined;
      const { status, message, latencyMs } = event.health;
      const details = { status, latency_ms: latencyMs };
      return [
        message === undefined ? details : { ...details, message },
        status === "unhealthy" ? "warn" : "info",
      ];
    }
    case "plugin.state.reconciled": {
      const { enabled, keys, revision } = event;
      return [{ enabled, config_keys: keys, revision }, "warn"];
    }
    case "host.permission.lost": {
      const { permissions, beside } = event;
      return [
        beside.length === 0
          ? { permissions }
          : { permissions, called_beside: beside },
        "error",
      ];
    }
    case "custom":
      return [event.details ?? {}];
    case "host.environment.notice": {
      const { message, remedy, path } = event.problem;
      return [{ message, remedy, path }, "warn"];
    }
    case "host.sealed":
      return [{ revoked: event.revoked, kept: event.kept }];
    case "host.state.reverted": {
      const { revision, seen, disabled } = event;
      const details = { revision, seen_revision: seen };
      return [{ ...details, kept_disabled: disabled }, "error"];
    }
    case "switch.unreadable": {
      const { variables, flag, remedy } = event;
      return [{ variables, flag, remedy }, "warn"];
    }
    case "switch.unclear":
      return [{ variable: event.variable, warning: event.warning }, "warn"];
    case "plugin.crash.unclear": {
      const { kind, ids, error, repeated } = event;
      return [{ kind, ids, error, repeated }, "error"];
    }
  }
}

/** Makes the audit record of an event; `undefined` if it is not recorded. */
export function auditRecordOf(
  host: string,
  event: LifecycleEvent,
): AuditRecordOf | undefined {
  const content = contentOf(event);
  if (content === undefined) return undefined;
  const [details = {}, level = "info"] = content;
  const action = event.action === "custom" ? event.name : event.action;
  const record = { action, details, options: { level } };
  if (!("plugin" in event)) return { subject: `host:${host}`, ...record };
  const { plugin } = event;
  if (typeof plugin === "string") return { subject: plugin, ...record };
  // No id contains a colon, so a source is never mistaken for one.
  if (!plugin.ok) {
    return { subject: plugin.id ?? `source:${plugin.source}`, ...record };
  }
  const { code, source, manifest: { id, type, version } } = plugin;
  const entryPoint = code.kind === "module"
    ? code.resolved?.specifier ?? code.specifier
    : source;
  const options = { level, plugin: { type, version, entryPoint } };
  return { ...record, subject: id, options };
}
