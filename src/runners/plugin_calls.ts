/**
 * Calls the code of plugins: each call has a time limit, and whatever a plugin
 * throws becomes an error that names it.
 */

import { type Clock, type Limited, withTimeLimit } from "../base/timing.ts";
import {
  loaderRemedy,
  PluginError,
  type PluginErrorCode,
} from "../base/errors.ts";
import type { PluginContext } from "../base/plugin.ts";
import type { StandardResult } from "../base/standard_schema.ts";
import { describeThrown, onOneLine } from "../base/text.ts";
import { NotAPluginError, type PluginParts } from "./plugin_parts.ts";
import type { OpenPlugin, PluginTimeouts, RunningPlugin } from "./runner.ts";

export interface PluginCallsOptions {
  readonly timeoutsOf: (id: string) => PluginTimeouts;
  readonly clock: Clock;
  /** Runs code of a plugin, so that its callbacks are attributed to it. */
  readonly run: <Value>(
    id: string,
    callback: () => Value | PromiseLike<Value>,
  ) => Promise<Value>;
}

/** The code of a plugin, and how to read its parts. */
export type PluginSource<Exported> = Readonly<
  & ({ kind: "imported"; exported: Exported } | {
    kind: "module";
    importExport: () => Promise<Exported>;
  })
  & { readParts: (exported: Exported) => PluginParts }
>;

/** A kind of call, for the error of one that fails. */
interface Call {
  /** The words after "Cannot", e.g. `set up`. */
  readonly action: string;
  readonly code: PluginErrorCode;
  /** The remedy for the author. */
  readonly remedy: string;
}

interface LimitedCall extends Call {
  /** The name of its time limit. */
  readonly limit: keyof PluginTimeouts;
}

const READ: Call = {
  action: "load",
  code: "PLUGIN_MODULE_INVALID",
  remedy: "Export what definePlugin returns as the default",
};

const IMPORT: LimitedCall = {
  action: "import",
  code: "PLUGIN_IMPORT_FAILED",
  remedy: "See the cause, and fix the plugin's module",
  limit: "load",
};

const VALIDATE: LimitedCall = {
  action: "validate the configuration of",
  code: "PLUGIN_CONFIG_INVALID",
  remedy: "See the cause, and fix the plugin's configSchema",
  limit: "setup",
};

const SETUP: LimitedCall = {
  action: "set up",
  code: "PLUGIN_SETUP_FAILED",
  remedy: "See the cause, and fix the plugin's configuration or its setup",
  limit: "setup",
};

const RECONFIGURE: LimitedCall = {
  action: "reconfigure",
  code: "PLUGIN_SETUP_FAILED",
  remedy: "See the cause, and fix the plugin's reconfigure",
  limit: "setup",
};

const CHECK_HEALTH: LimitedCall = {
  action: "check the health of",
  code: "PLUGIN_HEALTH_FAILED",
  remedy: "See the cause, and fix the plugin's healthCheck",
  limit: "health",
};

const DISPOSE: LimitedCall = {
  action: "dispose",
  code: "PLUGIN_DISPOSE_FAILED",
  remedy: "See the cause; the plugin may still hold what it opened",
  limit: "dispose",
};

// A plugin may throw its own PluginError with any message, or an object that
// throws when it is examined.
function reasonOf(thrown: unknown): string {
  try {
    if (thrown instanceof PluginError) return onOneLine(`${thrown.message}`);
  } catch {
    return "a value that cannot be shown";
  }
  return describeThrown(thrown);
}

function isNotAPlugin(thrown: unknown): thrown is NotAPluginError {
  try {
    return thrown instanceof NotAPluginError;
  } catch {
    return false;
  }
}

function failure(
  id: string,
  { action, code, remedy }: Call,
  thrown: unknown,
): PluginError {
  const reason = reasonOf(thrown);
  return new PluginError(
    `Cannot ${action} plugin "${id}": ${reason}`,
    {
      code,
      pluginId: id,
      // A NotAPluginError is the host's own, and no cause that the plugin threw.
      ...isNotAPlugin(thrown)
        ? { remedy: thrown.remedy }
        : { remedy: loaderRemedy(reason) ?? remedy, cause: thrown },
    },
  );
}

/** Calls plugins. */
export class PluginCalls {
  readonly #options: PluginCallsOptions;
  /** The setup of each plugin that is running or not disposed yet. */
  readonly #latest = new Map<string, symbol>();

  constructor(options: PluginCallsOptions) {
    this.#options = options;
  }

  /** Imports the code of a plugin. */
  async open<Exported>(
    id: string,
    source: PluginSource<Exported>,
  ): Promise<OpenPlugin> {
    const exported = source.kind === "imported"
      ? source.exported
      : await this.#call(id, IMPORT, source.importExport);
    let parts: PluginParts;
    try {
      // A getter runs synchronously: no time limit could end it.
      parts = await this.#options.run(id, () => source.readParts(exported));
    } catch (thrown) {
      throw failure(id, READ, thrown);
    }
    const { validate } = parts;
    return {
      hasConfigSchema: validate !== undefined,
      validateConfig: async (config): Promise<StandardResult<unknown>> =>
        validate === undefined
          ? { value: config }
          : await this.#call(id, VALIDATE, () => validate(config)),
      setup: (context) => this.#setup(id, parts, context),
    };
  }

  async #setup(
    id: string,
    parts: PluginParts,
    context: PluginContext,
  ): Promise<RunningPlugin> {
    const turn = Symbol(id);
    this.#latest.set(id, turn);
    try {
      const { value } = await this.#call(
        id,
        SETUP,
        // Wrapped, because an object with its own `then` must not be awaited twice.
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
    // The setup ran, and may have opened resources.
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

  // A plugin has one `dispose` for all of its setups. After a new setup, it would
  // release the resources of that one.
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
    let disposal: Promise<void> | undefined;
    return {
      api,
      canReconfigure: parts.reconfigure !== undefined,
      canCheckHealth: parts.healthCheck !== undefined,
      reconfigure: async (context) => {
        await this.#call(id, RECONFIGURE, () => parts.reconfigure?.(context));
      },
      checkHealth: (context) =>
        this.#call(id, CHECK_HEALTH, () => parts.healthCheck?.(context)),
      dispose: () => disposal ??= this.#dispose(id, parts, turn),
    };
  }

  async #dispose(
    id: string,
    parts: PluginParts,
    turn: symbol | undefined,
  ): Promise<void> {
    try {
      await this.#call(id, DISPOSE, () => parts.dispose?.());
    } finally {
      this.#forget(id, turn);
    }
  }

  async #call<Value>(
    id: string,
    call: LimitedCall,
    callback: () => Value | PromiseLike<Value>,
    afterLateValue?: () => Promise<void>,
  ): Promise<Value> {
    const { run, clock, timeoutsOf } = this.#options;
    const limit = timeoutsOf(id)[call.limit];
    const called = run(id, callback);
    let limited: Limited<Value>;
    try {
      limited = await withTimeLimit(called, limit, clock);
    } catch (thrown) {
      throw failure(id, call, thrown);
    }
    if (limited.kind === "settled") return limited.value;
    // The call was already reported as late, so a later rejection is ignored.
    limited.eventually.then(afterLateValue).catch(() => {});
    throw new PluginError(
      `Cannot ${call.action} plugin "${id}": it did not settle within ` +
        `${limit} ms`,
      {
        code: "PLUGIN_TIMEOUT",
        pluginId: id,
        remedy: "Find what it waits for, or allow it more time",
      },
    );
  }
}
