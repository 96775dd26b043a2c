/** The host: a thin shell over the operations of this room. */

import type { AuditLogger } from "../audit/audit_logger.ts";
import { argumentError } from "../base/errors.ts";
import type { PermissionDeclaration } from "../permissions/permission_set.ts";
import type { Decision } from "../plan/plan.ts";
import {
  assertOutside,
  ChangeQueue,
  type Claim,
  claimFor,
  hostDisposed,
} from "./change_queue.ts";
import type { ConfigureResult } from "./configure_plugin.ts";
import type { ApiOf, Contracts, PluginHostOptions } from "./options.ts";
import type { Health } from "../events/lifecycle_event.ts";
import { type HostEvents, HostEventTarget } from "../events/host_events.ts";
import type { HostBeginnings, HostParts } from "./host_parts.ts";
import type { HostInspection } from "./inspect_plugins.ts";
import { findLive, HostSecrets, type Lease, Registry } from "./registry.ts";
import type { LoadReport } from "./execute_plan.ts";
import type {
  PermissionReport,
  PermissionReportOptions,
} from "../inspect/permission_report.ts";
import type {
  DisableOptions,
  EnableOptions,
  SealReport,
} from "./switch_plugins.ts";
import { readOptions } from "./settings.ts";

// Each operation imports what it needs, because every application pays at its
// start for the imports above.

/**
 * Loads plugins into this process. Checks the permissions that each plugin
 * declares before any of its code runs.
 *
 * @example Creating a host
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
 * @typeParam Types The contracts of the plugins, by type.
 */
export class PluginHost<
  Types extends Contracts = Contracts,
> implements AsyncDisposable {
  readonly #beginnings: HostBeginnings;
  #parts: HostParts | undefined;
  #making: Promise<HostParts> | undefined;
  readonly #changes = new ChangeQueue();
  readonly #end = new AbortController();
  #loading: Promise<LoadReport> | undefined;
  #disposal: Promise<void> | undefined;

  /**
   * Creates a host. Reads nothing and runs nothing yet.
   *
   * @param options The name and version of the application, the sources, and
   * other options.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if an option is invalid.
   */
  constructor(options: PluginHostOptions<Types>) {
    const settings = readOptions(options);
    this.#beginnings = {
      settings,
      registry: new Registry(),
      secrets: new HostSecrets(settings),
      hostEvents: new HostEventTarget(),
      ending: this.#end.signal,
    };
  }

  /** The audit logger of this host. */
  get audit(): AuditLogger {
    return this.#beginnings.settings.audit;
  }

  /** The events of this host: status changes, health changes and refusals. */
  get events(): HostEvents {
    return this.#beginnings.hostEvents;
  }

  /**
   * Plans a load without doing it. Runs no plugin code, shows no prompt and
   * changes nothing.
   *
   * Requires `read` permission for the sources. A source that cannot be read is
   * refused in the plan.
   *
   * @returns A decision for each plugin and each unreadable source, a dependency
   * before its dependents.
   */
  async plan(): Promise<readonly Decision[]> {
    const { inspector } = await this.#make();
    const { makePlan } = await import("../plan/plan.ts");
    const { snapshot } = await inspector.inspect();
    const { steps } = makePlan(snapshot);
    return Object.freeze(steps.map(({ decision }) => decision));
  }

  /**
   * Loads every plugin that can be loaded: independent ones concurrently, each
   * after its requirements. A failing plugin never makes `load` reject, unless
   * `onProblem` is `"throw"`. A second call returns the same report.
   *
   * Requires `read` permission for the sources, and the permissions that the
   * plugins declare.
   *
   * @returns A report of the plugins, in the order of the sources.
   * @throws {PluginError} `PLUGIN_REENTRANT_LOAD` if a plugin's setup calls it,
   * or `PLUGIN_HOST_DISPOSED` after the host was disposed.
   * @throws {AggregateError} With `onProblem: "throw"`, if a plugin was refused
   * or failed.
   */
  async load(): Promise<LoadReport> {
    this.#assertMayChange("load plugins");
    return await (this.#loading ??= this.#load());
  }

  async #load(): Promise<LoadReport> {
    const made = this.#make();
    const { signal } = this.#end;
    return await this.#changes.run(() => "all", signal, async (turn) => {
      try {
        const parts = await made;
        const { loadAll } = await import("./execute_plan.ts");
        parts.follower?.start(this.#changes, signal);
        const report = await loadAll(parts, turn);
        parts.follower?.onLoaded();
        return report;
      } catch (thrown) {
        // Everything was disposed again, so a later call loads from the start.
        this.#loading = undefined;
        throw thrown;
      }
    });
  }

  /**
   * Enables a plugin, stores that, and loads it with its requirements. Does
   * nothing if the plugin is already enabled and live.
   *
   * @param id The id of the plugin.
   * @param options The handling of disabled plugins that it requires.
   * @throws {PluginError} `PLUGIN_NOT_FOUND`, an error of the state store, or
   * the reason why the plugin is not live. The plugin stays enabled, and a later
   * call tries again.
   */
  async enable(id: string, options: EnableOptions = {}): Promise<void> {
    const of = { id, canEnd: false };
    await this.#change("enable a plugin", of, async (parts) => {
      const { enablePlugin } = await import("./switch_plugins.ts");
      await enablePlugin(parts, id, options);
    });
  }

  /**
   * Disables a plugin and stores that. Rejects new leased calls, waits for
   * running ones, aborts the rest, and then disposes the plugin. Does nothing if
   * the plugin is already disabled.
   *
   * @param id The id of the plugin.
   * @param options The handling of live plugins that require it.
   * @throws {PluginError} `PLUGIN_NOT_FOUND`, `PLUGIN_DEPENDENTS_LIVE`, or an
   * error of the state store or of the plugin's `dispose`.
   */
  async disable(id: string, options: DisableOptions = {}): Promise<void> {
    const of = { id, canEnd: true };
    await this.#change("disable a plugin", of, async (parts) => {
      const { disablePlugin } = await import("./switch_plugins.ts");
      await disablePlugin(parts, id, options);
    }, true);
  }

  /**
   * Agrees to the permissions of a plugin, stores that, and gives back what was
   * revoked of it. Loads the plugin if it waited for that.
   *
   * With `"*"` as the id, gives back what was revoked of all plugins.
   *
   * @param id The id of the plugin, or `"*"`.
   * @param permissions The permissions, written as in a manifest. Without them,
   * everything that the plugin's files declare now.
   * @param options The person who decided (`by`), for the audit trail.
   * @throws {PluginError} `PLUGIN_NOT_FOUND`, `PLUGIN_OPTION_INVALID` if the plugin
   * does not declare them, `PLUGIN_PERMISSION_REVOKED` if more was revoked than is
   * given back, an error of the state store, or the reason why the plugin is not
   * live. The decision stays stored then.
   */
  async grant(
    id: string,
    permissions?: PermissionDeclaration,
    options: Readonly<{ by?: string }> = {},
  ): Promise<void> {
    const of = id === "*" ? undefined : { id, canEnd: true };
    await this.#change("grant permissions", of, async (parts) => {
      const { grantPermissions } = await import("./grant_permissions.ts");
      await grantPermissions(parts, id, permissions, options);
    });
  }

  /**
   * Takes permissions of a plugin back, and stores that. A plugin in its own process
   * goes on without them. A plugin in this process that declares one of them is
   * ended with its dependents, and refused until they are granted again.
   *
   * With `"*"` as the id, takes them from all plugins, and from later ones.
   *
   * @param id The id of the plugin, or `"*"`.
   * @param permissions The permissions, written as in a manifest. Without them, all:
   * that also takes the consent back, and ends the plugin.
   * @param options The person who decided (`by`), for the audit trail.
   * @throws {PluginError} `PLUGIN_NOT_FOUND`, `PLUGIN_OPTION_INVALID`, an error of
   * the state store, or of the `dispose` of a plugin that ended.
   */
  async revoke(
    id: string,
    permissions?: PermissionDeclaration,
    options: Readonly<{ by?: string }> = {},
  ): Promise<void> {
    const of = id === "*" ? undefined : { id, canEnd: true };
    await this.#change("revoke permissions", of, async (parts) => {
      const { revokePermissions } = await import("./grant_permissions.ts");
      await revokePermissions(parts, id, permissions, options);
    }, true);
  }

  /**
   * Replaces a live plugin by the one that its files now hold, if it runs in a
   * process of its own. The new process is checked against permissions, contract
   * and configuration first. Then new calls go to it, and the old process is
   * disposed when its calls have ended. If the new one fails, the old one stays.
   *
   * @param id The id of the plugin.
   * @throws {PluginError} `PLUGIN_NOT_LIVE`, `PLUGIN_RESTART_REQUIRED` for a plugin
   * in this process, or the reason why the new files cannot be loaded.
   */
  async reload(id: string): Promise<void> {
    const of = { id, canEnd: true };
    await this.#change("reload a plugin", of, async (parts) => {
      const { reloadPlugin } = await import("./configure_plugin.ts");
      await reloadPlugin(parts, id);
    });
  }

  /**
   * Replaces the whole configuration of a plugin, and stores it with its
   * references. If the new configuration is invalid, the old one stays in force.
   *
   * @param id The id of the plugin.
   * @param config The configuration: an object of plain JSON.
   * @returns The keys that changed, and whether the plugin's schema validated them.
   * @throws {PluginError} `PLUGIN_NOT_FOUND`, `PLUGIN_CONFIG_INVALID` with every
   * problem at once, or an error of the state store or the plugin.
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
   * Returns the object of a live plugin of any type, without a wrapper.
   *
   * @param id The id of the plugin.
   * @returns The object, or `undefined` if no such plugin is live.
   */
  get(id: string): unknown;
  /**
   * Returns the object of a live plugin, without a wrapper. The object can be
   * called even after the plugin was disabled. Use {@linkcode PluginHost.use} for
   * calls that `disable` waits for.
   *
   * A host with contracts accepts only their types. A host without any accepts
   * every type, and knows nothing of the object.
   *
   * @param id The id of the plugin.
   * @param type The type that the plugin must have.
   * @returns The object, or `undefined` if no such plugin is live.
   */
  get<Type extends keyof Types & string>(
    id: string,
    type: Type,
  ): ApiOf<Types[Type]> | undefined;
  get(id: string, type?: keyof Types & string): unknown {
    const live = this.#beginnings.registry.get(id);
    if (live === undefined) return undefined;
    return type === undefined || live.plugin.manifest.type === type
      ? live.api
      : undefined;
  }

  /**
   * Lists the live plugins of a type, in the order of the plan. The types are
   * those of {@linkcode PluginHost.get}.
   *
   * @param type The type.
   * @returns A frozen list of the plugins' objects.
   */
  byType<Type extends keyof Types & string>(
    type: Type,
  ): readonly ApiOf<Types[Type]>[];
  byType(type: keyof Types & string): readonly unknown[] {
    return this.#beginnings.registry.byType(type);
  }

  /**
   * Calls a plugin under a lease: `disable` waits for the call to end, and
   * aborts its signal if it takes too long. The audit trail records an error with
   * the plugin's id and, if Deno denied a permission, the flag that grants it.
   * The caller gets the error unchanged.
   *
   * An unhandled rejection of a method ends the plugin, not the process.
   *
   * @param id The id of the plugin.
   * @param type The type that the plugin must have.
   * @param callback The call, with the plugin's object and the lease.
   * @returns The result of the callback.
   * @throws {PluginError} `PLUGIN_NOT_LIVE` if the plugin is not live, or
   * `PLUGIN_NOT_FOUND` if it has another type.
   */
  use<Type extends keyof Types & string, Result>(
    id: string,
    type: Type,
    callback: (
      plugin: ApiOf<Types[Type]>,
      lease: Lease,
    ) => Result | PromiseLike<Result>,
  ): Promise<Result> {
    // Not async: every call takes this path.
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
   * Checks the health of a plugin. The audit trail records a change of its status.
   * The host's `health` option sets which other checks are recorded.
   *
   * @param id The id of the plugin.
   * @returns Its health: `unhealthy` if the check throws or takes too long.
   * @throws {PluginError} `PLUGIN_NOT_LIVE` if the plugin is not live.
   */
  health(id: string): Promise<Health>;
  /**
   * Checks the health of every live plugin concurrently.
   *
   * @returns The health of each plugin by id, in the order of the plan.
   */
  health(): Promise<ReadonlyMap<string, Health>>;
  async health(id?: string): Promise<Health | ReadonlyMap<string, Health>> {
    this.#assertMayChange("check health");
    const parts = await this.#make();
    const { checkAllHealth, checkHealth } = await import(
      "./inspect_plugins.ts"
    );
    return id === undefined
      ? await checkAllHealth(parts)
      : await checkHealth(parts, id);
  }

  /**
   * Checks the health of every live plugin repeatedly. Changes are emitted as
   * `healthchange` by {@linkcode PluginHost.events}.
   *
   * @param options The pause between two rounds of checks (`every`, in
   * milliseconds), and a signal that ends the checks. Without one, they go on
   * until the host is disposed.
   * @returns A promise that resolves after the last check.
   * @throws {PluginError} `PLUGIN_OPTION_INVALID` if the interval is invalid.
   */
  async watchHealth(
    options: Readonly<{ every: number; signal?: AbortSignal }>,
  ): Promise<void> {
    this.#assertMayChange("watch health");
    const { every, signal } = options;
    const { watchHealth } = await import("./inspect_plugins.ts");
    await watchHealth(
      await this.#make(),
      every,
      signal === undefined
        ? this.#end.signal
        : AbortSignal.any([signal, this.#end.signal]),
    );
  }

  /**
   * Reports the permissions that the application, this package and the plugins
   * need, which of them are granted or missing, and the exact flags.
   *
   * Runs no plugin code and shows no prompt. Requires `read` permission for the
   * sources.
   *
   * @param options The handling of undeclared variables in the flags.
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
   * Describes every plugin: its manifest, its status and the reasons for it, its
   * health, its permissions, and its configuration without secrets.
   *
   * Runs no plugin code and shows no prompt. Requires `read` permission for the
   * sources.
   *
   * @param options The handling of undeclared variables in the flags.
   * @returns The plugins, in the order of the plan, and the permission report.
   */
  async inspect(
    options: PermissionReportOptions = {},
  ): Promise<HostInspection> {
    const parts = await this.#make();
    const { inspectPlugins } = await import("./inspect_plugins.ts");
    return await inspectPlugins(parts, options);
  }

  /**
   * Revokes every kind of permission that neither the application nor this
   * package nor a live plugin declares. This affects the whole process and cannot
   * be undone. A plugin that is enabled later and needs more is refused.
   *
   * @returns The revoked kinds, and the kinds that are kept with the reasons.
   * @throws {PluginError} `PLUGIN_REENTRANT_LOAD` if a plugin's setup calls it.
   */
  async seal(): Promise<SealReport> {
    return await this.#change("seal the host", undefined, async (parts) => {
      const { sealHost } = await import("./switch_plugins.ts");
      return await sealHost(parts);
    });
  }

  /** Called before a change waits for its turn: a host without parts has none to wait for. */
  #make(): Promise<HostParts> {
    return this.#making ??= import("./create_parts.ts")
      .then(({ createParts }) => createParts(this.#beginnings))
      .then((parts) => this.#parts = parts);
  }

  async #change<Result>(
    action: string,
    of: Readonly<{ id: string; canEnd: boolean }> | undefined,
    change: (parts: HostParts) => Promise<Result>,
    isUrgent = false,
  ): Promise<Result> {
    this.#assertMayChange(action);
    // For callers without TypeScript.
    if (of !== undefined && typeof of.id !== "string") {
      const remedy = "Give the id of the plugin first";
      throw argumentError(of.id, { action, expected: "an id", remedy });
    }
    const claim = (): Claim =>
      of === undefined || this.#parts === undefined
        ? "all"
        : claimFor(this.#parts, of.id, of.canEnd);
    const made = this.#make();
    const { signal } = this.#end;
    const run = this.#changes.run(claim, signal, async () => {
      const parts = await made;
      // A crashed plugin keeps its resources until it is disposed.
      await parts.lives.endingsOf(claim);
      const { followClaimed } = await import("./follow_state.ts");
      await followClaimed(parts, claim(), of?.canEnd === false);
      return await change(parts);
    }, () => isUrgent ? this.#parts?.questions.hold() : undefined);
    const [result] = await Promise.allSettled([run]);
    const { findDue, followOthers } = await import("./follow_state.ts");
    const parts = await made;
    if (findDue(parts).length > 0 && !signal.aborted) {
      await followOthers(parts, this.#changes, signal);
    }
    parts.follower?.onChange();
    if (result.status === "rejected") throw result.reason;
    return result.value;
  }

  #assertMayChange(action: string): void {
    assertOutside(this.#parts?.runner.callingPlugin, action);
    if (this.#end.signal.aborted) throw hostDisposed(action);
  }

  /**
   * Disposes every plugin, dependents before their dependencies, and the audit
   * logger if the host created it. A second call waits for the same disposal.
   *
   * @throws {PluginError} If one plugin could not be disposed.
   * @throws {AggregateError} If several plugins could not be disposed.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    assertOutside(this.#parts?.runner.callingPlugin, "dispose the host");
    await (this.#disposal ??= this.#dispose());
  }

  /** Waits for running changes. */
  async #settle(): Promise<void> {
    await this.#loading?.catch(() => {});
    const { signal } = new AbortController();
    await this.#changes.run(() => "all", signal, () => Promise.resolve());
  }

  async #dispose(): Promise<void> {
    // First, so that changes that wait for their turn are rejected.
    this.#end.abort(hostDisposed("continue"));
    this.#beginnings.hostEvents.onDispose();
    const settled = this.#settle();
    const parts = await this.#making;
    // The host was never used.
    if (parts === undefined) return this.#close();
    const { disposeHost, throwAll } = await import("./failures.ts");
    const changes = Promise.all([settled, parts.follower?.ended]);
    const errors = await disposeHost(parts, changes);
    await parts.runner.settle();
    await parts.runner[Symbol.asyncDispose]();
    parts.telemetry?.[Symbol.dispose]();
    this.#close();
    throwAll(errors, "Cannot dispose all plugins");
  }

  /** Closes the host's own resources. A shared audit logger stays open. */
  #close(): void {
    const { secrets, settings } = this.#beginnings;
    secrets[Symbol.dispose]();
    settings.ownedAudit?.[Symbol.dispose]();
  }
}
