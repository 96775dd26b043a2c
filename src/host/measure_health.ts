/** Measures the health of plugins, and decides which checks are recorded. */

import type { Clock } from "../base/timing.ts";
import {
  type Health,
  HEALTH_STATUSES,
  type HealthStatus,
} from "../events/lifecycle_event.ts";
import { describeThrown, onOneLine } from "../base/text.ts";

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
   * Interval after which an unchanged status is recorded again, in
   * milliseconds; 0 records every check.
   *
   * @default {Infinity} a check is recorded only when the status changes
   */
  readonly recordEvery?: number;
}

const MAX_MESSAGE = 500;

/** The health checks of one plugin, from the first one on. */
export class HealthHistory {
  readonly #options: Required<HealthOptions>;
  #inForce: Health | undefined;
  #deviating = 0;
  #recordedAt = 0;

  constructor(options: Required<HealthOptions>) {
    this.#options = options;
  }

  /** The health in force: that of the last change, or of a later check that agrees. */
  get inForce(): Health | undefined {
    return this.#inForce;
  }

  /** Adds a check. The first one is always a change. */
  add(health: Health, now: number) {
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

type Result = Readonly<{ status: HealthStatus; message?: unknown }>;

/**
 * Reads the result of a `healthCheck`: a boolean, an object with a `status`, or
 * nothing, which means healthy.
 */
function readHealth(value: unknown): Result {
  if (value === true || value === undefined) return { status: "healthy" };
  if (value === false) return { status: "unhealthy" };
  const isObject = typeof value === "object" && value !== null;
  try {
    const found: unknown = isObject ? Reflect.get(value, "status") : undefined;
    const status = HEALTH_STATUSES.find((one) => one === found);
    if (isObject && status !== undefined) {
      return { status, message: Reflect.get(value, "message") };
    }
  } catch (thrown) {
    return { status: "unknown", message: describeThrown(thrown) };
  }
  return {
    status: "unknown",
    message: `its healthCheck returned an unknown ${
      isObject ? "status" : "value"
    }`,
  };
}

// A clock of floating-point milliseconds shows more digits than it measures.
const roundToTenths = (milliseconds: number) =>
  Math.round(milliseconds * 10) / 10;

/** Runs and times a check. An error of the check means unhealthy. */
export async function measureHealth(
  check: (() => Promise<unknown>) | undefined,
  clock: Clock,
  mask: (text: string) => string,
  explain: (thrown: unknown) => string | undefined,
): Promise<Health> {
  const checkedAt = new Date(clock.now()).toISOString();
  const began = clock.elapsed();
  const { status, message }: Result = check === undefined
    ? { status: "unknown", message: "it has no healthCheck" }
    : await check().then(
      readHealth,
      (thrown) => ({ status: "unhealthy", message: explain(thrown) }),
    );
  const latencyMs = Math.max(0, roundToTenths(clock.elapsed() - began));
  return Object.freeze({
    status,
    ...typeof message === "string" && message !== ""
      ? { message: mask(onOneLine(message, MAX_MESSAGE)) }
      : {},
    latencyMs,
    checkedAt,
  });
}
