/**
 * The thin shell that joins the rooms.
 *
 * @module
 */

import type { AuditLogger } from "../audit/audit_logger.ts";
import type { Decision } from "../plan/plan.ts";
import { ChangeQueue, type Claim } from "./change_queue.ts";
import type { WatchHealthOptions } from "./check_health.ts";
import { claimFor } from "./claims.ts";
import type { ConfigureResult } from "./configure_plugin.ts";
import type { ApiOf, Contracts } from "./contract.ts";
import { assertOutside, hostDisposed } from "./entry_checks.ts";
import type { Health } from "../base/health.ts";
import { type HostEvents, HostEventTarget } from "../events/host_events.ts";
import type { HostBeginnings, HostParts } from "./host_parts.ts";
import { HostSecrets } from "./host_secrets.ts";
import type { Lease } from "./live_plugin.ts";
import type { LoadReport } from "./load_plugins.ts";
import type { PluginHostOptions } from "./options.ts";
import type {
  PermissionReport,
  PermissionReportOptions,
} from "../inspect/permission_report.ts";
import type { SealReport } from "./seal_host.ts";
import { findLive, Registry } from "./registry.ts";
import { readOptions } from "./settings.ts";
import type { DisableOptions, EnableOptions } from "./switch_plugins.ts";

// What an operation needs is imported by the operation: the start of every
// application pays for what stands at the top of this file.

/**
 * Loads plugins into this process, and knows before any of their code runs what
 * each needs and what is granted.
 *
 * @example A host in ten lines
 * ```ts
 * import { contract, definePlugin, PluginHost } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * interface Greeter {
 *   greet(name: string): string | Promise<string>;
 * }
 *
 * await using host = new PluginHost({
 *   name: "example",
 *   version: "1.0.0",
 *   contracts: { greeter: contract<Greeter>("greet") },
 *   builtins: [{
 *     manifest: { id: "hello", type: "greeter", version: "1.0.0" },
 *     plugin: definePlugin({ setup: () => ({ greet: (name: string) => `Hello ${name}` }) }),
 *   }],
 * });
 * await host.load();
 *
 * assertEquals(await host.get("hello", "greeter")?.greet("Deno"), "Hello Deno");
 * ```
 *
 * @typeParam Types What the plugins of each type must be, by type.
 */
export class PluginHost<
  Types extends Contracts = Readonly<Record<never, never>>,
> implements AsyncDisposable {
  readonly #beginnings: HostBeginnings;
  #parts: HostParts | undefined;
  #making: Promise<HostParts> | undefined;
  readonly #changes = new ChangeQueue();
  readonly #end = new AbortController();
  #loading: Promise<LoadReport> | undefined;
  #disposal: Promise<void> | undefined;

  /**
   * Makes a host. Nothing is read and nothing runs yet.
   *
   * @param options The name and version of the application, the sources, and the rest.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when an option cannot be used.
   */
  constructor(options: PluginHostOptions<Types>) {
    const settings = readOptions(options);
    this.#beginnings = {
      settings,
      registry: new Registry(),
      secrets: new HostSecrets(settings),
      hostEvents: new HostEventTarget(),
    };
  }

  /** The audit trail of this host. */
  get audit(): AuditLogger {
    return this.#beginnings.settings.audit;
  }

  /** What happens in this host: statuses, health, refusals. */
  get events(): HostEvents {
    return this.#beginnings.hostEvents;
  }

  /**
   * Says what `load` would do, in order: a dependency before what depends on
   * it. Runs no plugin code, asks nobody, changes nothing.
   *
   * Needs `read` permission for the sources; where it is not granted, the
   * decision says so.
   *
   * @returns One decision for each plugin, and for each source that cannot be read.
   */
  async plan(): Promise<readonly Decision[]> {
    const { inspector } = await this.#make();
    const { makePlan } = await import("../plan/make_plan.ts");
    const { snapshot } = await inspector.inspect();
    const { steps } = makePlan(snapshot);
    return Object.freeze(steps.map(({ decision }) => decision));
  }

  /**
   * Loads every plugin that the plan says to load: independent ones side by
   * side, each after what it requires. Called again, it answers the same report.
   *
   * Needs `read` permission for the sources, and what the plugins declare.
   *
   * @returns What became of each plugin, in the order of the sources.
   * @throws {PluginError} `PLUGIN_REENTRANT_LOAD` when a plugin's own code calls
   * it, `PLUGIN_HOST_DISPOSED` after the host was disposed of.
   * @throws {AggregateError} with `onProblem: "throw"`, when a plugin was refused or failed.
   */
  async load(): Promise<LoadReport> {
    this.#assertMayChange("load plugins");
    return await (this.#loading ??= this.#load());
  }

  async #load(): Promise<LoadReport> {
    using turn = await this.#changes.enter(
      () => "all",
      this.#end.signal,
    );
    try {
      const { loadAll } = await import("./load_plugins.ts");
      return await loadAll(await this.#make(), turn);
    } catch (thrown) {
      // What was loaded was disposed of again: a later call starts afresh.
      this.#loading = undefined;
      throw thrown;
    }
  }

  /**
   * Enables a plugin, remembers that, and brings it to life with what it
   * requires. Enabled already and live, it stays as it is.
   *
   * @param id The plugin.
   * @param options What happens to disabled plugins that it requires.
   * @throws {PluginError} `PLUGIN_NOT_FOUND`, what the state store threw, or
   * why the plugin is not live; it stays enabled, and a later call tries again.
   */
  async enable(id: string, options: EnableOptions = {}): Promise<void> {
    const of = { id, canEnd: false };
    await this.#change("enable a plugin", of, async (parts) => {
      const { enablePlugin } = await import("./switch_plugins.ts");
      await enablePlugin(parts, id, options);
    });
  }

  /**
   * Disables a plugin and remembers that: no new calls under a lease, running
   * ones are waited for and then aborted, then it is disposed of. Disabled
   * already, it stays as it is.
   *
   * @param id The plugin.
   * @param options What happens to live plugins that require it.
   * @throws {PluginError} `PLUGIN_NOT_FOUND`; `PLUGIN_DEPENDENTS_LIVE`; or what
   * the state store or the plugin's `dispose` threw.
   */
  async disable(id: string, options: DisableOptions = {}): Promise<void> {
    const of = { id, canEnd: true };
    await this.#change("disable a plugin", of, async (parts) => {
      const { disablePlugin } = await import("./switch_plugins.ts");
      await disablePlugin(parts, id, options);
    });
  }

  /**
   * Gives a plugin another configuration, whole, and remembers it with its
   * references. What was in force stays in force where the new one is not valid.
   *
   * @param id The plugin.
   * @param config The configuration: an object of plain JSON.
   * @returns Whether the plugin's schema was asked, and which keys changed.
   * @throws {PluginError} `PLUGIN_NOT_FOUND`; `PLUGIN_CONFIG_INVALID` with every
   * problem at once; or what the state store or the plugin threw.
   */
  async configure(
    id: string,
    config: Readonly<Record<string, unknown>>,
  ): Promise<ConfigureResult> {
    const of = { id, canEnd: true };
    return await this.#change("configure a plugin", of, async (parts) => {
      const { configurePlugin } = await import("./configure_plugin.ts");
      return await configurePlugin(parts, id, config);
    });
  }

  /**
   * The live plugin of an id: the plugin's own object, without a wrapper.
   * Whoever keeps it can call it also after the plugin was disabled; see
   * {@linkcode PluginHost.use} for calls that a disable waits for.
   *
   * @param id The id.
   * @param type The type that it must be of.
   * @returns The object, or `undefined` where no such plugin is live.
   */
  get<Type extends keyof Types & string>(
    id: string,
    type: Type,
  ): ApiOf<Types[Type]> | undefined;
  /**
   * The live plugin of an id, of whatever type.
   *
   * @param id The id.
   * @returns The object, or `undefined` where no such plugin is live.
   */
  get(id: string, type?: string): unknown;
  get(id: string, type?: string): unknown {
    const live = this.#beginnings.registry.get(id);
    if (live === undefined) return undefined;
    return type === undefined || live.plugin.manifest.type === type
      ? live.api
      : undefined;
  }

  /**
   * The live plugins of a type, in the order of the plan.
   *
   * @param type The type.
   * @returns The plugins' own objects, in a frozen list.
   */
  byType<Type extends keyof Types & string>(
    type: Type,
  ): readonly ApiOf<Types[Type]>[];
  /**
   * The live plugins of a type for which the host has no contract.
   *
   * @param type The type.
   * @returns The plugins' own objects, in a frozen list.
   */
  byType(type: string): readonly unknown[];
  byType(type: string): readonly unknown[] {
    return this.#beginnings.registry.byType(type);
  }

  /**
   * Calls a plugin under a lease: a disable waits for the call to end, and
   * aborts its signal when it takes too long. The audit trail records what the
   * call throws, with the plugin's name and, if Deno refused something, the flag
   * that grants it. The caller gets it unchanged.
   *
   * A rejection that a method leaves behind ends the plugin, not the process.
   *
   * @param id The plugin.
   * @param type The type that it must be of.
   * @param callback What to do with the plugin.
   * @returns What the callback returns.
   * @throws {PluginError} `PLUGIN_NOT_LIVE` when the plugin is not live,
   * `PLUGIN_NOT_FOUND` when it is of another type.
   */
  use<Type extends keyof Types & string, Result>(
    id: string,
    type: Type,
    callback: (
      plugin: ApiOf<Types[Type]>,
      lease: Lease,
    ) => Result | PromiseLike<Result>,
  ): Promise<Result> {
    // Not an async function of its own: this is the way of every call.
    try {
      const live = findLive(this.#beginnings.registry, id, type);
      // The contract of the type was checked when the plugin was loaded.
      const api = live.api as ApiOf<Types[Type]>;
      return live.lease(api, callback);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  /**
   * Asks a plugin how it is. The audit trail records a check whose status is a
   * change; the option `health` of the host sets what else.
   *
   * @param id The plugin.
   * @returns What it says; `unhealthy` where it throws or takes too long.
   * @throws {PluginError} `PLUGIN_NOT_LIVE` when the plugin is not live.
   */
  health(id: string): Promise<Health>;
  /**
   * Asks every live plugin how it is, side by side.
   *
   * @returns What each says, by id, in the order of the plan.
   */
  health(): Promise<ReadonlyMap<string, Health>>;
  async health(id?: string): Promise<Health | ReadonlyMap<string, Health>> {
    this.#assertMayChange("check health");
    const parts = await this.#make();
    const { checkAllHealth, checkHealth } = await import("./check_health.ts");
    return id === undefined
      ? await checkAllHealth(parts)
      : await checkHealth(parts, id);
  }

  /**
   * Asks every live plugin how it is, again and again; changes are told as
   * `healthchange` of {@linkcode PluginHost.events}.
   *
   * @param options The interval, and what ends it.
   * @returns A promise that is fulfilled when it has ended.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` when the interval is none.
   */
  async watchHealth(options: WatchHealthOptions): Promise<void> {
    this.#assertMayChange("watch health");
    const { every, signal } = options;
    const { watchHealth } = await import("./check_health.ts");
    await watchHealth(
      await this.#make(),
      every,
      signal === undefined
        ? this.#end.signal
        : AbortSignal.any([signal, this.#end.signal]),
    );
  }

  /**
   * Says what the application, this package and the plugins need of Deno, what
   * of it is granted, what is too much, and the flags for exactly what is needed.
   *
   * Runs no plugin code and asks nobody. Needs `read` permission for the sources.
   *
   * @param options How the flags treat variables that nobody declares.
   * @returns The report.
   */
  async permissionReport(
    options: PermissionReportOptions = {},
  ): Promise<PermissionReport> {
    const { inspector } = await this.#make();
    const { report } = await inspector.report(options);
    return report;
  }

  /**
   * Revokes every kind of permission of which neither the application nor this
   * package nor a live plugin declares anything, for the whole process and for
   * good. What is enabled afterwards and needs more is refused.
   *
   * @returns What was given up, and what could not be and why.
   * @throws {PluginError} `PLUGIN_REENTRANT_LOAD` when a plugin's own code calls it.
   */
  async seal(): Promise<SealReport> {
    return await this.#change("seal the host", undefined, async (parts) => {
      const { sealHost } = await import("./seal_host.ts");
      return await sealHost(parts);
    });
  }

  #make(): Promise<HostParts> {
    return this.#making ??= import("./create_parts.ts")
      .then(({ createParts }) => this.#parts = createParts(this.#beginnings));
  }

  async #change<Result>(
    action: string,
    of: Readonly<{ id: string; canEnd: boolean }> | undefined,
    change: (parts: HostParts) => Promise<Result>,
  ): Promise<Result> {
    this.#assertMayChange(action);
    const claim = (): Claim =>
      of === undefined || this.#parts === undefined
        ? "all"
        : claimFor(this.#parts, of.id, of.canEnd);
    using _turn = await this.#changes.enter(claim, this.#end.signal);
    const parts = await this.#make();
    // What crashed holds what it opened until it is disposed.
    await parts.lives.endingsOf(claim);
    return await change(parts);
  }

  #assertMayChange(action: string): void {
    assertOutside(this.#parts?.runner.callingPlugin, action);
    if (this.#end.signal.aborted) throw hostDisposed(action);
  }

  /**
   * Disposes of every plugin, what depends before what it depends on, and of
   * the audit trail where the host made it. Called again, it waits for the same.
   *
   * @throws {PluginError} when one plugin could not be disposed of.
   * @throws {AggregateError} when several could not.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    assertOutside(this.#parts?.runner.callingPlugin, "dispose the host");
    await (this.#disposal ??= this.#dispose());
  }

  /** Waits for the changes that are under way. */
  async #settle(): Promise<void> {
    await this.#loading?.catch(() => {});
    const { signal } = new AbortController();
    using _turn = await this.#changes.enter(() => "all", signal);
  }

  async #dispose(): Promise<void> {
    // First of all: a change that waits for its turn does not get it any more.
    this.#end.abort(hostDisposed("go on"));
    const settled = this.#settle();
    const parts = await this.#making;
    // Nothing was ever asked of it.
    if (parts === undefined) return this.#close();
    const { disposeHost, throwAll } = await import("./dispose_plugins.ts");
    const errors = await disposeHost(parts, settled);
    await parts.runner.settle();
    parts.runner[Symbol.dispose]();
    this.#close();
    throwAll(errors, "Cannot dispose all plugins");
  }

  /** Closes what the host opened for itself, and leaves a shared trail as it was. */
  #close(): void {
    const { secrets, settings } = this.#beginnings;
    secrets[Symbol.dispose]();
    settings.ownedAudit?.[Symbol.dispose]();
  }
}
