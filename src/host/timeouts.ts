/**
 * How long a host waits.
 *
 * @module
 */

import { DEFAULT_TIMEOUTS, type PluginTimeouts } from "../runners/runner.ts";

/**
 * How long a host waits for plugins and for the state store, in milliseconds.
 * Time in which the process was stopped or blocked does not count.
 */
export interface HostTimeouts extends PluginTimeouts {
  /**
   * Each call to the state store. A `FileStateStore` waits for other writers
   * within its own `lockTimeout`, which should be the shorter one.
   *
   * @default {15_000}
   */
  readonly state: number;
}

/** The time limits of a host that sets none. */
export const DEFAULT_HOST_TIMEOUTS: HostTimeouts = Object.freeze({
  ...DEFAULT_TIMEOUTS,
  state: 15_000,
});
