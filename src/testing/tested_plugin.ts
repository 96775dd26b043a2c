/**
 * A plugin that was set up for a test.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import { checkHealth } from "../host/check_health.ts";
import {
  configurePlugin,
  type ConfigureResult,
} from "../host/configure_plugin.ts";
import type { HostCore } from "../host/core.ts";
import { disposeAll, throwAll } from "../host/dispose_plugins.ts";
import type { Health } from "../host/health.ts";
import type { LivePlugin } from "../host/live_plugin.ts";
import type { PluginContext } from "../base/plugin.ts";
import type { CollectedAudit, LoggedMessage } from "./collect_audit.ts";
import type { FakeClock } from "./fake_clock.ts";
import type { SignalListeners } from "./signal_listeners.ts";

/** What {@linkcode TestedPlugin} is made from; `testPlugin` makes it. */
export interface TestedPluginParts {
  /** The host that set the plugin up. */
  readonly core: HostCore;
  /** The plugin. */
  readonly live: LivePlugin;
  /** The audit trail. */
  readonly audit: CollectedAudit;
  /** The time. */
  readonly clock: FakeClock;
  /** What plugins logged. */
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
  readonly #core: HostCore;
  readonly #logged: readonly LoggedMessage[];
  readonly #signals: SignalListeners;
  #last: LivePlugin;
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
    this.#core = parts.core;
    this.#logged = parts.logged;
    this.#last = parts.live;
    this.#signals = parts.signals;
  }

  get #id(): string {
    return this.#last.plugin.manifest.id;
  }

  get #live(): LivePlugin {
    this.#last = this.#core.registry.get(this.#id) ?? this.#last;
    return this.#last;
  }

  /**
   * The object that the plugin's `setup` made: another one after a
   * {@linkcode TestedPlugin.reconfigure} that set the plugin up again.
   */
  get api(): Api {
    // The plugin's own `setup` made it, and that says what it is.
    return this.#live.api as Api;
  }

  /** What the plugin was handed last. */
  get context(): PluginContext<Config> {
    // The plugin's own schema made the configuration.
    return this.#live.context as PluginContext<Config>;
  }

  /** What the plugin logged so far. A fresh list. */
  get logged(): readonly LoggedMessage[] {
    return [...this.#logged];
  }

  /**
   * Asks the plugin how it is, as a host does.
   *
   * @returns What it says; `unhealthy` where it throws, `unknown` where it has no `healthCheck`.
   * @throws {PluginError} `PLUGIN_NOT_LIVE` when it was disposed of.
   */
  async health(): Promise<Health> {
    return await checkHealth(this.#core, this.#id);
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
    if (this.#disposal !== undefined) {
      throw new PluginError(
        `Cannot configure plugin "${this.#id}": it was disposed of`,
        {
          code: "PLUGIN_NOT_LIVE",
          pluginId: this.#id,
          remedy: "Configure it before",
        },
      );
    }
    return await configurePlugin(this.#core, this.#id, config);
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
    this.#last = this.#live;
    const errors = await disposeAll(this.#core);
    this.#core.close();
    throwAll(errors, "Cannot dispose of all plugins");
    this.#signals.check(this.#id);
  }

  /** Does what {@linkcode TestedPlugin.dispose} does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
