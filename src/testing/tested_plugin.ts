import { PluginError } from "../base/errors.ts";
import type { Health } from "../events/lifecycle_event.ts";
import type { PluginContext } from "../base/plugin.ts";
import type { ConfigureResult } from "../host/configure_plugin.ts";
import type { Contracts } from "../host/options.ts";
import {
  findResources,
  type ListResources,
} from "../runners/in_process/open_resources.ts";
import type { CollectedAudit, LoggedMessage } from "./collect_audit.ts";
import type { FakeClock } from "./fake_clock.ts";
import type { TestHost } from "./test_host.ts";
import type { WatchedPlugin } from "./watched_plugin.ts";

function listSignals(list: ListResources): readonly string[] {
  return Object.entries(list())
    .flatMap(([id, kind]) => kind === "signal" ? [id] : []);
}

/**
 * Finds signal listeners that a plugin added and did not remove. Deno lists one
 * resource per signal, so a second listener for a signal is not found.
 */
export class SignalListeners {
  readonly #list = findResources();
  readonly #before = new Set(listSignals(this.#list));
  #added: readonly string[] = [];

  /** Attributes the listeners that were added since the construction to the plugin. */
  take(): void {
    this.#added = listSignals(this.#list).filter((id) => !this.#before.has(id));
  }

  /** Throws `PLUGIN_DISPOSE_FAILED` if the plugin left a listener. */
  check(id: string): void {
    const open = new Set(listSignals(this.#list));
    if (!this.#added.some((one) => open.has(one))) return;
    throw new PluginError(
      `Plugin "${id}" leaks after dispose: a signal listener`,
      {
        code: "PLUGIN_DISPOSE_FAILED",
        pluginId: id,
        remedy: "Remove it in dispose or when context.signal is aborted",
      },
    );
  }
}

/** The parts of a {@linkcode TestedPlugin}, which `testPlugin` creates. */
export interface TestedPluginParts {
  /** The host that set up the plugin. */
  readonly host: TestHost<Contracts>;
  /** The id of the plugin. */
  readonly id: string;
  /** The type of the plugin. */
  readonly type: string;
  /** The plugin's last context. */
  readonly watched: WatchedPlugin;
  /** The signal listeners that its setup added. */
  readonly signals: SignalListeners;
}

/**
 * A plugin that was set up for a test. {@linkcode testPlugin} creates it.
 *
 * @typeParam Config The configuration after validation.
 * @typeParam Api The object that the plugin's `setup` returns.
 */
export class TestedPlugin<Config, Api extends object>
  implements AsyncDisposable {
  /** The audit logger, which lists its events. */
  readonly audit: CollectedAudit;
  /** The clock: advance it to test a time limit. */
  readonly clock: FakeClock;
  readonly #parts: TestedPluginParts;
  #api: object = {};
  #disposal: Promise<void> | undefined;

  /**
   * Wraps a plugin.
   *
   * @param parts The plugin and its host.
   * @ignore
   */
  constructor(parts: TestedPluginParts) {
    this.audit = parts.host.audit;
    this.clock = parts.host.clock;
    this.#parts = parts;
    this.#readApi();
  }

  #readApi(): object {
    const { host, id, type } = this.#parts;
    return this.#api = host.get(id, type) ?? this.#api;
  }

  /**
   * The object that the plugin's `setup` returned. {@linkcode TestedPlugin.reconfigure}
   * replaces it if it sets the plugin up again.
   */
  get api(): Api {
    // The plugin's own setup returned it, and defines its type.
    return this.#readApi() as Api;
  }

  /** The context that the plugin was given last. */
  get context(): PluginContext<Config> {
    // The plugin's own schema returned its configuration.
    return this.#parts.watched.context as PluginContext<Config>;
  }

  /** A new list of the messages that the plugin logged so far. */
  get logged(): readonly LoggedMessage[] {
    return this.#parts.host.logged;
  }

  /**
   * Checks the health of the plugin, as a host does.
   *
   * @returns The health: `unhealthy` if the check throws, `unknown` if the plugin
   * has no `healthCheck`.
   * @throws {PluginError} `PLUGIN_NOT_LIVE` when it was disposed.
   */
  async health(): Promise<Health> {
    this.#assertLive("check the health of");
    return await this.#parts.host.health(this.#parts.id);
  }

  /**
   * Replaces the configuration of the plugin, as `host.configure` does: calls its
   * `reconfigure`, or sets it up again if it has none.
   *
   * @param config The configuration, with references.
   * @returns The changed keys, and if the plugin's schema validated them.
   * @throws {PluginError} `PLUGIN_CONFIG_INVALID` with every problem,
   * `PLUGIN_NOT_LIVE` when the plugin was disposed, or the error of the plugin.
   */
  async reconfigure(
    config: Readonly<Record<string, unknown>>,
  ): Promise<ConfigureResult> {
    this.#assertLive("configure");
    return await this.#parts.host.configure(this.#parts.id, config);
  }

  #assertLive(action: string): void {
    if (this.#disposal === undefined) return;
    const { id } = this.#parts;
    throw new PluginError(`Cannot ${action} plugin "${id}": it was disposed`, {
      code: "PLUGIN_NOT_LIVE",
      pluginId: id,
      remedy: "Do it before the plugin is disposed",
    });
  }

  /**
   * Aborts the plugin's signal, and disposes the plugin and those it requires.
   * Later calls return the same result.
   *
   * @throws {PluginError} when a `dispose` throws or does not settle in time, or
   * when `setup` added a signal listener that is left.
   */
  async dispose(): Promise<void> {
    await (this.#disposal ??= this.#dispose());
  }

  async #dispose(): Promise<void> {
    const { host, signals, id } = this.#parts;
    this.#readApi();
    await host[Symbol.asyncDispose]();
    signals.check(id);
  }

  /** Disposes the plugin, as {@linkcode TestedPlugin.dispose} does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
