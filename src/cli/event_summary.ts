/**
 * How many events there are of each plugin and action.
 *
 * @module
 */

import type { AuditEvent } from "../audit/audit_event.ts";

/** How often a plugin did something. */
export interface EventCount {
  /** The plugin. */
  readonly plugin_id: string;
  /** What it did. */
  readonly action: string;
  /** How often. */
  readonly count: number;
}

// Names may be data: what a log holds must not decide how much memory is used.
const MAX_KINDS = 10_000;

/** Counts events by plugin and action, in memory that has a limit. */
export class EventSummary {
  readonly #counts = new Map<string, Map<string, number>>();
  #kinds = 0;
  #events = 0;
  #others = 0;

  /** How many events were counted. */
  get events(): number {
    return this.#events;
  }

  /** How many of them are of plugins and actions that there was no room for. */
  get others(): number {
    return this.#others;
  }

  /**
   * Counts an event.
   *
   * @param event The event.
   */
  add({ plugin_id, action }: AuditEvent): void {
    this.#events++;
    const actions = this.#counts.get(plugin_id) ?? new Map<string, number>();
    const count = actions.get(action);
    if (count === undefined) {
      if (this.#kinds >= MAX_KINDS) {
        this.#others++;
        return;
      }
      this.#kinds++;
      this.#counts.set(plugin_id, actions);
    }
    actions.set(action, (count ?? 0) + 1);
  }

  /**
   * What was counted.
   *
   * @returns By plugin, and of each the most frequent first.
   */
  counts(): readonly EventCount[] {
    return [...this.#counts]
      .sort(([one], [other]) => one < other ? -1 : 1)
      .flatMap(([plugin_id, actions]) =>
        [...actions]
          .sort(([, one], [, other]) => other - one)
          .map(([action, count]) => ({ plugin_id, action, count }))
      );
  }
}
