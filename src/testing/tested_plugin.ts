/**
 * A plugin that was set up for a test.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import type { ConfigureResult } from "../host/configure_plugin.ts";
import type { PluginHost } from "../host/plugin_host.ts";
import type { Health } from "../base/health.ts";
import type { PluginContext } from "../base/plugin.ts";
import type { CollectedAudit, LoggedMessage } from "./collect_audit.ts";
import type { FakeClock } from "./fake_clock.ts";
import type { SignalListeners } from "./signal_listeners.ts";
import type { WatchedPlugin } from "./watched_plugin.ts";

/** The parts of a {@linkcode TestedPlugin}; `testPlugin` makes it. */
export interface TestedPluginParts {
  /** The host that set the plugin up. */
  readonly host: PluginHost;
  /** The id of the plugin. */
  readonly id: string;
  /** The type of the plugin. */
  readonly type: string;
  /** The plugin, watched. */
  readonly watched: WatchedPlugin;
  /** The audit trail. */
  readonly audit: CollectedAudit;
  /** The time. */
  readonly clock: FakeClock;
  /** The messages that plugins logged. */
  readonly logged: readonly LoggedMessage[];
  /** The signal listeners that its setup added. */
  readonly signals: SignalListeners;
}

/**
 * A plugin that was set up for a test; {@linkcode testPlugin} makes it.
 *
 * @typeParam Config The configuration after validation.
 * @typeParam Api The object that the plugin's `setup` makes.
 */
export class TestedPlugin<Config, Api extends object>
  implements AsyncDisposable {
  /** The audit trail, with the list of its events. */
  readonly audit: CollectedAudit;
  /** The time: move it to test a time limit. */
  readonly clock: FakeClock;
  readonly #parts: TestedPluginParts;
  #api: object;
  #disposal: Promise<void> | undefined;

  /**
   * Holds a plugin.
   *
   * @param parts The plugin, and the host that set it up.
   * @ignore
   */
  constructor(parts: TestedPluginParts) {
    this.audit = parts.audit;
    this.clock = parts.clock;
    this.#parts = parts;
    this.#api = {};
    this.#look();
  }

  #look(): object {
    const { host, id, type } = this.#parts;
    return this.#api = host.get(id, type) ?? this.#api;
  }

  /**
   * The object that the plugin's `setup` made: another one after a
   * {@linkcode TestedPlugin.reconfigure} that set the plugin up again.
   */
  get api(): Api {
    // The plugin's own `setup` made it, and that says what it is.
    return this.#look() as Api;
  }

  /** What the plugin was handed last. */
  get context(): PluginContext<Config> {
    // The plugin's own schema made the configuration.
    return this.#parts.watched.context as PluginContext<Config>;
  }

  /** What the plugin logged so far. A fresh list. */
  get logged(): readonly LoggedMessage[] {
    return [...this.#parts.logged];
  }

  /**
   * Asks the plugin how it is, as a host does.
   *
   * @returns What it says; `unhealthy` where it throws, `unknown` where it has no `healthCheck`.
   * @throws {PluginError} `PLUGIN_NOT_LIVE` when it was disposed of.
   */
  async health(): Promise<Health> {
    this.#assertLive("check the health of");
    return await this.#parts.host.health(this.#parts.id);
  }

  /**
   * Gives the plugin another configuration, whole, as `host.configure` does:
   * through its `reconfigure`, or else by setting it up again.
   *
   * @param config The configuration, with references.
   * @returns Whether the plugin's schema was asked, and which keys changed.
   * @throws {PluginError} `PLUGIN_CONFIG_INVALID` with every problem at once,
   * what the plugin threw, or `PLUGIN_NOT_LIVE` when it was disposed of.
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
   * Aborts the plugin's signal and disposes of it, and of what it requires.
   * Called again, it waits for the same.
   *
   * @throws {PluginError} when a `dispose` threw or did not settle in time, or
   * when a signal listener is left that `setup` added.
   */
  async dispose(): Promise<void> {
    await (this.#disposal ??= this.#dispose());
  }

  async #dispose(): Promise<void> {
    const { host, signals, id } = this.#parts;
    this.#look();
    await host[Symbol.asyncDispose]();
    signals.check(id);
  }

  /** Does what {@linkcode TestedPlugin.dispose} does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
