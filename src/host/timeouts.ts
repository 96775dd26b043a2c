import { DEFAULT_TIMEOUTS, type PluginTimeouts } from "../runners/runner.ts";

/**
 * The time limits for plugins and for the state store, in milliseconds.
 * Time in which the process was stopped or blocked does not count.
 */
export interface HostTimeouts {
  /**
   * The import of a plugin.
   *
   * @default {10_000}
   */
  readonly load: number;
  /**
   * A plugin's `setup`, `reconfigure` and validation of its configuration.
   *
   * @default {10_000}
   */
  readonly setup: number;
  /**
   * A plugin's `healthCheck`.
   *
   * @default {10_000}
   */
  readonly health: number;
  /**
   * A plugin's `dispose`, and the time that `disable` waits for running calls.
   *
   * @default {5_000}
   */
  readonly dispose: number;
  /**
   * Each call to the state store. The `lockTimeout` of a `FileStateStore`, which
   * waits for other writers, should be shorter.
   *
   * @default {15_000}
   */
  readonly state: number;
  /**
   * The disposal of the host with all its plugins.
   *
   * @default {30_000}
   */
  readonly close: number;
  /**
   * The limits of single plugins, by id. The host's limits apply to the rest.
   *
   * @default {{}}
   */
  readonly plugins?: Readonly<
    Record<string, Partial<Omit<HostTimeouts, "state" | "close" | "plugins">>>
  >;
}

/** The longest time of a timer of the engine. */
export const MAX_TIMEOUT = 2_147_483_647;

export const DEFAULT_HOST_TIMEOUTS: HostTimeouts = Object.freeze({
  ...DEFAULT_TIMEOUTS,
  state: 15_000,
  close: 30_000,
});

/** Returns the time limits of one plugin. */
export function timeoutsOf(
  { plugins = {}, ...others }: HostTimeouts,
  id: string,
): PluginTimeouts {
  return Object.hasOwn(plugins, id) ? { ...others, ...plugins[id] } : others;
}
