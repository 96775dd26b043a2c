/** Live plugins, and the calls that run in them. */

import { type Clock, withTimeLimit } from "../base/timing.ts";
import { PluginError } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { PluginContext } from "../base/plugin.ts";
import type {
  CallFollower,
  OpenPlugin,
  RunningPlugin,
} from "../runners/runner.ts";
import type { SecretHold } from "../secrets/secret_values.ts";
import type { Health } from "../events/lifecycle_event.ts";
import type { HealthHistory } from "./measure_health.ts";

/** The lease of a call to a plugin. */
export interface Lease {
  /** Aborted if the plugin is disabled and the call does not end in time. */
  readonly signal: AbortSignal;
}

/** The host's side of the calls under a lease. */
export interface LeaseWatch extends CallFollower {
  /** Reports an error of a call. Never throws. */
  onFailure(thrown: unknown): void;
}

// The engine's own method, taken before a plugin can replace it.
const { then: THEN } = Promise.prototype;

/**
 * Waits for a native promise by `then`, which costs less than an await. Returns
 * `undefined` for anything else.
 */
function thenOf<Result>(
  called: Result | PromiseLike<Result>,
  end: (result: Result) => Result,
  fail: (thrown: unknown) => never,
): Promise<Result> | undefined {
  try {
    // An own constructor would create the returned promise.
    if (
      Object.getPrototypeOf(called) !== Promise.prototype ||
      Object.hasOwn(Object(called), "constructor")
    ) return undefined;
    return Reflect.apply(THEN, called, [end, fail]);
  } catch {
    // It is null, undefined or a Proxy.
    return undefined;
  }
}

/** The calls that run under a lease of one plugin. */
class Leases {
  readonly #watch: LeaseWatch;
  readonly #controller = new AbortController();
  readonly #lease: Lease = Object.freeze({ signal: this.#controller.signal });
  #running = 0;
  #toSkip = 0;
  #idle: (() => void) | undefined;

  constructor(watch: LeaseWatch) {
    this.#watch = watch;
  }

  run<Api, Result>(
    api: Api,
    callback: (api: Api, lease: Lease) => Result | PromiseLike<Result>,
  ): Promise<Result> {
    this.#running++;
    let called: Result | PromiseLike<Result>;
    try {
      called = this.#toSkip-- > 0
        ? callback(api, this.#lease)
        : this.#next(api, callback);
    } catch (thrown) {
      return Promise.reject(this.#failed(thrown));
    }
    return thenOf(called, this.#end, this.#fail) ?? this.#settle(called);
  }

  // An await ignores a promise's own `then`, which might call back twice, or never.
  async #settle<Result>(
    called: Result | PromiseLike<Result>,
  ): Promise<Result> {
    try {
      return this.#end(await called);
    } catch (thrown) {
      throw this.#failed(thrown);
    }
  }

  readonly #end = <Result>(result: Result): Result => {
    this.#running--;
    if (this.#running === 0) this.#idle?.();
    return result;
  };

  readonly #fail = (thrown: unknown): never => {
    throw this.#failed(thrown);
  };

  #failed(thrown: unknown): unknown {
    const { aborted, reason } = this.#lease.signal;
    // A call that ends because its lease was aborted has not failed.
    if (!aborted || thrown !== reason) this.#watch.onFailure(thrown);
    return this.#end(thrown);
  }

  #next<Api, Result>(
    api: Api,
    callback: (api: Api, lease: Lease) => Result,
  ): Result {
    this.#toSkip = this.#watch.skip();
    return this.#toSkip-- > 0
      ? callback(api, this.#lease)
      : this.#watch.follow(callback, api, this.#lease);
  }

  async close(grace: number, clock: Clock, reason: PluginError): Promise<void> {
    if (this.#running === 0) return;
    const idle = new Promise<void>((resolve) => this.#idle = resolve);
    const limited = await withTimeLimit(idle, grace, clock);
    // The host may have passed the signal to the plugin, whose listener runs here.
    if (limited.kind === "late") {
      this.#watch.follow(() => this.#controller.abort(reason));
    }
  }
}

/** A plugin that is live. */
export class LivePlugin {
  readonly plugin: ReadPlugin;
  readonly opened: OpenPlugin;
  readonly running: RunningPlugin;
  context: PluginContext;
  /** The configuration in force, with references. */
  config: unknown;
  #secrets: SecretHold;
  health: HealthHistory | undefined;
  /** The running health check. */
  checking: Promise<Health> | undefined;
  readonly #stop: (reason: unknown) => void;
  readonly #watch: LeaseWatch;
  #leases: Leases | undefined;
  #isRetired = false;

  /** `stop` aborts the signal of the context, and never throws. */
  constructor(
    plugin: ReadPlugin,
    opened: OpenPlugin,
    running: RunningPlugin,
    context: PluginContext,
    config: unknown,
    secrets: SecretHold,
    stop: (reason: unknown) => void,
    watch: LeaseWatch,
  ) {
    this.plugin = plugin;
    this.opened = opened;
    this.running = running;
    this.context = context;
    this.config = config;
    this.#secrets = secrets;
    this.#stop = stop;
    this.#watch = watch;
  }

  get api(): object {
    return this.running.api;
  }

  /** Takes another configuration, and releases the secrets of the old one. */
  update(context: PluginContext, config: unknown, secrets: SecretHold): void {
    this.#secrets[Symbol.dispose]();
    this.context = context;
    this.config = config;
    this.#secrets = secrets.move();
  }

  /** True if it was called under a lease. */
  get wasLeased(): boolean {
    return this.#leases !== undefined;
  }

  /** Runs a call under a lease. Throws `PLUGIN_NOT_LIVE` if the plugin is ending. */
  lease<Api, Result>(
    api: Api,
    callback: (api: Api, lease: Lease) => Result | PromiseLike<Result>,
  ): Promise<Result> {
    if (this.#isRetired) throw notLive(this.plugin.manifest.id);
    return (this.#leases ??= new Leases(this.#watch)).run(api, callback);
  }

  /**
   * Rejects new calls, waits for running ones within the grace period (ms), aborts
   * the rest, and disposes the plugin.
   */
  async retire(grace: number, clock: Clock): Promise<void> {
    this.#isRetired = true;
    const { id } = this.plugin.manifest;
    // Two errors, because a plugin may change the one that it gets.
    await this.#leases?.close(grace, clock, notLive(id));
    this.#stop(notLive(id));
    try {
      await this.running.dispose();
    } finally {
      this.#secrets[Symbol.dispose]();
    }
  }
}

export function notLive(id: string): PluginError {
  return new PluginError(`Cannot use plugin "${id}": it is not live`, {
    code: "PLUGIN_NOT_LIVE",
    pluginId: id,
    remedy: "See the report of load() for the reason, or enable it",
  });
}
