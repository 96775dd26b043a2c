/** Contracts: the interfaces that the plugins of each type implement. */

import type { AuditLogger } from "../audit/audit_logger.ts";
import { argumentError } from "../base/errors.ts";
import type { PluginLog } from "../base/plugin.ts";
import type { StandardSchema } from "../base/standard_schema.ts";
import { describeThrown, onOneLine, writeAll } from "../base/text.ts";
import type { Clock } from "../base/timing.ts";
import type { Environment } from "../environment/environment.ts";
import type { Builtin } from "../manifest/manifest.ts";
import type { Hazard } from "../permissions/path_hazards.ts";
import type {
  PermissionDeclaration,
  PermissionSet,
} from "../permissions/permission_set.ts";
import type { Decision } from "../plan/plan.ts";
import type { PermissionMode } from "../policy/checks.ts";
import {
  DEFAULT_TIMEOUTS,
  type PluginRunner,
  type PluginTimeouts,
  type PluginToPlace,
} from "../runners/runner.ts";
import type { RedactOptions } from "../secrets/tokens.ts";
import type { StateSnapshot, StateStore } from "../state/state_store.ts";
import type { HealthOptions } from "./registry.ts";

/** The methods that the plugins of a type must have, with their interface as a type. */
export interface Contract<Api extends object> {
  /** The names of the methods. */
  readonly methods: readonly string[];
  /** Carries the type. It is never set at run time. */
  readonly api?: Api;
}

/**
 * The contracts of a host, by type of plugin: a contract, or a Standard Schema
 * that is used as a predicate.
 */
export type Contracts = Readonly<
  Record<string, Contract<object> | StandardSchema>
>;

export type AnyContract = Contracts[string];

/** The interface that a contract describes. */
export type ApiOf<Of> = Of extends StandardSchema<unknown, infer Output>
  ? Output
  : Of extends Contract<infer Api> ? Api
  : never;

/**
 * Creates a contract: the plugins of a type must have these methods.
 *
 * Declare methods that return promises: a later version may run a plugin in
 * another process.
 *
 * @example Declaring the interface of embeddings
 * ```ts
 * import { contract } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * interface Embedding {
 *   embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
 * }
 *
 * assertEquals(contract<Embedding>("embed").methods, ["embed"]);
 * ```
 *
 * @typeParam Api The interface.
 * @param method The name of a method that a plugin must have.
 * @param others The names of its other methods.
 * @returns The contract.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if a name is not a string or is
 * empty, or if no name is given.
 */
export function contract<Api extends object>(
  method: {
    [Name in keyof Api & string]: Api[Name] extends
      (...args: never[]) => unknown ? Name
      : never;
  }[keyof Api & string],
  ...others: readonly (typeof method)[]
): Contract<Api> {
  const methods = Object.freeze([method, ...others]);
  if (!isListOfMethods(methods)) {
    throw argumentError(methods.find((name) => !isName(name)), {
      action: "create a contract",
      expected: "names of methods",
      remedy: 'Pass each name as an argument, e.g. contract("embed", "count")',
    });
  }
  return Object.freeze({ methods });
}

function isName(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** Tests for the methods of a contract. A contract without any checks nothing. */
export function isListOfMethods(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isName);
}

/** Tests if a contract is a predicate over the object of a plugin. */
export function isPredicate(one: AnyContract): one is StandardSchema {
  return "~standard" in one;
}

/**
 * Lists how an object breaks a contract. The output of a schema is ignored,
 * because callers get the plugin's own object.
 */
export async function contractBreaches(
  api: object,
  expected: AnyContract,
): Promise<readonly string[]> {
  try {
    if (!isPredicate(expected)) {
      return expected.methods
        .filter((name) => typeof Reflect.get(api, name) !== "function")
        .map((name) => `it has no method "${name}"`);
    }
    const { issues } = await expected["~standard"].validate(api);
    return (issues ?? []).map(({ message, path }) => {
      const at = path?.map((key) =>
        String(typeof key === "object" ? key.key : key)
      ).join(".");
      return onOneLine(at ? `${at}: ${message}` : String(message), 500);
    });
  } catch (thrown) {
    return [`it cannot be checked: ${describeThrown(thrown)}`];
  }
}

/**
 * The time limits for plugins and for the state store, in milliseconds.
 * Time in which the process was stopped or blocked does not count.
 */
export interface HostTimeouts {
  /**
   * The import of a plugin.
   *
   * @default {10_000}
   */
  readonly load: number;
  /**
   * A plugin's `setup`, `reconfigure` and validation of its configuration.
   *
   * @default {10_000}
   */
  readonly setup: number;
  /**
   * A plugin's `healthCheck`.
   *
   * @default {10_000}
   */
  readonly health: number;
  /**
   * A plugin's `dispose`, and the time that `disable` waits for running calls.
   *
   * @default {5_000}
   */
  readonly dispose: number;
  /**
   * The answer to a question of the host: no answer in time is a no.
   *
   * @default {120_000}
   */
  readonly ask: number;
  /**
   * Each call to the state store. The `lockTimeout` of a `FileStateStore`, which
   * waits for other writers, should be shorter.
   *
   * @default {15_000}
   */
  readonly state: number;
  /**
   * The disposal of the host with all its plugins.
   *
   * @default {30_000}
   */
  readonly close: number;
  /**
   * The limits of single plugins, by id. The host's limits apply to the rest.
   *
   * @default {{}}
   */
  readonly plugins?: Readonly<
    Record<
      string,
      Partial<Omit<HostTimeouts, "ask" | "state" | "close" | "plugins">>
    >
  >;
}

/** The longest time of a timer of the engine. */
export const MAX_TIMEOUT = 2_147_483_647;

export const DEFAULT_HOST_TIMEOUTS: HostTimeouts = Object.freeze({
  ...DEFAULT_TIMEOUTS,
  ask: 120_000,
  state: 15_000,
  close: 30_000,
});

/** Returns the time limits of one plugin. */
export function timeoutsOf(
  { plugins = {}, ...others }: HostTimeouts,
  id: string,
): PluginTimeouts {
  return Object.hasOwn(plugins, id) ? { ...others, ...plugins[id] } : others;
}

/**
 * Receives the log messages of plugins. Secrets are masked. The rest of a message
 * is unchanged, and may contain control characters.
 */
export type PluginLogSink = (
  pluginId: string,
  level: keyof PluginLog,
  message: string,
) => void;

const MAX_LENGTH = 16_384;
const encoder = new TextEncoder();

/**
 * Writes one line per message on standard error, with control characters escaped.
 * Omits debug messages.
 */
export const logToStderr: PluginLogSink = (pluginId, level, message) => {
  if (level === "debug") return;
  const text = onOneLine(message, MAX_LENGTH);
  const line = `${level.toUpperCase()} [${pluginId}] ${text}\n`;
  writeAll(Deno.stderr, encoder.encode(line));
};

/** Creates the log of a plugin. None of its methods throws. */
export function createPluginLog(
  pluginId: string,
  sink: PluginLogSink,
  mask: (text: string) => string,
): PluginLog {
  const write = (level: keyof PluginLog) => (message: unknown) => {
    try {
      sink(pluginId, level, mask(String(message)));
    } catch {
      // A plugin must not fail because its log cannot be written.
    }
  };
  return Object.freeze({
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  });
}

/** The options of a {@linkcode PluginHost}. */
export interface PluginHostOptions<Types extends Contracts = Contracts> {
  /** The name of the application, for the audit trail and for prompts. */
  readonly name: string;
  /** The version of the application, which the `host` range of a manifest must match. */
  readonly version: string;
  /**
   * The sources of plugins: a directory of plugins, the directory of one plugin,
   * a `plugin.json`, a `file:` or `https:` URL, or a `jsr:` or `npm:` specifier.
   * Paths are relative to the working directory.
   *
   * @default {[]}
   */
  readonly sources?: readonly (string | URL)[];
  /**
   * Plugins that the application passes as objects.
   *
   * @default {[]}
   */
  readonly builtins?: readonly Builtin[];
  /**
   * The contracts of the plugins, by type. A plugin of any other type is not
   * checked.
   *
   * @default {{}}
   */
  readonly contracts?: Types;
  /**
   * The configuration of each plugin, by id. A configuration in the state store
   * takes precedence.
   *
   * @default {{}}
   */
  readonly config?: Readonly<Record<string, unknown>>;
  /**
   * The forms of the application's own tokens. Such tokens are treated like those
   * of well-known vendors: masked in reports, logs and the audit trail, refused in
   * a configuration, and withheld from plugins in the environment.
   *
   * @default {{}}
   */
  readonly redact?: RedactOptions;
  /**
   * The directories of secret files. A configuration refers to such a file by a
   * key that ends in `_file`, e.g. `api_key_file: "/run/secrets/api_key"`, and
   * the plugin gets its content as `api_key`. The manifest must declare any other
   * file for reading. With `false`, such keys are ordinary settings.
   *
   * @default {["/run/secrets"]}
   */
  readonly secretDirectories?: readonly string[] | false;
  /**
   * Allows literal secrets in a configuration, without an `_env` or `_file`
   * reference.
   *
   * @default {false}
   */
  readonly allowRawSecrets?: boolean;
  /**
   * The permissions that the application itself needs. This package adds those
   * that it needs to read plugins and to write state.
   *
   * @default {{}}
   */
  readonly hostPermissions?: PermissionDeclaration;
  /**
   * The handling of a plugin with missing permissions: `"enforce"` refuses it,
   * `"prompt"` asks a person, `"report"` loads it and records the permissions.
   *
   * @default {"enforce"}
   */
  readonly permissions?: PermissionMode;
  /**
   * The runner of the plugins: what `subprocess()` of
   * `@semantik/plugins/subprocess` creates, or a function that chooses one for
   * each plugin and returns `undefined` for this process.
   *
   * @default {undefined} every plugin runs in this process
   */
  readonly runner?:
    | PluginRunner
    | ((plugin: PluginToPlace) => PluginRunner | undefined);
  /**
   * The need of a recorded yes before the code of a plugin runs. `"required"`
   * refuses each external plugin, and each builtin that declares a permission,
   * until {@linkcode PluginHost.grant} or the command line records one. The state
   * store keeps it. An update that requires no more keeps its yes; one that
   * requires more, or comes from another source, waits for a new one.
   *
   * @default {"none"}
   */
  readonly consent?: "none" | "required";
  /**
   * Computes the digest of the files in the directory of a plugin, such as
   * `treeDigest` of `@semantik/plugins/provenance`. With it, a yes holds only for
   * the files that it was given for: every changed file needs a new one. A plugin
   * whose digest cannot be computed is refused.
   *
   * @default {undefined} new files that require no more keep their yes
   */
  readonly digestOf?: (directory: string) => Promise<string>;
  /**
   * The path of the lock, `plugins.lock.json`: a plugin that is not in it, or not
   * as in it, is refused before any of its code runs. Plugins in a directory then
   * run from a copy in `store`. A path is relative to the working directory.
   *
   * @default {undefined} no lock
   */
  readonly lock?: string | URL;
  /**
   * The path of the trust file, `plugins.trust.json`: the publishers, what is
   * revoked, and what plugins of each level of trust may do.
   *
   * @default {undefined} nobody is trusted, and nothing is revoked
   */
  readonly trust?: string | URL;
  /**
   * The directory of the copies of verified plugins, without a part of any
   * plugin's own. Whoever may write there decides what runs.
   *
   * @default {undefined} `plugin_store` beside the lock, or else beside the trust
   * file
   */
  readonly store?: string | URL;
  /**
   * Asks a person for a missing yes: to the code of a plugin with
   * `consent: "required"`, or to an optional permission that a plugin in its own
   * process needs for the first time. Only an answer that allows is a yes. Any other
   * value, an error and the end of `timeouts.ask` are a no. The signal is aborted
   * when the question is over. Several questions may be open at the same time.
   *
   * @default {undefined} on a terminal, the host asks there; otherwise nobody is
   * asked
   */
  readonly ask?: (
    question: Readonly<{
      /** The subject: the code of a plugin, or one permission of a running one. */
      kind: "consent" | "permission";
      /** The plugin that asks. */
      plugin: Readonly<{
        /** The id. */
        id: string;
        /** The type that it plugs into. */
        type: string;
        /** The version. */
        version: string;
        /** The source, without secrets. */
        source: string;
        /** The process that it runs in. */
        runner: "in-process" | "subprocess";
        /** What its manifest says of it, on one line. Its author wrote that. */
        description: string | undefined;
      }>;
      /** The permissions to allow. */
      permissions: PermissionSet;
      /** The difference to what was agreed to, if the code of the plugin waits. */
      consent:
        | Extract<Decision, { readonly kind: "ask" }>["consent"]
        | undefined;
      /** The permissions that are more dangerous than they look, the worst first. */
      hazards: readonly Hazard[];
      /**
       * The question in words. Of many permissions without a hazard it lists a few,
       * and says so. Control characters are escaped, except `\n`.
       */
      text: string;
    }>,
    options: Readonly<{
      /** Aborted when the question is over. */
      signal: AbortSignal;
    }>,
  ) => PromiseLike<
    | Readonly<{
      /** A no. */
      allow: false;
    }>
    | Readonly<{
      /** A yes. */
      allow: true;
      /** Its duration: until the host ends, or stored for good. */
      remember: "run" | "always";
      /** The person, for the audit trail. */
      by?: string;
    }>
  >;
  /**
   * Lets environment variables switch external plugins off:
   * `SEMANTIK_ENABLE_PLUGINS` and `SEMANTIK_ENABLE_<TYPE>_PLUGINS`. Reading them
   * requires the flag `--allow-env=SEMANTIK_ENABLE_*`; `false` reads none.
   *
   * @default {true}
   */
  readonly switches?: boolean;
  /**
   * Records `plugin.permissions.unused` when a plugin is disposed: the permissions
   * that it declares and did not use. That is only known of a plugin whose process
   * asks the host about each access: `subprocess({ mode: "live" })`.
   *
   * @default {false}
   */
  readonly recordUnused?: boolean;
  /**
   * The environment variables.
   *
   * @default {processEnvironment()}
   */
  readonly environment?: Environment;
  /**
   * The parent of each plugin's private directory, which is `$DATA` in a manifest.
   * Without this option, a manifest that uses `$DATA` is refused.
   *
   * @default {undefined}
   */
  readonly dataDirectory?: string;
  /**
   * The audit logger.
   *
   * @default {createAuditLogger()} one line per event on standard error
   */
  readonly audit?: AuditLogger;
  /**
   * The store for state that survives a restart.
   *
   * @default {new MemoryStateStore()}
   */
  readonly state?: StateStore;
  /**
   * The tracer and the meter of OpenTelemetry that the host reports to: spans of
   * what it does with plugins, and metrics. `"global"` is what
   * `@opentelemetry/api` has registered, as Deno itself does with
   * `OTEL_DENO=true`; without a registered one, nothing is reported. With
   * `traceCalls`, each call of {@linkcode PluginHost.use} is a span as well.
   *
   * @default {undefined} nothing is reported, and nothing is loaded for that
   */
  readonly telemetry?:
    | "global"
    | Readonly<{
      /** Receives the spans. */
      tracer?:
        | "global"
        | Readonly<{
          /** The method of the same name of a `Tracer`. */
          startActiveSpan: (...args: never[]) => unknown;
        }>;
      /** Receives the metrics. */
      meter?:
        | "global"
        | Readonly<{
          /** The method of the same name of a `Meter`, as are the others. */
          createCounter: (...args: never[]) => unknown;
          /** Creates a histogram. */
          createHistogram: (...args: never[]) => unknown;
          /** Creates a counter that goes up and down. */
          createUpDownCounter: (...args: never[]) => unknown;
        }>;
      /** Makes a span of each call. */
      traceCalls?: boolean;
    }>;
  /**
   * Follows what other hosts store in the same state, while this host runs:
   * enabled, disabled and configured plugins, consents and revocations. Begins
   * with `load` and ends with the host. The host reads at every hint of the store,
   * and every `poll` milliseconds without one. `{}` stands for the defaults.
   *
   * - `poll`: 5,000 milliseconds by default.
   * - `staleAfter`: the time after which a store that cannot be read is recorded
   *   as stale; 60,000 milliseconds by default.
   * - `onStale`: `"keep"`, the default, lets live plugins go on then; `"disable"`
   *   ends the external ones until the store is read again.
   * - `copy`: a `FileStateStore` of this host alone. It keeps what was read last,
   *   so that the host can start while the store is out of reach, for at most
   *   `staleAfter` after it was read, and so that it notices at its start that the
   *   store lost decisions.
   *
   * @default {undefined} the host reads the state at its own changes alone
   */
  readonly follow?: {
    readonly poll?: number;
    readonly staleAfter?: number;
    readonly onStale?: "keep" | "disable";
    readonly copy?: Pick<StateStore, "read" | "permissions"> & {
      replace(snapshot: StateSnapshot, readAt: string): Promise<void>;
    };
  };
  /** The time limits for plugins and for the state store. */
  readonly timeouts?: Partial<HostTimeouts>;
  /**
   * The rules for changes and records of health.
   *
   * @default {{ threshold: 1, recordEvery: Infinity }} only changes are recorded
   */
  readonly health?: HealthOptions;
  /**
   * The reaction of `load` to a plugin that was refused or failed: `"report"`
   * reports it, `"throw"` disposes every plugin and throws an `AggregateError`.
   *
   * @default {"report"}
   */
  readonly onProblem?: "report" | "throw";
  /**
   * Contains unhandled errors and rejections of plugins: they end the plugin
   * instead of the process.
   *
   * @default {true}
   */
  readonly containCrashes?: boolean;
  /**
   * The destination of the plugins' logs.
   *
   * @default {undefined} one line per message on standard error
   */
  readonly log?: PluginLogSink;
  /**
   * The clock for timestamps and time limits.
   *
   * @default {systemClock}
   */
  readonly clock?: Clock;
  /**
   * Imports the modules of plugins, and the manifests that are not files. Sources
   * on a server need it, because Deno lets no package from JSR import from one:
   * `importModule: (specifier, options) => import(specifier, options)`. A plugin
   * whose files changed since its first import is refused regardless of this
   * function.
   *
   * @default {undefined} this package imports, from every place but a server
   */
  readonly importModule?: (
    specifier: string,
    options?: ImportCallOptions,
  ) => Promise<unknown>;
}
