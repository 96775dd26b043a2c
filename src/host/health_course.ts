/**
 * The course of a plugin's health: which checks are a change, and which are
 * recorded.
 *
 * @module
 */

import type { Health } from "../base/health.ts";

/** Options of the health checks of a host. */
export interface HealthOptions {
  /**
   * Number of checks in a row that must differ from the status in force before
   * the change is recorded and emitted as `healthchange`.
   *
   * @default {1}
   */
  readonly threshold?: number;
  /**
   * Interval after which a status that stays the same is recorded again, in
   * milliseconds; 0 records every check.
   *
   * @default {Infinity} a check is recorded only when the status changes
   */
  readonly recordEvery?: number;
}

/** The consequences of one check. */
export interface HealthStep {
  /** True when the status in force is another one now. */
  readonly isChange: boolean;
  /** True when the check belongs into the audit trail. */
  readonly isRecorded: boolean;
  /** The last check with the status that was in force. */
  readonly previous: Health | undefined;
}

/** Follows the checks of one plugin. */
export class HealthCourse {
  readonly #options: Required<HealthOptions>;
  #inForce: Health | undefined;
  #deviating = 0;
  #recordedAt = 0;

  /**
   * Begins with the first check.
   *
   * @param options The host's options, complete.
   */
  constructor(options: Required<HealthOptions>) {
    this.#options = options;
  }

  /**
   * Takes the next check. The first one is always a change.
   *
   * @param health The check.
   * @param now The time on a clock that only goes forward, in milliseconds.
   * @returns What follows from it.
   */
  next(health: Health, now: number): HealthStep {
    const { threshold, recordEvery } = this.#options;
    const previous = this.#inForce;
    const isSame = previous?.status === health.status;
    this.#deviating = isSame ? 0 : this.#deviating + 1;
    const isChange = !isSame &&
      (previous === undefined || this.#deviating >= threshold);
    const isDue = isSame && now - this.#recordedAt >= recordEvery;
    if (isChange) this.#deviating = 0;
    if (isChange || isSame) this.#inForce = health;
    if (isChange || isDue) this.#recordedAt = now;
    return { isChange, isRecorded: isChange || isDue, previous };
  }
}
