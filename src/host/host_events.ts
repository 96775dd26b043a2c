/**
 * What happens in a host, for an application that shows it.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import type { Health } from "./health.ts";

/** What became of a plugin. */
export type PluginStatus =
  /** It can be used. */
  | "live"
  /** It was taken out of use. */
  | "disabled"
  /** Its code ran and went wrong. */
  | "failed"
  /** It was disposed of, with its host or to be set up again. */
  | "disposed";

/** A plugin's status is another one. */
export interface StatusChange {
  /** The plugin. */
  readonly id: string;
  /** What it is now. */
  readonly status: PluginStatus;
  /** Why, where something is wrong. */
  readonly problems: readonly Problem[];
}

/** A plugin's health is another one. */
export interface HealthChange {
  /** The plugin. */
  readonly id: string;
  /** How it is now. */
  readonly health: Health;
  /** How it was, where it was checked before. */
  readonly previous: Health | undefined;
}

/** A plugin was turned away before any of its code ran. */
export interface Refusal {
  /** The plugin, where its id could be read. */
  readonly id: string | undefined;
  /** Where it comes from. */
  readonly source: string;
  /** Why; at least one. */
  readonly problems: readonly Problem[];
}

/** The events of a host, by name. */
export interface HostEventMap {
  /** A plugin became live, disabled, failed or disposed. */
  readonly statuschange: CustomEvent<StatusChange>;
  /** The status of a plugin's health is another one than at the check before. */
  readonly healthchange: CustomEvent<HealthChange>;
  /** A plugin was turned away before any of its code ran. */
  readonly refusal: CustomEvent<Refusal>;
}

/** What listens to an event of a host. */
export type HostEventListener<Name extends keyof HostEventMap> = (
  event: HostEventMap[Name],
) => void;

/**
 * The events of a host: an `EventTarget` that knows their types.
 *
 * @example Showing what happens
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
export class HostEvents extends EventTarget {
  /**
   * Listens to an event.
   *
   * @param type The event.
   * @param listener What to call.
   * @param options As of any `EventTarget`, e.g. a `signal` that ends it.
   */
  override addEventListener<Name extends keyof HostEventMap>(
    type: Name,
    listener: HostEventListener<Name> | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /**
   * Listens to an event.
   *
   * @param type The event.
   * @param listener What to call.
   * @param options As of any `EventTarget`.
   */
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener, options);
  }

  /**
   * Tells everybody who listens.
   *
   * @param type The event.
   * @param detail What happened.
   */
  emit<Name extends keyof HostEventMap>(
    type: Name,
    detail: HostEventMap[Name]["detail"],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
