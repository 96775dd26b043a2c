/**
 * How a plugin says that it is.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { PluginError } from "../base/errors.ts";
import {
  type Health,
  HEALTH_STATUSES,
  type HealthStatus,
} from "../base/health.ts";
import { describeThrown, onOneLine } from "../base/text.ts";

/** What a check came to, without its time. */
export type HealthAnswer = Readonly<Pick<Health, "status" | "message">>;

const MAX_MESSAGE = 500;

function isStatus(value: unknown): value is HealthStatus {
  return HEALTH_STATUSES.some((status) => status === value);
}

function answer(status: HealthStatus, message?: unknown): HealthAnswer {
  return typeof message === "string" && message !== ""
    ? {
      status,
      message: onOneLine(message, MAX_MESSAGE),
    }
    : { status };
}

function readObject(value: object): HealthAnswer {
  const status: unknown = Reflect.get(value, "status");
  const message: unknown = Reflect.get(value, "message");
  return isStatus(status)
    ? answer(status, message)
    : answer("unknown", "its healthCheck returned no status that is known");
}

/**
 * Understands what a `healthCheck` returned: a boolean, an object with a
 * `status`, or nothing, which means healthy.
 *
 * @param value What it returned.
 * @returns The status and message; `unknown` for anything else.
 */
export function readHealth(value: unknown): HealthAnswer {
  if (value === true || value === undefined) return answer("healthy");
  if (value === false) return answer("unhealthy");
  try {
    if (typeof value === "object" && value !== null) return readObject(value);
  } catch (thrown) {
    return answer("unknown", describeThrown(thrown));
  }
  return answer("unknown", "its healthCheck returned nothing that is known");
}

function describeReason(thrown: unknown): string {
  return thrown instanceof PluginError
    ? thrown.message
    : describeThrown(thrown);
}

/**
 * Runs a check and takes its time.
 *
 * @param check Asks the plugin; what it throws means unhealthy.
 * @param clock The time.
 * @param mask Takes secrets out of a text.
 * @param explain Says what was thrown.
 * @returns The result.
 */
export async function measureHealth(
  check: (() => Promise<unknown>) | undefined,
  clock: Clock,
  mask: (text: string) => string,
  explain: (thrown: unknown) => string | undefined = describeReason,
): Promise<Health> {
  const checkedAt = new Date(clock.now()).toISOString();
  const began = clock.elapsed();
  const found = check === undefined
    ? answer("unknown", "it has no healthCheck")
    : await check().then(
      readHealth,
      (thrown) => answer("unhealthy", explain(thrown)),
    );
  const latencyMs = Math.max(0, clock.elapsed() - began);
  const { status, message } = found;
  return Object.freeze({
    status,
    ...message === undefined ? {} : { message: mask(message) },
    latencyMs,
    checkedAt,
  });
}
