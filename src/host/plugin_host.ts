/**
 * The thin shell that joins the rooms.
 *
 * @module
 */

import type { AuditLogger } from "../audit/audit_logger.ts";
import { PluginError } from "../errors.ts";
import type { Decision } from "../plan/decision.ts";
import { makePlan } from "../plan/make_plan.ts";
import { TurnQueue } from "../state/turn_queue.ts";
import { quote } from "../text.ts";
import type { ApiOf, Contracts } from "./contract.ts";
import { HostCore } from "./core.ts";
import { disposeAll } from "./dispose_plugins.ts";
import { gatherFacts } from "./gather_facts.ts";
import { type Lease, type LivePlugin, notLive } from "./live_plugin.ts";
import { loadPlugins } from "./load_plugins.ts";
import type { PluginHostOptions } from "./options.ts";
import type { LoadReport } from "./report.ts";
import { readOptions } from "./settings.ts";

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
  readonly #core: HostCore;
  readonly #turns = new TurnQueue();
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
    this.#core = new HostCore(readOptions(options));
  }

  /** The audit trail of this host. */
  get audit(): AuditLogger {
    return this.#core.settings.audit;
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
    const plan = makePlan(await gatherFacts(this.#core));
    return Object.freeze(plan.steps.map(({ decision }) => decision));
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
    using _turn = await this.#turns.enter(this.#end.signal);
    const report = await loadPlugins(
      this.#core,
      await gatherFacts(this.#core),
    );
    const troubled = [...report.refused, ...report.failed];
    if (this.#core.settings.onProblem === "report" || troubled.length === 0) {
      return report;
    }
    this.#loading = undefined;
    const errors: unknown[] = troubled.map(({ id, code, problems }) =>
      new PluginError(problems[0]?.message ?? code, {
        code,
        pluginId: id,
        remedy: problems[0]?.remedy ?? "See the problems",
        problems,
      })
    );
    errors.push(...await disposeAll(this.#core));
    throw new AggregateError(
      errors,
      `Cannot load ${troubled.length} of the plugins: ${
        troubled.map(({ id, source }) => quote(id ?? source)).join(", ")
      }`,
    );
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
    const live = this.#core.registry.get(id);
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
    return this.#core.registry.byType(type);
  }

  /**
   * Calls a plugin under a lease: a disable waits for the call to end, and
   * aborts its signal when it takes too long.
   *
   * @param id The plugin.
   * @param type The type that it must be of.
   * @param callback What to do with the plugin.
   * @returns What the callback returns.
   * @throws {PluginError} `PLUGIN_NOT_LIVE` when the plugin is not live,
   * `PLUGIN_NOT_FOUND` when it is of another type.
   */
  async use<Type extends keyof Types & string, Result>(
    id: string,
    type: Type,
    callback: (
      plugin: ApiOf<Types[Type]>,
      lease: Lease,
    ) => Result | PromiseLike<Result>,
  ): Promise<Result> {
    const live = this.#find(id, type);
    // The contract of the type was checked when the plugin was loaded.
    const api = live.api as ApiOf<Types[Type]>;
    return await live.lease((lease) => callback(api, lease));
  }

  #find(id: string, type: string): LivePlugin {
    const live = this.#core.registry.get(id);
    if (live === undefined) throw notLive(id);
    const actual = live.plugin.manifest.type;
    if (actual === type) return live;
    throw new PluginError(
      `Cannot use plugin "${id}" as ${quote(type)}: it is of type "${actual}"`,
      {
        code: "PLUGIN_NOT_FOUND",
        pluginId: id,
        remedy: `Ask for type "${actual}", or for another plugin`,
      },
    );
  }

  #assertMayChange(action: string): void {
    this.#assertOutside(action);
    if (this.#end.signal.aborted) {
      throw new PluginError(`Cannot ${action}: the host was disposed of`, {
        code: "PLUGIN_HOST_DISPOSED",
        remedy: "Make a new host",
      });
    }
  }

  #assertOutside(action: string): void {
    const caller = this.#core.callingPlugin;
    if (caller !== undefined) {
      throw new PluginError(
        `Cannot ${action}: plugin "${caller}" asks for it while the host ` +
          "waits for that plugin",
        {
          code: "PLUGIN_REENTRANT_LOAD",
          pluginId: caller,
          remedy: "Ask for it after setup, from a callback of its own",
        },
      );
    }
  }

  /**
   * Disposes of every plugin, what depends before what it depends on, and of
   * the audit trail where the host made it. Called again, it waits for the same.
   *
   * @throws {PluginError} when one plugin could not be disposed of.
   * @throws {AggregateError} when several could not.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#assertOutside("dispose of the host");
    await (this.#disposal ??= this.#dispose());
  }

  async #dispose(): Promise<void> {
    await this.#loading?.catch(() => {});
    this.#end.abort();
    using _turn = await this.#turns.enter(new AbortController().signal);
    const errors = await disposeAll(this.#core);
    this.#core.close();
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) {
      throw new AggregateError(
        errors,
        `Cannot dispose of ${errors.length} plugins`,
      );
    }
  }
}
