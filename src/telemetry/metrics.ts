/** Counts what happens to plugins. */

import type { AuditLogger } from "../audit/audit_logger.ts";
import type { LifecycleEvent } from "../events/lifecycle_event.ts";
import { entriesOf } from "../permissions/permission_set.ts";
import type {
  Attributes,
  Counter,
  Histogram,
  Meter,
} from "./open_telemetry.ts";

/** The states in which plugins are counted. */
type CountedState = "live" | "disabled" | "failed" | "refused";

// Seconds: from a call of an object in this process to one that a model answers.
const CALL_BOUNDARIES = [
  0.000_01,
  0.000_1,
  0.001,
  0.005,
  0.01,
  0.05,
  0.1,
  0.5,
  1,
  5,
  10,
];

const PREFIX = "semantik.plugin.";

type Subject = Extract<LifecycleEvent, { plugin: unknown }>["plugin"];

function idOf(plugin: Subject): string | undefined {
  if (typeof plugin === "string") return plugin;
  return plugin.ok ? plugin.manifest.id : plugin.id;
}

/** The metrics of one host. */
export class Metrics implements Disposable {
  /** The durations of calls under a lease, in seconds. */
  readonly calls: Histogram;
  readonly #count: Counter;
  readonly #refused: Counter;
  readonly #crashed: Counter;
  readonly #restarts: Counter;
  readonly #missing: Counter;
  readonly #denied: Counter;
  readonly #granted: Counter;
  readonly #revoked: Counter;
  readonly #states = new Map<string, CountedState>();
  readonly #written: Counter;
  readonly #dropped: Counter;
  readonly #audit: AuditLogger;
  /** The counts so far: an application may share its trail with several hosts. */
  #counted: Pick<AuditLogger, "written" | "dropped">;

  constructor(meter: Meter, audit: AuditLogger) {
    this.#audit = audit;
    this.#counted = { written: audit.written, dropped: audit.dropped };
    const counter = (name: string, unit: string, description: string) =>
      meter.createCounter(`${PREFIX}${name}`, { unit, description });
    this.calls = meter.createHistogram(`${PREFIX}call.duration`, {
      unit: "s",
      description: "Duration of calls to plugins",
      advice: { explicitBucketBoundaries: CALL_BOUNDARIES },
    });
    this.#count = meter.createUpDownCounter(`${PREFIX}count`, {
      unit: "{plugin}",
      description: "Plugins by state",
    });
    this.#refused = counter("refused", "{plugin}", "Refused plugins");
    this.#crashed = counter("crashed", "{crash}", "Crashes of plugins");
    this.#restarts = counter(
      "process.restarts",
      "{restart}",
      "Processes of plugins that were started again",
    );
    this.#missing = counter(
      "permission.missing",
      "{permission}",
      "Permissions that plugins declare and the host lacks",
    );
    this.#denied = counter(
      "permission.denied",
      "{check}",
      "Accesses of plugins that were denied",
    );
    this.#granted = counter(
      "permission.granted",
      "{permission}",
      "Permissions that somebody granted",
    );
    this.#revoked = counter(
      "permission.revoked",
      "{permission}",
      "Permissions that somebody revoked",
    );
    const trail = (name: string, description: string) =>
      meter.createCounter(`semantik.audit.${name}`, {
        unit: "{event}",
        description,
      });
    this.#written = trail("events", "Events of the audit trail");
    this.#dropped = trail(
      "dropped",
      "Events that a handler of the audit trail did not write",
    );
  }

  /** Counts what the trail wrote and dropped since the last event. */
  #countTrail(): void {
    const { written, dropped } = this.#audit;
    if (written > this.#counted.written) {
      this.#written.add(written - this.#counted.written);
    }
    if (dropped > this.#counted.dropped) {
      this.#dropped.add(dropped - this.#counted.dropped);
    }
    this.#counted = { written, dropped };
  }

  onLifecycleEvent(event: LifecycleEvent): void {
    this.#countTrail();
    if (!("plugin" in event)) return;
    const id = idOf(event.plugin);
    const of: Attributes = id === undefined ? {} : { [`${PREFIX}id`]: id };
    switch (event.action) {
      case "plugin.registered.builtin":
      case "plugin.registered.external":
        return this.#enter(id, "live");
      case "plugin.load.failed":
        return this.#enter(id, "failed");
      case "plugin.load.skipped":
        return this.#enter(id, "disabled");
      case "plugin.disabled":
        if (event.isLast) this.#enter(id, "disabled");
        return;
      case "plugin.disposed":
        return this.#enter(
          id,
          event.status === "disposed" ? undefined : event.status,
        );
      case "plugin.load.refused": {
        this.#enter(id, "refused");
        const [first] = event.problems;
        const code = first?.code ?? "PLUGIN_SOURCE_UNREADABLE";
        this.#refused.add(1, { ...of, "error.type": code });
        if (event.missing > 0) this.#missing.add(event.missing, of);
        return;
      }
      case "plugin.permission.missing":
        return this.#missing.add(event.permissions.length, of);
      case "plugin.crashed":
        return this.#crashed.add(1, of);
      case "plugin.process.restarted":
        return this.#restarts.add(1, of);
      case "permission.denied": {
        const { count, permission: { kind } } = event.check;
        return this.#denied.add(count, {
          ...of,
          "semantik.permission.kind": kind,
        });
      }
      case "plugin.consent.granted":
      case "permission.granted":
        return this.#granted.add(entriesOf(event.permissions).length, of);
      case "plugin.consent.revoked":
      case "permission.revoked":
        return this.#revoked.add(entriesOf(event.permissions).length, of);
    }
  }

  #enter(id: string | undefined, state: CountedState | undefined): void {
    if (id === undefined) return;
    const before = this.#states.get(id);
    if (before === state) return;
    if (before !== undefined) this.#add(-1, before);
    if (state === undefined) this.#states.delete(id);
    else {
      this.#states.set(id, state);
      this.#add(1, state);
    }
  }

  #add(value: number, state: CountedState): void {
    this.#count.add(value, { [`${PREFIX}state`]: state });
  }

  [Symbol.dispose](): void {
    for (const state of this.#states.values()) this.#add(-1, state);
    this.#states.clear();
    this.#countTrail();
  }
}
