/** Calls the parts of a plugin, each within its time limit. */

import {
  loaderRemedy,
  PluginError,
  type PluginErrorCode,
  type PluginErrorOptions,
  schemaRemedy,
} from "../base/errors.ts";
import type { PluginContext } from "../base/plugin.ts";
import type { StandardIssue, StandardResult } from "../base/standard_schema.ts";
import { describeThrown, onOneLine } from "../base/text.ts";
import { type Clock, type Limited, withTimeLimit } from "../base/timing.ts";
import type { OpenPlugin, PluginTimeouts, RunningPlugin } from "./runner.ts";

// Nobody reads more issues or longer paths.
const MAX_ISSUES = 100;
const MAX_PATH_LENGTH = 100;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Reads by index: a list may have its own iterator, which may never end. */
function readList<Item>(
  list: readonly unknown[],
  limit: number,
  read: (item: unknown) => Item,
): readonly Item[] {
  const length = Math.min(list.length, limit);
  return Object.freeze(
    Array.from({ length }, (_, index) => read(list[index])),
  );
}

function readKey(segment: unknown): PropertyKey {
  const key: unknown = isObject(segment)
    ? Reflect.get(segment, "key")
    : segment;
  return typeof key === "number" || typeof key === "symbol" ? key : `${key}`;
}

function readIssue(issue: unknown): StandardIssue {
  if (!isObject(issue)) return Object.freeze({ message: `${issue}` });
  const message: unknown = Reflect.get(issue, "message");
  const path: unknown = Reflect.get(issue, "path");
  return Object.freeze({
    message: `${message}`,
    path: Array.isArray(path)
      ? readList(path, MAX_PATH_LENGTH, readKey)
      : undefined,
  });
}

/**
 * Copies and freezes the result of a schema, except its value. Returns `undefined`
 * if it is not a result of a Standard Schema. Throws whatever its code throws.
 */
export function readResult(
  result: unknown,
): StandardResult<unknown> | undefined {
  if (!isObject(result)) return undefined;
  const issues: unknown = Reflect.get(result, "issues");
  if (Array.isArray(issues)) {
    return Object.freeze({ issues: readList(issues, MAX_ISSUES, readIssue) });
  }
  if (issues !== undefined || !("value" in result)) return undefined;
  const value: unknown = Reflect.get(result, "value");
  return Object.freeze({ value });
}

/** The parts of a plugin, each bound to it. */
export interface PluginParts {
  readonly validate:
    | ((config: unknown) => Promise<StandardResult<unknown>>)
    | undefined;
  readonly setup: (context: PluginContext) => unknown;
  readonly reconfigure: ((context: PluginContext) => unknown) | undefined;
  readonly healthCheck: ((context: PluginContext) => unknown) | undefined;
  readonly dispose: (() => unknown) | undefined;
}

type Method = (...args: readonly unknown[]) => unknown;

/** The error for something that is not a plugin. No plugin can throw it, because none can get the class. */
export class NotAPluginError extends PluginError {
  constructor(
    message: string,
    remedy = "Export what definePlugin returns as the default",
  ) {
    super(message, { code: "PLUGIN_MODULE_INVALID", remedy });
  }
}

function isMethod(value: unknown): value is Method {
  return typeof value === "function";
}

function method(plugin: object, name: string): Method | undefined {
  const value: unknown = Reflect.get(plugin, name);
  if (value === undefined) return undefined;
  if (!isMethod(value)) {
    throw new NotAPluginError(
      `its "${name}" is not a function`,
      name === "setup"
        ? "Make it a function that returns the plugin's object"
        : "Make it a function, or leave it out",
    );
  }
  return (...args) => Reflect.apply(value, plugin, args);
}

function validator(plugin: object): PluginParts["validate"] {
  const schema: unknown = Reflect.get(plugin, "configSchema");
  if (schema === undefined) return undefined;
  // The schemas of some libraries are functions with properties.
  const standard: unknown = isObject(schema) || isMethod(schema)
    ? Reflect.get(schema, "~standard")
    : undefined;
  const validate = isObject(standard)
    ? method(standard, "validate")
    : undefined;
  if (validate === undefined) {
    throw new NotAPluginError(
      'its "configSchema" is not a Standard Schema',
      schemaRemedy(schema),
    );
  }
  return async (config) => {
    const result = readResult(await validate(config));
    if (result !== undefined) return result;
    throw new NotAPluginError(
      'its "configSchema" did not return a result of a Standard Schema',
      "Return { value } or { issues: [{ message }] } from its validate",
    );
  };
}

/** Reads the parts of a plugin object. Throws `NotAPluginError` if it is not one. */
export function readPluginParts(exported: unknown): PluginParts {
  if (!isObject(exported)) {
    throw new NotAPluginError("its default export is not a plugin");
  }
  const setup = method(exported, "setup");
  if (setup === undefined) throw new NotAPluginError('it has no "setup"');
  return {
    setup,
    validate: validator(exported),
    reconfigure: method(exported, "reconfigure"),
    healthCheck: method(exported, "healthCheck"),
    dispose: method(exported, "dispose"),
  };
}

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

/** The error of a call that the plugin's process did not outlive, or could not serve. */
export class ProcessError extends PluginError {
  /** The part of the message after the action that failed. */
  readonly reason: string;

  constructor(
    id: string,
    action: string,
    reason: string,
    options: Omit<PluginErrorOptions, "pluginId">,
  ) {
    super(`Cannot ${action} plugin "${id}": ${reason}`, {
      ...options,
      pluginId: id,
    });
    this.reason = reason;
  }
}

function isOne<Class extends abstract new (...args: never[]) => unknown>(
  thrown: unknown,
  ofClass: Class,
): thrown is InstanceType<Class> {
  try {
    return thrown instanceof ofClass;
  } catch {
    // A Proxy may throw when it is asked for its prototype.
    return false;
  }
}

function failure(
  id: string,
  { action, code, remedy }: Call,
  thrown: unknown,
): PluginError {
  if (isOne(thrown, ProcessError)) {
    const { code, remedy, reason } = thrown;
    return new ProcessError(id, action, reason, { code, remedy });
  }
  const reason = reasonOf(thrown);
  return new PluginError(
    `Cannot ${action} plugin "${id}": ${reason}`,
    {
      code,
      pluginId: id,
      // A NotAPluginError is the host's own, and no cause that the plugin threw.
      ...isOne(thrown, NotAPluginError)
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
