/**
 * Calls into the code of plugins in this process: each has a time limit, and
 * whatever a plugin throws becomes an error that names it.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { PluginError, type PluginErrorCode } from "../../base/errors.ts";
import type { PluginCode } from "../../manifest/manifest.ts";
import type { PluginContext } from "../../base/plugin.ts";
import type { StandardResult } from "../../base/standard_schema.ts";
import { describeThrown, onOneLine } from "../../base/text.ts";
import type { Attribution } from "./attribution.ts";
import {
  NotAPluginError,
  type PluginParts,
  readPluginParts,
} from "./plugin_parts.ts";
import type { OpenPlugin, PluginTimeouts, RunningPlugin } from "../runner.ts";
import { type Limited, withTimeLimit } from "../../base/time_limit.ts";

/** What an {@linkcode PluginCalls} works with. */
export interface PluginCallsOptions {
  /** Finds how long each call into a plugin may take. */
  readonly timeoutsOf: (id: string) => PluginTimeouts;
  /** The time. */
  readonly clock: Clock;
  /** Knows whose code is running. */
  readonly attribution: Attribution;
  /** Imports a module. */
  readonly importModule: (specifier: string) => Promise<unknown>;
}

/** What a call into a plugin is, for what is said when it fails. */
interface Call {
  /** What the call is, after "Cannot", e.g. `set up`. */
  readonly action: string;
  /** The code of what it throws. */
  readonly code: PluginErrorCode;
  /** What the author can do. */
  readonly remedy: string;
}

/** How a call into a plugin is guarded. */
interface Guard extends Call {
  /** How long it may take, in milliseconds. */
  readonly limit: number;
}

const READ: Call = {
  action: "load",
  code: "PLUGIN_MODULE_INVALID",
  remedy: "Export what definePlugin returns as the default",
};

const SETUP_REMEDY =
  "See what the plugin says: its configuration or its setup has to be mended";

// A plugin may throw a PluginError of its own making, with any message, or
// something that throws when it is only asked what it is.
function reasonOf(thrown: unknown): string {
  try {
    if (thrown instanceof PluginError) {
      return onOneLine(`${thrown.message}`);
    }
  } catch {
    return "a value that cannot be shown";
  }
  return describeThrown(thrown);
}

function isNotAPlugin(thrown: unknown): thrown is NotAPluginError {
  try {
    return thrown instanceof NotAPluginError;
  } catch {
    // What has code of its own may throw when it is looked at.
    return false;
  }
}

function failure(id: string, call: Call, thrown: unknown): PluginError {
  const message = `Cannot ${call.action} plugin "${id}": ${reasonOf(thrown)}`;
  const { code } = call;
  // Ours, and not a cause that the plugin threw.
  if (isNotAPlugin(thrown)) {
    return new PluginError(message, {
      code,
      pluginId: id,
      remedy: thrown.remedy,
    });
  }
  return new PluginError(message, {
    code,
    pluginId: id,
    remedy: call.remedy,
    cause: thrown,
  });
}

/** Calls plugins that were imported into this process. */
export class PluginCalls {
  readonly #options: PluginCallsOptions;
  /** The setup of each plugin that is under way or was not disposed of yet. */
  readonly #latest = new Map<string, symbol>();

  /**
   * Makes a runner.
   *
   * @param options What it works with.
   */
  constructor(options: PluginCallsOptions) {
    this.#options = options;
  }

  /** Imports the code of a plugin. */
  async open(id: string, code: PluginCode): Promise<OpenPlugin> {
    const exported = code.kind === "object"
      ? code.plugin
      : await this.#import(id, code.specifier);
    const parts = await this.#read(id, exported);
    return {
      hasConfigSchema: parts.validate !== undefined,
      validateConfig: (config) => this.#validate(id, parts, config),
      setup: (context) => this.#setup(id, parts, context),
    };
  }

  async #read(id: string, exported: unknown): Promise<PluginParts> {
    const { attribution } = this.#options;
    try {
      // What a getter does takes its time at once: no limit would end it.
      return await attribution.run(id, () => readPluginParts(exported));
    } catch (thrown) {
      throw failure(id, READ, thrown);
    }
  }

  async #import(id: string, specifier: string): Promise<unknown> {
    const { importModule, timeoutsOf } = this.#options;
    return await this.#call(id, {
      action: "import",
      code: "PLUGIN_IMPORT_FAILED",
      remedy: "See the cause; the plugin's module has to be importable",
      limit: timeoutsOf(id).load,
    }, async () => {
      const module = await importModule(specifier);
      return typeof module === "object" && module !== null
        ? Reflect.get(module, "default")
        : undefined;
    });
  }

  async #validate(
    id: string,
    parts: PluginParts,
    config: unknown,
  ): Promise<StandardResult<unknown>> {
    const { validate } = parts;
    if (validate === undefined) return { value: config };
    return await this.#call(id, {
      action: "validate the configuration of",
      code: "PLUGIN_CONFIG_INVALID",
      remedy: "See the cause; the plugin's configSchema has to be mended",
      limit: this.#options.timeoutsOf(id).setup,
    }, () => validate(config));
  }

  async #setup(
    id: string,
    parts: PluginParts,
    context: PluginContext,
  ): Promise<RunningPlugin> {
    const { setup: limit } = this.#options.timeoutsOf(id);
    const turn = Symbol(id);
    this.#latest.set(id, turn);
    try {
      const { value } = await this.#call(
        id,
        {
          action: "set up",
          code: "PLUGIN_SETUP_FAILED",
          remedy: SETUP_REMEDY,
          limit,
        },
        // Wrapped, so that an object with a `then` of its own is not awaited twice.
        async () => ({ value: await parts.setup(context) }),
        () => this.#disposeLate(id, parts),
      );
      if (typeof value === "object" && value !== null) {
        return this.#running(id, parts, value, turn);
      }
    } catch (thrown) {
      this.#forget(id, turn);
      throw thrown;
    }
    // It was set up all the same, and holds what it opened.
    await this.#dispose(id, parts, turn).catch(() => {});
    throw new PluginError(
      `Cannot set up plugin "${id}": its setup did not return an object`,
      {
        code: "PLUGIN_CONTRACT_BROKEN",
        pluginId: id,
        remedy: "Return the object that the host is to use",
      },
    );
  }

  // A plugin has one `dispose` for all its setups: where it was set up anew in
  // the meantime, that would take from the new one what it holds.
  async #disposeLate(id: string, parts: PluginParts): Promise<void> {
    if (!this.#latest.has(id)) await this.#dispose(id, parts, undefined);
  }

  #forget(id: string, turn: symbol | undefined): void {
    if (this.#latest.get(id) === turn) this.#latest.delete(id);
  }

  #running(
    id: string,
    parts: PluginParts,
    api: object,
    turn: symbol,
  ): RunningPlugin {
    const timeouts = this.#options.timeoutsOf(id);
    let disposal: Promise<void> | undefined;
    return {
      api,
      canReconfigure: parts.reconfigure !== undefined,
      canCheckHealth: parts.healthCheck !== undefined,
      reconfigure: async (context) => {
        await this.#call(id, {
          action: "reconfigure",
          code: "PLUGIN_SETUP_FAILED",
          remedy: "See the cause; the plugin's reconfigure has to be mended",
          limit: timeouts.setup,
        }, () => parts.reconfigure?.(context));
      },
      checkHealth: (context) =>
        this.#call(id, {
          action: "check the health of",
          code: "PLUGIN_HEALTH_FAILED",
          remedy: "See the cause; the plugin's healthCheck threw",
          limit: timeouts.health,
        }, () => parts.healthCheck?.(context)),
      dispose: () => disposal ??= this.#dispose(id, parts, turn),
    };
  }

  async #dispose(
    id: string,
    parts: PluginParts,
    turn: symbol | undefined,
  ): Promise<void> {
    try {
      await this.#call(id, {
        action: "dispose of",
        code: "PLUGIN_DISPOSE_FAILED",
        remedy: "See the cause; the plugin may still hold what it opened",
        limit: this.#options.timeoutsOf(id).dispose,
      }, () => parts.dispose?.());
    } finally {
      this.#forget(id, turn);
    }
  }

  async #call<Value>(
    id: string,
    guard: Guard,
    callback: () => Value | PromiseLike<Value>,
    afterLateValue?: () => Promise<void>,
  ): Promise<Value> {
    const { attribution, clock } = this.#options;
    const called = attribution.run(id, callback);
    let limited: Limited<Value>;
    try {
      limited = await withTimeLimit(called, guard.limit, clock);
    } catch (thrown) {
      throw failure(id, guard, thrown);
    }
    if (limited.kind === "settled") return limited.value;
    // Nobody waits any more: what it throws now was already reported as late.
    limited.eventually.then(afterLateValue).catch(() => {});
    throw new PluginError(
      `Cannot ${guard.action} plugin "${id}": it did not settle within ` +
        `${guard.limit} ms`,
      {
        code: "PLUGIN_TIMEOUT",
        pluginId: id,
        remedy: "Find what it waits for, or allow it more time",
      },
    );
  }
}
