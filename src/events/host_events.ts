/** Events of a host, for applications that show or react to them. */

import type { Problem } from "../base/errors.ts";
import type { Clock } from "../base/timing.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type {
  Health,
  LifecycleEvent,
  PluginStatus,
} from "./lifecycle_event.ts";

/** The events of a host, by name. */
export interface HostEventMap {
  /** A plugin became live, disabled, failed or disposed. */
  readonly statuschange: CustomEvent<{
    /** The plugin. */
    readonly id: string;
    /** Its status now. */
    readonly status: PluginStatus;
    /** The reasons, if something is wrong. */
    readonly problems: readonly Problem[];
  }>;
  /** The status of a plugin's health differs from the previous check. */
  readonly healthchange: CustomEvent<{
    /** The plugin. */
    readonly id: string;
    /** Its health now. */
    readonly health: Health;
    /** Its health at the previous check, if any. */
    readonly previous: Health | undefined;
  }>;
  /** The process of a plugin was started, or ended. */
  readonly process: CustomEvent<{
    /** The plugin. */
    readonly id: string;
    /** The step. */
    readonly step: "started" | "restarted" | "ended";
    /** The id of the process. */
    readonly pid: number;
    /** The limits that hold for it, e.g. `memory_mib`; empty once it ended. */
    readonly limits: Readonly<Record<string, number>>;
    /** The reason why it ended, e.g. `crashed`. */
    readonly reason: string | undefined;
  }>;
  /** Somebody agreed to a plugin, or granted or revoked permissions. */
  readonly grantchange: CustomEvent<{
    /** The plugin; `"*"` for all plugins. */
    readonly id: string;
  }>;
  /** A plugin was refused before any of its code ran. */
  readonly refusal: CustomEvent<{
    /** The plugin, if its id could be read. */
    readonly id: string | undefined;
    /** Its source. */
    readonly source: string;
    /** The reasons; at least one. */
    readonly problems: readonly Problem[];
  }>;
  /** The host begins to dispose its plugins. Nothing can be changed any more. */
  readonly dispose: CustomEvent<null>;
}

/**
 * The events of a host: an `EventTarget` that knows their types.
 *
 * @example Showing the status of plugins
 * ```ts
 * import { definePlugin, PluginHost } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: string[] = [];
 * {
 *   await using host = new PluginHost({
 *     name: "example",
 *     version: "1.0.0",
 *     builtins: [{
 *       manifest: { id: "a", type: "t", version: "1.0.0" },
 *       plugin: definePlugin({ setup: () => ({}) }),
 *     }],
 *   });
 *   host.events.addEventListener(
 *     "statuschange",
 *     ({ detail }) => seen.push(`${detail.id} is ${detail.status}`),
 *   );
 *   await host.load();
 * }
 *
 * assertEquals(seen, ["a is live", "a is disposed"]);
 * ```
 */
export interface HostEvents extends EventTarget {
  /**
   * Adds a listener for an event.
   *
   * @param type The name of the event.
   * @param listener The function to call.
   * @param options The options of any `EventTarget`, e.g. a `signal` that removes it.
   */
  addEventListener<Name extends keyof HostEventMap>(
    type: Name,
    listener: ((event: HostEventMap[Name]) => void) | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /**
   * Adds a listener for an event.
   *
   * @param type The name of the event.
   * @param listener The function or object to call.
   * @param options The options of any `EventTarget`.
   */
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** A process that runs a plugin. */
export interface RunningProcess {
  readonly pid: number;
  readonly limits: Readonly<Record<string, number>>;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** Dispatches the events of a host. */
export class HostEventTarget extends EventTarget implements HostEvents {
  /** Dispatches the event for the end of the host. */
  onDispose(): void {
    this.#dispatch("dispose", null);
  }

  /** Dispatches the event for a lifecycle event, if there is one. */
  onLifecycleEvent(event: LifecycleEvent): void {
    switch (event.action) {
      case "plugin.registered.builtin":
      case "plugin.registered.external":
        return this.#changeStatus(event.plugin, "live");
      case "plugin.load.failed":
        return this.#changeStatus(event.plugin, "failed", event.problems);
      case "plugin.disposed":
        return this.#changeStatus(event.plugin, event.status, [
          ...event.reasons,
          ...event.problems,
        ]);
      case "plugin.disabled":
        if (event.isLast && typeof event.plugin !== "string") {
          this.#changeStatus(event.plugin, "disabled");
        }
        return;
      case "plugin.load.refused": {
        const { plugin, problems } = event;
        const id = plugin.ok ? plugin.manifest.id : plugin.id;
        return this.#dispatch("refusal", {
          id,
          source: plugin.source,
          problems,
        });
      }
      case "plugin.consent.granted":
      case "plugin.consent.revoked":
      case "permission.granted":
      case "permission.revoked": {
        const { plugin } = event;
        const id = typeof plugin === "string" ? plugin : plugin.manifest.id;
        return this.#dispatch("grantchange", { id });
      }
      case "plugin.process.started":
      case "plugin.process.restarted":
      case "plugin.process.ended": {
        const { plugin: { manifest: { id } }, step } = event;
        const { kind, pid } = step;
        return this.#dispatch("process", {
          id,
          step: kind,
          pid,
          limits: step.kind === "ended" ? {} : step.limits,
          reason: step.kind === "ended" ? step.ended.reason : undefined,
        });
      }
      case "plugin.health_check": {
        const { plugin, health, previous, isChange } = event;
        if (!isChange) return;
        const { id } = plugin.manifest;
        return this.#dispatch("healthchange", { id, health, previous });
      }
    }
  }

  #changeStatus(
    { manifest: { id } }: ReadPlugin,
    status: PluginStatus,
    problems: readonly Problem[] = [],
  ): void {
    this.#dispatch("statuschange", {
      id,
      status,
      problems: Object.freeze(problems),
    });
  }

  #dispatch<Name extends keyof HostEventMap>(
    type: Name,
    detail: HostEventMap[Name]["detail"],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

export interface RememberedStatus {
  readonly status: PluginStatus;
  readonly problems: readonly Problem[];
  /** ISO 8601, UTC. */
  readonly since: string;
}

export class PluginStatuses {
  readonly #byId = new Map<string, RememberedStatus>();
  readonly #processes = new Map<string, RunningProcess>();

  constructor(events: HostEvents, clock: Pick<Clock, "now">) {
    const now = () => new Date(clock.now()).toISOString();
    events.addEventListener("statuschange", ({ detail }) => {
      const { id, problems, status } = detail;
      this.#byId.set(id, { status, problems, since: now() });
    });
    events.addEventListener("process", ({ detail }) => {
      const { id, step, pid, limits } = detail;
      if (step !== "ended") {
        const process = Object.freeze({ pid, limits, since: now() });
        this.#processes.set(id, process);
      } else if (this.#processes.get(id)?.pid === pid) {
        // The process of the next version may have been started before.
        this.#processes.delete(id);
      }
    });
  }

  get(id: string): RememberedStatus | undefined {
    return this.#byId.get(id);
  }

  /** Returns the process that a plugin has of its own. */
  processOf(id: string): RunningProcess | undefined {
    return this.#processes.get(id);
  }
}
