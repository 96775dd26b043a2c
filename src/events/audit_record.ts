/** The audit record of a lifecycle event. Pure. */

import type {
  AuditDetails,
  AuditLevel,
  AuditLogOptions,
} from "../audit/audit_event.ts";
import type { FoundPlugin } from "../manifest/manifest.ts";
import type { LifecycleEvent } from "./lifecycle_event.ts";

/** The arguments of `AuditLogger.log`. */
export interface AuditRecordOf {
  readonly subject: string;
  readonly action: string;
  readonly details: AuditDetails;
  readonly options: AuditLogOptions;
}

function about(
  plugin: FoundPlugin | string,
  action: string,
  details: AuditDetails = {},
  level: AuditLevel = "info",
): AuditRecordOf {
  if (typeof plugin === "string") {
    return { subject: plugin, action, details, options: { level } };
  }
  if (plugin.ok) {
    const { code, source, manifest: { id, type, version } } = plugin;
    const entryPoint = code.kind === "module"
      ? code.resolved?.specifier ?? code.specifier
      : source;
    const options = { level, plugin: { type, version, entryPoint } };
    return { subject: id, action, details, options };
  }
  // No id contains a colon, so a source is never mistaken for one.
  const subject = plugin.id ?? `source:${plugin.source}`;
  return { subject, action, details, options: { level } };
}

/** Makes the audit record of an event; `undefined` if it is not recorded. */
export function auditRecordOf(
  host: string,
  event: LifecycleEvent,
): AuditRecordOf | undefined {
  const ofHost = (details: AuditDetails, level: AuditLevel = "info") =>
    about(`host:${host}`, event.action, details, level);
  switch (event.action) {
    case "plugin.load.refused": {
      const { plugin, problems } = event;
      return about(plugin, event.action, {
        code: problems[0]?.code,
        source: plugin.source,
        problems,
      }, "warn");
    }
    case "plugin.load.skipped":
      return about(event.plugin, event.action, { reason: event.reason });
    case "plugin.permission.missing": {
      const { permissions, remedy } = event;
      return about(event.plugin, event.action, { permissions, remedy }, "warn");
    }
    case "plugin.load.failed":
    case "plugin.call.failed": {
      const { plugin, action, problems } = event;
      const [first] = problems;
      return about(plugin, action, {
        code: first?.code,
        error: first?.message,
        problems,
      }, action === "plugin.load.failed" ? "error" : "warn");
    }
    case "plugin.crashed": {
      const { kind, problems } = event;
      return about(event.plugin, event.action, { kind, problems }, "error");
    }
    case "plugin.disposed": {
      const { problems } = event;
      return problems.length === 0
        ? about(event.plugin, event.action)
        : about(event.plugin, event.action, {
          error: problems[0]?.message,
          problems,
        }, "error");
    }
    case "plugin.registered.builtin":
    case "plugin.registered.external":
    case "plugin.enabled":
    case "plugin.disabled":
      return about(event.plugin, event.action);
    case "plugin.enable.failed":
    case "plugin.disable.failed":
    case "plugin.config.failed":
      return about(event.plugin, event.action, event.failure, "warn");
    case "plugin.config.updated":
      return about(event.plugin, event.action, { config_keys: event.keys });
    case "plugin.config.notice": {
      const { path, message } = event;
      return about(event.plugin, event.action, { path, message });
    }
    case "plugin.health_check": {
      if (!event.isRecorded) return undefined;
      const { status, message, latencyMs } = event.health;
      return about(event.plugin, event.action, {
        status,
        latency_ms: latencyMs,
        ...message === undefined ? {} : { message },
      }, status === "unhealthy" ? "warn" : "info");
    }
    case "plugin.state.reconciled": {
      const { enabled, keys, revision } = event;
      const details = { enabled, config_keys: keys, revision };
      return about(event.plugin, event.action, details, "warn");
    }
    case "host.permission.lost": {
      const { permissions, beside } = event;
      return about(event.plugin, event.action, {
        permissions,
        ...beside.length === 0 ? {} : { called_beside: beside },
      }, "error");
    }
    case "custom":
      return about(event.plugin, event.name, event.details);
    case "host.environment.notice": {
      const { message, remedy, path } = event.problem;
      return ofHost({ message, remedy, path }, "warn");
    }
    case "host.sealed":
      return ofHost({ revoked: event.revoked, kept: event.kept });
    case "host.state.reverted":
      return ofHost({
        revision: event.revision,
        seen_revision: event.seen,
        kept_disabled: event.disabled,
      }, "error");
    case "switch.unreadable": {
      const { variables, flag, remedy } = event;
      return ofHost({ variables, flag, remedy }, "warn");
    }
    case "switch.unclear": {
      const { variable, warning } = event;
      return ofHost({ variable, warning }, "warn");
    }
    case "plugin.crash.unclear": {
      const { kind, ids, error, repeated } = event;
      return ofHost({ kind, ids, error, repeated }, "error");
    }
  }
}
