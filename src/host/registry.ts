/** Live plugins, by id and by type, and the secrets that they got. */

import type { AuditLogger } from "../audit/audit_logger.ts";
import { PluginError } from "../base/errors.ts";
import type { PluginContext } from "../base/plugin.ts";
import { describeThrown, onOneLine, quote } from "../base/text.ts";
import { type Clock, withTimeLimit } from "../base/timing.ts";
import {
  type Health,
  HEALTH_STATUSES,
  type HealthStatus,
} from "../events/lifecycle_event.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type {
  CallFollower,
  OpenPlugin,
  PluginGrants,
  RunningPlugin,
} from "../runners/runner.ts";
import type { SecretHold, SecretValues } from "../secrets/secret_values.ts";

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

/** The lease of a call to a plugin. */
export interface Lease {
  /** Aborted if the plugin is disabled and the call does not end in time. */
  readonly signal: AbortSignal;
}

/** The host's side of the calls under a lease. */
export interface LeaseWatch extends CallFollower {
  /**
   * Makes a call, and measures it. Never throws by itself.
   *
   * @default {undefined} calls are not measured
   */
  readonly measure?: <Result>(call: () => Promise<Result>) => Promise<Result>;
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
  /** The grants that its process runs with; absent in the process of the host. */
  grants: PluginGrants | undefined;
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
    const leases = this.#leases ??= new Leases(this.#watch);
    const { measure } = this.#watch;
    return measure === undefined
      ? leases.run(api, callback)
      : measure(() => leases.run(api, callback));
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

const NONE: readonly object[] = Object.freeze([]);

export class Registry {
  readonly #live = new Map<string, LivePlugin>();
  #places: ReadonlyMap<string, number> = new Map();
  #byType = new Map<string, readonly object[]>();

  /** Sets the order in which plugins are listed and disposed: that of a plan. */
  orderBy(places: ReadonlyMap<string, number>): void {
    this.#places = places;
    this.#byType.clear();
  }

  add(live: LivePlugin): void {
    this.#live.set(live.plugin.manifest.id, live);
    this.#byType.clear();
  }

  /** Removes a plugin, and returns true if it was registered. */
  remove(live: LivePlugin): boolean {
    const { id } = live.plugin.manifest;
    if (this.#live.get(id) !== live) return false;
    this.#byType.clear();
    return this.#live.delete(id);
  }

  get isEmpty(): boolean {
    return this.#live.size === 0;
  }

  ids(): Iterable<string> {
    return this.#live.keys();
  }

  get(id: string): LivePlugin | undefined {
    return this.#live.get(id);
  }

  /** Lists the objects of the live plugins of a type. */
  byType(type: string): readonly object[] {
    const known = this.#byType.get(type);
    if (known !== undefined) return known;
    const found = this.inOrder()
      .filter(({ plugin }) => plugin.manifest.type === type)
      .map(({ api }) => api);
    const listed = found.length === 0 ? NONE : Object.freeze(found);
    this.#byType.set(type, listed);
    return listed;
  }

  /** Lists the live plugins, a dependency before its dependents. */
  inOrder(): LivePlugin[] {
    const place = ({ plugin }: LivePlugin) =>
      this.#places.get(plugin.manifest.id) ?? Infinity;
    return [...this.#live.values()].sort((a, b) => place(a) - place(b));
  }

  /** Lists the direct and indirect dependents of a plugin, dependents first. */
  dependentsOf(id: string): LivePlugin[] {
    const reached = new Set([id]);
    const dependents: LivePlugin[] = [];
    for (const live of this.inOrder()) {
      const { manifest } = live.plugin;
      const needs = manifest.requires.some((one) =>
        one.optional !== true && reached.has(one.id)
      );
      if (!needs || manifest.id === id) continue;
      reached.add(manifest.id);
      dependents.unshift(live);
    }
    return dependents;
  }
}

/** Finds a live plugin; throws if it is not live or has another type. */
export function findLive(
  registry: Registry,
  id: string,
  type: string,
): LivePlugin {
  const live = registry.get(id);
  if (live === undefined) throw notLive(id);
  const actual = live.plugin.manifest.type;
  if (actual === type) return live;
  throw new PluginError(
    `Cannot use plugin "${id}" as ${quote(type)}: its type is "${actual}"`,
    {
      code: "PLUGIN_NOT_FOUND",
      pluginId: id,
      remedy: `Use type "${actual}", or another plugin`,
    },
  );
}

interface HostSecretsOptions {
  readonly audit: AuditLogger;
  /** Masks the forms that the application declared. */
  readonly maskForms: ((text: string) => string) | undefined;
}

/** The known secrets of one host. The audit trail is masked from the first one on. */
export class HostSecrets implements Disposable {
  readonly #options: HostSecretsOptions;
  #values: SecretValues | undefined;
  #redaction: Disposable | undefined;
  #isClosed = false;

  constructor(options: HostSecretsOptions) {
    this.#options = options;
    if (options.maskForms !== undefined) this.#redact();
  }

  #redact(): void {
    this.#redaction ??= this.#options.audit.redactWith(this.maskKnown);
  }

  /** Creates a hold for the secrets of one configuration of one plugin. */
  hold(create: () => SecretValues): SecretHold {
    const values = this.#values ??= create();
    this.#redact();
    return values.hold();
  }

  /** Masks known secrets and the application's own forms. */
  readonly maskKnown = (text: string): string => {
    const masked = this.#values?.mask(text) ?? text;
    return this.#options.maskForms?.(masked) ?? masked;
  };

  /** Tests if a text contains one of the application's own forms. */
  readonly isOwn = (text: string): boolean =>
    (this.#options.maskForms?.(text) ?? text) !== text;

  /** Masks the trail for one event after the end: late code still has its secrets. */
  redactLate(): Disposable | undefined {
    return this.#isClosed && this.#values !== undefined
      ? this.#options.audit.redactWith(this.maskKnown)
      : undefined;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#redaction?.[Symbol.dispose]();
    this.#redaction = undefined;
  }
}
