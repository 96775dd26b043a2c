/**
 * The events that a log does not hold, and the one that says so.
 *
 * @module
 */

import { describeThrown } from "../base/text.ts";
import { EventEncoder } from "./event_encoder.ts";
import { PartialWriteError } from "../base/stderr.ts";

/** No id of a plugin holds a colon. */
const LOG_ID = "audit:log";

/** A number of events, the first one, and the reason. */
interface Loss {
  count: number;
  since: number;
  reason: string;
}

/**
 * Counts events that were lost until a log says so, and those that were written
 * since it was last known that they reach the log.
 */
export class Losses {
  #encoder: EventEncoder | undefined;
  #lost: Loss | undefined;
  #told: Loss | undefined;
  #unsure = 0;
  #unsureSince = 0;

  /** `true` if the log has a loss to tell. */
  get pending(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * Counts an event that could not be written.
   *
   * @param time The time of the event.
   * @param error The reason.
   */
  fail(time: number, error: unknown): void {
    const cause = error instanceof PartialWriteError ? error.cause : error;
    this.#add(1, time, describeThrown(cause));
  }

  /**
   * Counts an event that was written, after {@linkcode Losses.event} if that was pending.
   *
   * @param time The time of the event.
   */
  wrote(time: number): void {
    if (this.#unsure++ === 0) this.#unsureSince = time;
    if (this.#lost === undefined) return;
    this.#told = this.#lost;
    this.#lost = undefined;
  }

  /** Takes all that was written for kept. */
  confirm(): void {
    this.#unsure = 0;
    this.#told = undefined;
  }

  /**
   * Counts all that was written since the last {@linkcode Losses.confirm} as
   * lost, and that there was a reason even if it is nothing.
   *
   * @param time The time of the last confirmation.
   * @param reason The reason.
   */
  lose(time: number, reason: string): void {
    const told = this.#told;
    if (told !== undefined) this.#add(told.count, told.since, told.reason);
    const since = this.#unsure > 0 ? this.#unsureSince : time;
    this.#add(this.#unsure, since, reason);
    this.confirm();
  }

  /**
   * Makes the event that says what was lost.
   *
   * @param time The time of the event.
   * @returns The event as JSON, without its last brace.
   */
  event(time: number): string {
    this.#encoder ??= new EventEncoder(true);
    const { count = 0, since = time, reason = "" } = this.#lost ?? {};
    const details = { count, since: new Date(since).toISOString(), reason };
    const facts = {
      pluginId: LOG_ID,
      action: "audit.lost",
      time,
      level: "error",
      plugin: undefined,
    } as const;
    return this.#encoder.encode(facts, details).open;
  }

  #add(count: number, since: number, reason: string): void {
    if (this.#lost === undefined) this.#lost = { count, since, reason };
    else this.#lost.count += count;
  }
}
