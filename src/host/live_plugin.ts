/**
 * A plugin that is live, and the calls that run in it.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { PluginError } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { PluginContext } from "../base/plugin.ts";
import type {
  CallFollower,
  OpenPlugin,
  RunningPlugin,
} from "../runners/runner.ts";
import { withTimeLimit } from "../base/time_limit.ts";
import type { SecretHold } from "../secrets/secret_values.ts";
import type { Health } from "../base/health.ts";
import type { HealthHistory } from "./measure_health.ts";

/** What a call under a lease is handed beside the plugin. */
export interface Lease {
  /** Aborted when the plugin is disabled and the call has not ended in time. */
  readonly signal: AbortSignal;
}

/** The host's side of the calls under a lease. */
export interface LeaseWatch extends CallFollower {
  /** Takes what a call threw. Never throws. */
  onFailure(thrown: unknown): void;
}

// The engine's own, taken before a plugin can put another in its place.
const { then: THEN } = Promise.prototype;

/**
 * Waits for a promise of the engine by its `then`, which costs less than an
 * await. Returns `undefined` for anything else.
 */
function thenOf<Result>(
  called: Result | PromiseLike<Result>,
  end: (result: Result) => Result,
  fail: (thrown: unknown) => never,
): Promise<Result> | undefined {
  try {
    // A constructor of its own would make what is returned.
    if (
      Object.getPrototypeOf(called) !== Promise.prototype ||
      Object.hasOwn(Object(called), "constructor")
    ) return undefined;
    return Reflect.apply(THEN, called, [end, fail]);
  } catch {
    // It is nothing, or a Proxy.
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

  // An await asks no promise for a `then` of its own: a plugin's would say that
  // the call has ended twice, or never.
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
    // Whoever gives up when told to has not failed.
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
    // A listener may be of the plugin, which the host handed the signal to.
    if (limited.kind === "late") {
      this.#watch.follow(() => this.#controller.abort(reason));
    }
  }
}

/** A plugin that is live. */
export class LivePlugin {
  /** What was read of it. */
  readonly plugin: ReadPlugin;
  /** Its object. */
  readonly api: object;
  /** Its code. */
  readonly opened: OpenPlugin;
  /** Its code, set up. */
  readonly running: RunningPlugin;
  /** What it was handed last. */
  context: PluginContext;
  /** The configuration that it runs with, with references. */
  config: unknown;
  #secrets: SecretHold;
  /** The course of its health, from the first check on. */
  health: HealthHistory | undefined;
  /** A check that runs. */
  checking: Promise<Health> | undefined;
  readonly #stop: (reason: unknown) => void;
  readonly #watch: LeaseWatch;
  #leases: Leases | undefined;
  #isRetired = false;

  /**
   * Makes one.
   *
   * @param plugin What was read of it.
   * @param opened Its code.
   * @param running Its code, set up.
   * @param context What it was handed.
   * @param config The configuration that it runs with, with references.
   * @param secrets Keeps what is secret of that.
   * @param stop Aborts the signal of its context. Never throws.
   * @param watch The host's side of calls under a lease.
   */
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
    this.api = running.api;
    this.#stop = stop;
    this.#watch = watch;
  }

  /**
   * Takes another configuration, and lets the secrets of the former one go.
   *
   * @param context What the plugin was given.
   * @param config Its configuration, with references.
   * @param secrets Keeps what is secret of that.
   */
  take(context: PluginContext, config: unknown, secrets: SecretHold): void {
    this.#secrets[Symbol.dispose]();
    this.context = context;
    this.config = config;
    this.#secrets = secrets.move();
  }

  /** True when it was called under a lease. */
  get wasLeased(): boolean {
    return this.#leases !== undefined;
  }

  /**
   * Runs a call under a lease: the plugin is not disposed of under it before
   * the call was given time to end.
   *
   * @param api The plugin's object, with its type.
   * @param callback The call.
   * @returns What it returns.
   * @throws {PluginError} `PLUGIN_NOT_LIVE` when the plugin is being disposed of.
   */
  lease<Api, Result>(
    api: Api,
    callback: (api: Api, lease: Lease) => Result | PromiseLike<Result>,
  ): Promise<Result> {
    if (this.#isRetired) throw notLive(this.plugin.manifest.id);
    return (this.#leases ??= new Leases(this.#watch)).run(api, callback);
  }

  /**
   * Ends the plugin: no new calls; running ones are waited for, then aborted;
   * then it is disposed of.
   *
   * @param grace How long running calls may take, in milliseconds.
   * @param clock The time.
   * @throws {PluginError} when its `dispose` threw or did not settle in time.
   */
  async retire(grace: number, clock: Clock): Promise<void> {
    this.#isRetired = true;
    const { id } = this.plugin.manifest;
    // One error for each: a plugin may change the one that it is handed.
    await this.#leases?.close(grace, clock, notLive(id));
    this.#stop(notLive(id));
    try {
      await this.running.dispose();
    } finally {
      this.#secrets[Symbol.dispose]();
    }
  }
}

/**
 * The error for a plugin that is not live.
 *
 * @param id The plugin.
 * @returns The error.
 */
export function notLive(id: string): PluginError {
  return new PluginError(`Cannot use plugin "${id}": it is not live`, {
    code: "PLUGIN_NOT_LIVE",
    pluginId: id,
    remedy: "See the report of load() for why, or enable it",
  });
}
