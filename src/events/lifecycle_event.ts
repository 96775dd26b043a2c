/** One typed union of everything that happens to a plugin or to its host. */

import type { Problem } from "../base/errors.ts";
import type { Health } from "../base/health.ts";
import type { FoundPlugin, ReadPlugin } from "../manifest/manifest.ts";

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

/** A step in the life of one plugin. */
type PluginEvent =
  | Step<"plugin.load.refused", { problems: readonly Problem[] }, FoundPlugin>
  | Step<"plugin.load.skipped", { reason: string }>
  | Step<
    "plugin.permission.missing",
    {
      /** The permissions, in words. */
      permissions: readonly string[];
      remedy: string;
    }
  >
  | Step<"plugin.registered.builtin" | "plugin.registered.external">
  | Step<
    "plugin.load.failed" | "plugin.call.failed",
    { problems: readonly Problem[] }
  >
  | Step<
    "plugin.crashed",
    { kind: "error" | "rejection"; problems: readonly Problem[] }
  >
  | Step<
    "plugin.disposed",
    {
      status: PluginStatus;
      /** The reasons for its end. */
      reasons: readonly Problem[];
      /** The failures of its `dispose`. */
      problems: readonly Problem[];
    }
  >
  | Step<"plugin.enabled">
  | Step<
    "plugin.disabled",
    {
      /** False if its `plugin.disposed` follows, which changes its status. */
      isLast: boolean;
    }
  >
  | Step<
    "plugin.enable.failed" | "plugin.disable.failed" | "plugin.config.failed",
    {
      failure:
        | { readonly code: string; readonly problems: readonly Problem[] }
        | { readonly error: string };
    },
    ReadPlugin | string
  >
  | Step<"plugin.config.updated", { keys: readonly string[] }>
  | Step<"plugin.config.notice", { path: string; message: string }>
  | Step<
    "plugin.health_check",
    {
      health: Health;
      previous: Health | undefined;
      /** True if the host's options have this check recorded. */
      isRecorded: boolean;
      isChange: boolean;
    }
  >
  | Step<
    "plugin.state.reconciled",
    { enabled: boolean; keys: readonly string[]; revision: number },
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
  | { action: "host.environment.notice"; problem: Problem }
  | {
    action: "host.sealed";
    revoked: readonly string[];
    kept: readonly Readonly<{ kind: string; reason: string }>[];
  }
  | {
    action: "host.state.reverted";
    revision: number;
    seen: number;
    disabled: readonly string[];
  }
  | {
    action: "switch.unreadable";
    variables: readonly string[];
    flag: string;
    remedy: string;
  }
  | { action: "switch.unclear"; variable: string; warning: string }
  | {
    action: "plugin.crash.unclear";
    kind: "error" | "rejection";
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
