import { type AuditEvent, parseLoggedEvent } from "../audit/audit_event.ts";
import { followLog, IDLE } from "../audit/follow_log.ts";
import type { Clock } from "../base/timing.ts";

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Called for each line that is not an event. */
  readonly onMalformed: () => void;
  /** Called when everything written so far was read. */
  readonly onIdle: () => void;
}

/** Yields the events of an audit log, oldest first, then new ones across rotations. */
export async function* followAuditLog(
  path: string,
  { onIdle, ...options }: FollowOptions,
): AsyncGenerator<AuditEvent, void, void> {
  const log = followLog(path, { ...options, parse: parseLoggedEvent });
  for await (const entry of log) {
    if (entry === IDLE) onIdle();
    else yield entry;
  }
}
