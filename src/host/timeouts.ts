/**
 * The time limits of a host.
 *
 * @module
 */

import { DEFAULT_TIMEOUTS, type PluginTimeouts } from "../runners/runner.ts";

/**
 * The time limits for plugins and for the state store, in milliseconds.
 * Time in which the process was stopped or blocked does not count.
 */
export interface HostTimeouts {
  /**
   * Its import.
   *
   * @default {10_000}
   */
  readonly load: number;
  /**
   * Its `setup`, `reconfigure` and the validation of its configuration.
   *
   * @default {10_000}
   */
  readonly setup: number;
  /**
   * Its `healthCheck`.
   *
   * @default {10_000}
   */
  readonly health: number;
  /**
   * Its `dispose`, and how long `disable` waits for running calls.
   *
   * @default {5_000}
   */
  readonly dispose: number;
  /**
   * Each call to the state store. A `FileStateStore` waits for other writers
   * within its own `lockTimeout`, which should be the shorter one.
   *
   * @default {15_000}
   */
  readonly state: number;
  /**
   * The disposal of the host: all plugins together.
   *
   * @default {30_000}
   */
  readonly close: number;
  /**
   * Limits of single plugins, by id. What is left out is as for the others.
   *
   * @default {{}}
   */
  readonly plugins?: Readonly<
    Record<string, Partial<Omit<HostTimeouts, "state" | "close" | "plugins">>>
  >;
}

/** The time limits of a host that sets none. */
export const DEFAULT_HOST_TIMEOUTS: HostTimeouts = Object.freeze({
  ...DEFAULT_TIMEOUTS,
  state: 15_000,
  close: 30_000,
});

/**
 * Finds the time limits of one plugin.
 *
 * @param timeouts The limits of the host.
 * @param id The plugin.
 * @returns Its own limits, and those of the host for the rest.
 */
export function timeoutsOf(
  { plugins = {}, ...others }: HostTimeouts,
  id: string,
): PluginTimeouts {
  return Object.hasOwn(plugins, id) ? { ...others, ...plugins[id] } : others;
}
