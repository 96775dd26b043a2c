/** The statuses of health. */
export const HEALTH_STATUSES: readonly [
  "healthy",
  "degraded",
  "unhealthy",
  "unknown",
] = [
  "healthy",
  "degraded",
  "unhealthy",
  "unknown",
];

/** The result of a health check. */
export interface Health {
  /**
   * The status: `"unknown"` when the plugin has no health check, or returns
   * something that is not understood.
   */
  readonly status: "healthy" | "degraded" | "unhealthy" | "unknown";
  /** The message of the plugin, on one line, without a secret. */
  readonly message?: string;
  /** The duration of the check in milliseconds, rounded to tenths. */
  readonly latencyMs: number;
  /** The time at which the check began: ISO 8601, UTC. */
  readonly checkedAt: string;
}

export type HealthStatus = Health["status"];
