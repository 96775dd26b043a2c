/**
 * Which events of an audit log are wanted. Pure.
 *
 * @module
 */

import {
  AUDIT_LEVELS,
  type AuditEvent,
  type AuditLevel,
} from "../audit/audit_event.ts";
import { matchGlob } from "../audit/read_audit_log.ts";

/** What an event has to meet: all that is given. */
export interface EventWishes {
  /** The plugins; `*` stands for any text. */
  readonly plugins: readonly string[];
  /** The actions; `*` stands for any text. */
  readonly actions: readonly string[];
  /** The least grave level. */
  readonly level: AuditLevel | undefined;
  /** The time of the first event, in milliseconds. */
  readonly since: number | undefined;
  /** The time of the last event, in milliseconds. */
  readonly until: number | undefined;
}

function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.length === 0 ||
    patterns.some((pattern) => matchGlob(pattern, text));
}

/**
 * Makes a filter of events.
 *
 * @param wishes What an event has to meet.
 * @returns Whether an event is wanted.
 */
export function createEventFilter(
  wishes: EventWishes,
): (event: AuditEvent) => boolean {
  const { plugins, actions, level, since, until } = wishes;
  const lowest = level === undefined ? 0 : AUDIT_LEVELS.indexOf(level);
  return (event) => {
    if (!matchesAny(plugins, event.plugin_id)) return false;
    if (!matchesAny(actions, event.action)) return false;
    if (AUDIT_LEVELS.indexOf(event.level) < lowest) return false;
    if (since === undefined && until === undefined) return true;
    const time = Date.parse(event.timestamp);
    return time >= (since ?? -Infinity) && time <= (until ?? Infinity);
  };
}
