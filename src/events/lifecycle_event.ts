/** Everything that happens to a plugin or to its host, and its audit record. */

import type {
  AuditDetails,
  AuditLevel,
  AuditLogOptions,
} from "../audit/audit_event.ts";
import type { AuditLogger } from "../audit/audit_logger.ts";
import type { PluginErrorCode, Problem } from "../base/errors.ts";
import { describeThrown, quote, warnOnStderr } from "../base/text.ts";
import type { Timing } from "../base/timing.ts";
import {
  type FoundPlugin,
  type ReadPlugin,
  shownModule,
} from "../manifest/manifest.ts";
import {
  entriesOf,
  formatEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import type { PermissionCheck, ProcessStep } from "../runners/runner.ts";

/** The status of a plugin after an event. */
export type PluginStatus =
  /** It can be used. */
  | "live"
  /** It was taken out of use. */
  | "disabled"
  /** Its code ran and failed. */
  | "failed"
  /** It was disposed, with its host or for a new setup. */
  | "disposed";

type Step<Action, Fields = unknown, Plugin = ReadPlugin> = Readonly<
  { action: Action; plugin: Plugin } & Fields
>;

/** The time that an operation took, and the code of its failure, if it failed. */
export interface Ending {
  readonly timing: Timing;
  readonly code?: PluginErrorCode;
}

interface Decision {
  /**
   * The person who decided, unless it was the application; `store` if another
   * host did so.
   */
  readonly by?: string;
  /** The revision of the state that has the decision of another host. */
  readonly revision?: number;
}

/**
 * What a revocation did to a live plugin: its process was refused from then on, or
 * was started again, or the plugin ended.
 */
export type RevocationEffect = "in force" | "restarted" | "ended";

/** A step in the life of one plugin. */
export type PluginEvent =
  | Step<
    "plugin.load.refused",
    {
      problems: readonly Problem[];
      /** The number of declared permissions that the host lacks. */
      missing: number;
    },
    FoundPlugin
  >
  | Step<"plugin.load.skipped", { reason: string }>
  | Step<
    "plugin.permission.missing",
    {
      /** The permissions, in words. */
      permissions: readonly string[];
      remedy: string;
    }
  >
  /** The declared permissions that it did not use, if that is known and wanted. */
  | Step<"plugin.permissions.unused", { permissions: readonly string[] }>
  /** The two halves of a start. Neither is recorded: what follows them is. */
  | Step<"plugin.import.ended" | "plugin.setup.ended", Ending>
  | Step<"plugin.registered.builtin" | "plugin.registered.external">
  | Step<
    "plugin.load.failed" | "plugin.call.failed",
    { problems: readonly Problem[] }
  >
  | Step<
    "plugin.crashed",
    {
      kind: "error" | "rejection" | "process";
      problems: readonly Problem[];
    }
  >
  | Step<`plugin.process.${ProcessStep["kind"]}`, { step: ProcessStep }>
  | Step<`permission.${PermissionCheck["outcome"]}`, { check: PermissionCheck }>
  | Step<
    "plugin.disposed",
    {
      status: PluginStatus;
      /** The reasons for its end. */
      reasons: readonly Problem[];
      /** The failures of its `dispose`. */
      problems: readonly Problem[];
      timing: Timing;
    }
  >
  | Step<
    "plugin.reloaded",
    {
      /** The version that it replaced. */
      previous: string;
      /** The failures of the disposal of that version. */
      problems: readonly Problem[];
      timing: Timing;
    }
  >
  | Step<"plugin.enabled", Decision, ReadPlugin | string>
  | Step<
    "plugin.disabled",
    Decision & {
      /** False if its `plugin.disposed` follows, which changes its status. */
      isLast: boolean;
    },
    ReadPlugin | string
  >
  | Step<
    | "plugin.enable.failed"
    | "plugin.disable.failed"
    | "plugin.config.failed"
    | "plugin.reload.failed"
    | "plugin.grant.failed"
    | "plugin.revoke.failed",
    Decision & {
      failure:
        | { readonly code: string; readonly problems: readonly Problem[] }
        | { readonly error: string };
      /** Absent if nothing was begun. */
      timing?: Timing;
    },
    ReadPlugin | string
  >
  | Step<"plugin.config.updated", Decision & { keys: readonly string[] }>
  | Step<"plugin.config.notice", { path: string; message: string }>
  | Step<
    "plugin.health_check",
    {
      health: Health;
      /** The code of the check's failure, if it threw. */
      code?: PluginErrorCode;
      previous: Health | undefined;
      /** True if the host's options have this check recorded. */
      isRecorded: boolean;
      isChange: boolean;
    }
  >
  | Step<
    "plugin.state.reconciled",
    {
      enabled: boolean;
      keys: readonly string[];
      /** The permissions that were agreed to, if any were. */
      consented: PermissionSet | undefined;
      revoked: PermissionSet | undefined;
      revision: number;
    },
    ReadPlugin | string
  >
  | Step<
    "plugin.consent.granted" | "permission.granted",
    Decision & {
      permissions: PermissionSet;
      /** The place of the code that may have them. */
      source?: string;
      /** The duration: this run of the host, or all later ones too. */
      until: "run" | "always";
    },
    ReadPlugin | string
  >
  | Step<
    "plugin.consent.revoked" | "permission.revoked",
    Decision & {
      permissions: PermissionSet;
      /** What that did to live plugins, by id. */
      effects: Readonly<Record<string, RevocationEffect>>;
    },
    ReadPlugin | string
  >
  | Step<
    "host.permission.lost",
    {
      /** The permissions, in words. */
      permissions: readonly string[];
      /** The ids of plugins that were called at the same time. */
      beside: readonly string[];
    }
  >
  /** An event that the plugin itself writes. */
  | Step<
    "custom",
    { name: string; details: Readonly<Record<string, unknown>> | undefined }
  >;

/** A step in the life of the host. */
type HostEvent = Readonly<
  /** A load, which is not recorded: its steps are. */
  | { action: "host.load.began" }
  | { action: "host.load.ended" } & Ending
  | { action: "host.environment.notice"; problem: Problem }
  | {
    action: "host.sources.verified";
    /** The serials of the lock and the trust file. */
    serials: Readonly<{ lock?: number; trust?: number }>;
    /** The time at which somebody should have looked at the trust file. */
    outdatedSince?: string;
    /** The reason why the serials could not be stored. */
    problem?: Problem;
  }
  | {
    action: "host.sealed";
    revoked: readonly string[];
    kept: readonly Readonly<{ kind: string; reason: string }>[];
  }
  | {
    action: "host.state.reverted";
    problem: Problem;
    revision: number;
    seen: number;
    /** The plugins that stay disabled. */
    disabled: readonly string[];
    /** The plugins whose permissions stay revoked. */
    revoked: readonly string[];
    /** The plugins whose withdrawn consents do not count. */
    withdrawn: readonly string[];
  }
  | {
    action: "host.state.copied";
    problem: Problem;
    revision: number;
    /** The time at which the copy was read from the store. */
    readAt: string;
  }
  | {
    action: "host.state.stale";
    problem: Problem;
    /** True if external plugins end until the store is read again. */
    isEnding: boolean;
  }
  | { action: "host.state.current"; revision: number }
  | { action: "host.state.copy.failed"; error: string }
  | {
    action: "switch.unreadable";
    variables: readonly string[];
    flag: string;
    remedy: string;
  }
  | { action: "switch.unclear"; variable: string; warning: string }
  | {
    action: "plugin.crash.unclear";
    kind: "error" | "rejection" | "process";
    ids: readonly string[];
    error: string;
    repeated: number;
  }
>;

/** Anything that happens. */
export type LifecycleEvent = PluginEvent | HostEvent;

/** Takes each event, in order. Must not throw. */
export type LifecycleListener = (event: LifecycleEvent) => void;

/** Calls every listener, in the order in which they subscribed. */
export class LifecycleEvents {
  readonly #listeners: readonly LifecycleListener[];

  constructor(...listeners: readonly LifecycleListener[]) {
    this.#listeners = listeners;
  }

  /** Reports an event to every listener. */
  emit(event: LifecycleEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** The statuses of health. */
export const HEALTH_STATUSES: readonly [
  "healthy",
  "degraded",
  "unhealthy",
  "unknown",
] = [
  "healthy",
  "degraded",
  "unhealthy",
  "unknown",
];

/** The result of a health check. */
export interface Health {
  /**
   * The status: `"unknown"` when the plugin has no health check, or returns
   * something that is not understood.
   */
  readonly status: "healthy" | "degraded" | "unhealthy" | "unknown";
  /** The message of the plugin, on one line, without a secret. */
  readonly message?: string;
  /** The duration of the check in milliseconds, rounded to tenths. */
  readonly latencyMs: number;
  /** The time at which the check began: ISO 8601, UTC. */
  readonly checkedAt: string;
}

export type HealthStatus = Health["status"];

/** The arguments of `AuditLogger.log`. */
export interface AuditRecordOf {
  readonly subject: string;
  readonly action: string;
  readonly details: AuditDetails;
  readonly options: AuditLogOptions;
}

type Content = readonly [details?: AuditDetails, level?: AuditLevel];

function processContent(step: ProcessStep): Content {
  if (step.kind !== "ended") return [{ pid: step.pid, limits: step.limits }];
  const { reason, code, signal, lastWords } = step.ended;
  return [
    {
      pid: step.pid,
      reason,
      exit_code: code,
      ...signal === undefined ? {} : { signal },
      ...step.calls === 0 ? {} : { calls: step.calls },
      ...lastWords === "" ? {} : { last_words: lastWords },
    },
    reason === "disposed" ? "info" : "warn",
  ];
}

function wordsOf(set: PermissionSet): readonly string[] {
  return entriesOf(set).map(formatEntry);
}

function withWho(
  { by, revision }: Decision,
  details: AuditDetails = {},
): AuditDetails {
  return {
    ...details,
    ...by === undefined ? {} : { by },
    ...revision === undefined ? {} : { revision },
  };
}

/** Describes how far a plugin is trusted, if its host verifies sources. */
function trustIn(plugin: FoundPlugin): AuditDetails {
  if (!plugin.ok || plugin.trust === undefined) return {};
  const { trust: { level, publisher }, digest } = plugin;
  return {
    trust: level,
    ...publisher === undefined ? {} : { publisher: publisher.name },
    ...digest === undefined ? {} : { digest },
  };
}

/** Returns the details and the level of an event; `undefined` if it is not recorded. */
function contentOf(event: LifecycleEvent): Content | undefined {
  switch (event.action) {
    case "plugin.load.refused": {
      const { problems, plugin } = event;
      const { source } = plugin;
      return [
        { code: problems[0]?.code, source, ...trustIn(plugin), problems },
        "warn",
      ];
    }
    case "host.load.began":
    case "host.load.ended":
    case "plugin.import.ended":
    case "plugin.setup.ended":
      return undefined;
    case "plugin.load.skipped":
      return [{ reason: event.reason }];
    case "plugin.permission.missing":
      return [
        { permissions: event.permissions, remedy: event.remedy },
        "warn",
      ];
    case "plugin.permissions.unused":
      return [{ permissions: event.permissions }];
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
    case "plugin.process.started":
    case "plugin.process.restarted":
    case "plugin.process.ended":
      return processContent(event.step);
    case "permission.allowed":
    case "permission.denied": {
      const { permission: { kind, value }, isDeclared, count } = event.check;
      return [
        {
          kind,
          ...value === undefined ? {} : { value },
          declared: isDeclared,
          count,
        },
        event.action === "permission.denied" ? "warn" : "info",
      ];
    }
    case "plugin.registered.builtin":
    case "plugin.registered.external":
      return [trustIn(event.plugin)];
    case "plugin.enabled":
    case "plugin.disabled":
      return [withWho(event)];
    case "plugin.enable.failed":
    case "plugin.disable.failed":
    case "plugin.config.failed":
    case "plugin.reload.failed":
    case "plugin.grant.failed":
    case "plugin.revoke.failed":
      return [withWho(event, event.failure), "warn"];
    case "plugin.consent.granted":
    case "permission.granted": {
      const { permissions, source, until } = event;
      return [withWho(event, {
        permissions: wordsOf(permissions),
        ...source === undefined ? {} : { source },
        until,
      })];
    }
    case "plugin.consent.revoked":
    case "permission.revoked": {
      const { permissions, effects } = event;
      return [
        withWho(event, { permissions: wordsOf(permissions), effects }),
        "warn",
      ];
    }
    case "plugin.reloaded": {
      const { previous, problems } = event;
      return problems.length === 0
        ? [{ previous_version: previous }]
        : [{ previous_version: previous, problems }, "warn"];
    }
    case "plugin.config.updated":
      return [withWho(event, { config_keys: event.keys })];
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
      const { enabled, keys, consented, revoked, revision } = event;
      return [
        {
          enabled,
          config_keys: keys,
          ...consented === undefined ? {} : { consented: wordsOf(consented) },
          ...revoked === undefined ? {} : { revoked: wordsOf(revoked) },
          revision,
        },
        "warn",
      ];
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
    case "host.sources.verified": {
      const { serials, outdatedSince, problem } = event;
      const { lock, trust } = serials;
      return [
        {
          ...lock === undefined ? {} : { lock_serial: lock },
          ...trust === undefined ? {} : { trust_serial: trust },
          ...outdatedSince === undefined ? {} : { refresh_by: outdatedSince },
          ...problem === undefined ? {} : { error: problem.message },
        },
        outdatedSince === undefined && problem === undefined ? "info" : "warn",
      ];
    }
    case "host.sealed":
      return [{ revoked: event.revoked, kept: event.kept }];
    case "host.state.reverted": {
      const { problem, revision, seen, disabled, revoked, withdrawn } = event;
      return [
        {
          code: problem.code,
          problems: [problem],
          revision,
          seen_revision: seen,
          kept_disabled: disabled,
          ...revoked.length === 0 ? {} : { kept_revoked: revoked },
          ...withdrawn.length === 0 ? {} : { kept_withdrawn: withdrawn },
        },
        "error",
      ];
    }
    case "host.state.copied": {
      const { problem, revision, readAt } = event;
      const { code } = problem;
      return [{ code, problems: [problem], revision, read_at: readAt }, "warn"];
    }
    case "host.state.stale": {
      const { problem, isEnding } = event;
      const { code } = problem;
      return [{ code, problems: [problem], ends: isEnding }, "error"];
    }
    case "host.state.current":
      return [{ revision: event.revision }];
    case "host.state.copy.failed":
      return [{ error: event.error }, "warn"];
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
function auditRecordOf(
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
  const { id, type, version } = plugin.manifest;
  const entryPoint = shownModule(plugin);
  const options = { level, plugin: { type, version, entryPoint } };
  return { ...record, subject: id, options };
}

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
      // Node 22 does not know `using`, and must get to the sentence about Deno.
      const redaction = redactLate();
      try {
        audit.log(subject, action, details, options);
      } finally {
        redaction?.[Symbol.dispose]();
      }
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
