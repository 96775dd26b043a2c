/** The parts of a host, and the type for functions that need some of them. */

import type { HostEventTarget, PluginStatuses } from "../events/host_events.ts";
import type { LifecycleEvents } from "../events/lifecycle_event.ts";
import type { Inspector } from "../inspect/inspector.ts";
import type { Runner } from "../runners/runner.ts";
import type { HostSecrets, Registry } from "./registry.ts";
import type { ChangeQueue, Lives } from "./change_queue.ts";
import type { Consents } from "./plugin_grants.ts";
import type { Notices, StoredState } from "./stored_state.ts";
import type { PermissionUses, PermissionWatch } from "./permission_watch.ts";
import type { Questions } from "./questions.ts";
import type { HostSettings } from "./settings.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

/** The parts that exist before anything is read. */
export interface HostBeginnings {
  readonly settings: HostSettings;
  readonly registry: Registry;
  readonly secrets: HostSecrets;
  /** The events of the application. */
  readonly hostEvents: HostEventTarget;
  /** Aborted when the host ends. */
  readonly ending: AbortSignal;
}

/** Follows what other hosts store. */
export interface Follower {
  /** Begins to follow, until the host ends. */
  start(changes: ChangeQueue, ending: AbortSignal): void;
  /** Compares the plugins with the state again, after a change by this host. */
  onChange(): void;
  /** From now on, starts what the state keeps from running no more. */
  onLoaded(): void;
  /** Fulfilled when everything that it began has ended. */
  readonly ended: Promise<void>;
}

/**
 * All parts of a host. No function takes them all: each names in its first
 * parameter, by `Pick`, the parts that it needs.
 */
export interface HostParts extends HostBeginnings {
  /** Receives every step in the life of a plugin. */
  readonly events: LifecycleEvents;
  readonly state: StoredState;
  readonly consents: Consents;
  readonly inspector: Inspector;
  readonly runner: Runner;
  readonly lives: Lives;
  readonly notices: Notices;
  readonly questions: Questions;
  readonly watch: PermissionWatch;
  readonly uses: PermissionUses;
  readonly statuses: PluginStatuses;
  /** Spans and metrics; absent unless the application asked for them. */
  readonly telemetry: Telemetry | undefined;
  /** Follows what other hosts store, if the options say so. */
  readonly follower: Follower | undefined;
  /** Masks secrets in a text: known ones, and those that look like one. */
  readonly mask: (text: string) => string;
}

/** Names the parts that a function needs. */
export type Parts<Name extends keyof HostParts> = Pick<HostParts, Name>;
