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

/** A step in the life of one plugin. */
export type PluginEvent =
  | {
    readonly action: "plugin.load.refused";
    readonly plugin: FoundPlugin;
    readonly problems: readonly Problem[];
  }
  | {
    readonly action: "plugin.load.skipped";
    readonly plugin: ReadPlugin;
    readonly reason: string;
  }
  | {
    readonly action: "plugin.permission.missing";
    readonly plugin: ReadPlugin;
    /** The permissions, in words. */
    readonly permissions: readonly string[];
    readonly remedy: string;
  }
  | {
    readonly action:
      | "plugin.registered.builtin"
      | "plugin.registered.external";
    readonly plugin: ReadPlugin;
  }
  | {
    readonly action: "plugin.load.failed";
    readonly plugin: ReadPlugin;
    readonly problems: readonly Problem[];
  }
  | {
    readonly action: "plugin.crashed";
    readonly plugin: ReadPlugin;
    readonly kind: "error" | "rejection";
    readonly problems: readonly Problem[];
  }
  | {
    readonly action: "plugin.disposed";
    readonly plugin: ReadPlugin;
    readonly status: PluginStatus;
    /** The reasons for its end. */
    readonly reasons: readonly Problem[];
    /** The failures of its `dispose`. */
    readonly problems: readonly Problem[];
  }
  | { readonly action: "plugin.enabled"; readonly plugin: ReadPlugin }
  | {
    readonly action: "plugin.disabled";
    readonly plugin: ReadPlugin;
    /** False if its `plugin.disposed` follows, which changes its status. */
    readonly isLast: boolean;
  }
  | {
    readonly action:
      | "plugin.enable.failed"
      | "plugin.disable.failed"
      | "plugin.config.failed";
    readonly plugin: ReadPlugin | string;
    readonly failure:
      | { readonly code: string; readonly problems: readonly Problem[] }
      | { readonly error: string };
  }
  | {
    readonly action: "plugin.config.updated";
    readonly plugin: ReadPlugin;
    readonly keys: readonly string[];
  }
  | {
    readonly action: "plugin.config.notice";
    readonly plugin: ReadPlugin;
    readonly path: string;
    readonly message: string;
  }
  | {
    readonly action: "plugin.health_check";
    readonly plugin: ReadPlugin;
    readonly health: Health;
    readonly previous: Health | undefined;
    /** True if the host's options have this check recorded. */
    readonly isRecorded: boolean;
    readonly isChange: boolean;
  }
  | {
    readonly action: "plugin.call.failed";
    readonly plugin: ReadPlugin;
    readonly problems: readonly Problem[];
  }
  | {
    readonly action: "plugin.state.reconciled";
    readonly plugin: ReadPlugin | string;
    readonly enabled: boolean;
    readonly keys: readonly string[];
    readonly revision: number;
  }
  | {
    readonly action: "host.permission.lost";
    readonly plugin: ReadPlugin;
    /** The permissions, in words. */
    readonly permissions: readonly string[];
    /** The ids of plugins that were called at the same time. */
    readonly beside: readonly string[];
  }
  | {
    /** An event that the plugin itself writes. */
    readonly action: "custom";
    readonly plugin: ReadPlugin;
    readonly name: string;
    readonly details: Readonly<Record<string, unknown>> | undefined;
  };

/** A step in the life of the host. */
export type HostEvent =
  | {
    readonly action: "host.environment.notice";
    readonly problem: Problem;
  }
  | {
    readonly action: "host.sealed";
    readonly revoked: readonly string[];
    readonly kept: readonly Readonly<{ kind: string; reason: string }>[];
  }
  | {
    readonly action: "host.state.reverted";
    readonly revision: number;
    readonly seen: number;
    readonly disabled: readonly string[];
  }
  | {
    readonly action: "switch.unreadable";
    readonly variables: readonly string[];
    readonly flag: string;
    readonly remedy: string;
  }
  | {
    readonly action: "switch.unclear";
    readonly variable: string;
    readonly warning: string;
  }
  | {
    readonly action: "plugin.crash.unclear";
    readonly kind: "error" | "rejection";
    readonly ids: readonly string[];
    readonly error: string;
    readonly repeated: number;
  };

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
