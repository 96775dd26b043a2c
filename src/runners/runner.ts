/** Turns decisions to load into live plugins: the interface of every runner. */

import { PluginError, type Problem } from "../base/errors.ts";
import type { PluginContext, PluginLog } from "../base/plugin.ts";
import type { StandardResult } from "../base/standard_schema.ts";
import { describeThrown } from "../base/text.ts";
import type { Clock } from "../base/timing.ts";
import type { Manifest, ReadPlugin, TrustLevel } from "../manifest/manifest.ts";
import type {
  PermissionEntry,
  PermissionSet,
} from "../permissions/permission_set.ts";
import type { PermissionQuery } from "../permissions/permission_states.ts";

/** The permissions of a plugin, after its configuration is applied. */
export interface ResolvedPermissions {
  readonly required: PermissionSet;
  /** The permissions that it uses if they are granted. */
  readonly optional: PermissionSet;
}

/**
 * What a plugin may do at one moment, besides reading its own code. The same
 * object stands for the same grants.
 */
export interface PluginGrants {
  /** The permissions that it has without a question. */
  readonly granted: PermissionSet;
  /** Optional permissions that nobody has decided about: a person may be asked. */
  readonly undecided: PermissionSet;
  /** The permissions that were taken back, even where a granted one covers them. */
  readonly revoked: PermissionSet;
}

/** One or more checks of a plugin's process, with the same answer. */
export type PermissionCheck = Readonly<{
  /** The permission; without a value, all of its kind or several values. */
  permission: PermissionEntry;
  outcome: "allowed" | "denied";
  /** True if its manifest declares the permission. */
  isDeclared: boolean;
  count: number;
  /** False if the host only has to know that the permission was used. */
  isRecorded: boolean;
}>;

/** A plugin whose code was imported and that changed since then. */
export interface ImportedPlugin {
  /** The manifest that its code was imported for. */
  readonly manifest: Manifest;
  /** The reason why its files cannot be imported any more. */
  readonly stale: Problem;
}

/** An error or rejection that a plugin left unhandled. */
export type Crash = Readonly<{
  kind: "error" | "rejection" | "process";
  /** The thrown value; of a process, the error that says how it ended. */
  reason: unknown;
  /** The plugin that caused it, or those that may have. */
  verdict:
    | { readonly kind: "clear"; readonly id: string }
    | { readonly kind: "unclear"; readonly ids: readonly string[] };
}>;

/** Follows the host's calls into one plugin, as many as are cheap. */
export interface CallFollower {
  /** Returns the number of calls to skip: following one costs more than the call. */
  skip(): number;
  /** Calls so that later callbacks of the call are attributed to the plugin. */
  follow<Args extends unknown[], Result>(
    callback: (...args: Args) => Result,
    ...args: Args
  ): Result;
}

/** The process that a plugin runs in: that of the host, or one of its own. */
export type RunnerKind = "in-process" | "subprocess";

/** The runner of one plugin, as decided before any of its code runs. */
export interface Placement {
  readonly kind: RunnerKind;
  /** The reasons why that runner cannot run it. */
  readonly problems: readonly Problem[];
}

/** Runs plugins. */
export interface Runner extends AsyncDisposable {
  /** Tells which process a plugin gets, and why it cannot have it. */
  placeOf(plugin: ReadPlugin): Placement;
  /** Tells the process alone, which takes no look at the plugin's files. */
  kindOf(plugin: ReadPlugin): RunnerKind;
  /** Returns the permissions that the host's own process must be granted for a plugin. */
  hostNeeds(
    plugin: ReadPlugin,
    declared: ResolvedPermissions,
  ): ResolvedPermissions;
  /** Finds a plugin whose files changed since its code was imported. */
  importedAs(plugin: ReadPlugin): ImportedPlugin | undefined;
  /** Checks, before `open`, that the files of a plugin are those that were judged. */
  codeProblems(plugin: ReadPlugin): readonly Problem[];
  /** Reads the code of many plugins ahead. Runs none of it. */
  prepare(plugins: readonly ReadPlugin[]): Promise<void>;
  /** Imports a plugin's code within its time limit, which runs its top level. */
  open(plugin: ReadPlugin): Promise<OpenPlugin>;
  /** The plugin whose code is calling the host, if any. */
  readonly callingPlugin: string | undefined;
  /** Remembers that a plugin uses another: each may run in calls of the other. */
  connect(id: string, other: string): void;
  followCalls(id: string): CallFollower;
  /** Runs listeners of a plugin, such as those of its abort signal. */
  runAs(id: string, callback: () => void): void;
  /** Waits until every crash so far was reported. */
  settle(): Promise<void>;
}

/**
 * A plugin whose code is imported, before its setup. Every method throws a
 * `PluginError` if the plugin throws or does not settle in time.
 */
export interface OpenPlugin {
  readonly hasConfigSchema: boolean;
  /** Validates a configuration with resolved references. Accepts any without a schema. */
  validateConfig(config: unknown): Promise<StandardResult<unknown>>;
  /** Sets the plugin up. A setup that settles too late is disposed. */
  setup(context: PluginContext): Promise<RunningPlugin>;
  /** Ends what was opened and is not set up. Absent if nothing has to end. */
  close?(): Promise<void>;
}

/**
 * A plugin after its setup. Every method throws a `PluginError` if the plugin throws
 * or does not settle in time.
 */
export interface RunningPlugin {
  /** The object that its `setup` returned. */
  readonly api: object;
  readonly canReconfigure: boolean;
  reconfigure(context: PluginContext): Promise<void>;
  readonly canCheckHealth: boolean;
  /** Returns whatever the plugin returns, unchecked. */
  checkHealth(context: PluginContext): Promise<unknown>;
  /** Disposes the plugin once. */
  dispose(): Promise<void>;
  /**
   * Has later calls of its object run in the object of a newer version, and
   * resolves when the running ones have ended. Absent if this process has to
   * restart for that.
   */
  handOver?(next: object): Promise<void>;
  /**
   * Puts changed grants in force, with a new process if the old one may hold what
   * was revoked. Resolves to what that took. Absent if nothing enforces grants.
   */
  regrant?(revoked: PermissionSet): Promise<"in force" | "restarted">;
}

/** A step in the life of a plugin's process. */
export type ProcessStep = Readonly<
  | {
    kind: "started" | "restarted";
    pid: number;
    /** The limits that hold, e.g. `memory`. */
    limits: Readonly<Record<string, number>>;
  }
  | {
    kind: "ended";
    pid: number;
    ended: Ended; /** The calls that it ended. */
    calls: number;
  }
>;

/** The end of a plugin's process. */
export interface Ended {
  /** The cause. */
  readonly reason:
    | "disposed"
    | "crashed"
    | "memory"
    | "cpu"
    | "killed"
    | "broker";
  /** The exit code. */
  readonly code: number;
  /** The signal that ended it, if one did. */
  readonly signal: string | undefined;
  /** The end of what it wrote to standard error, without secrets. */
  readonly lastWords: string;
}

/** Everything that a runner needs of its host. */
export interface RunnerParts {
  readonly timeoutsOf: (id: string) => PluginTimeouts;
  readonly clock: Clock;
  readonly system: RunnerSystem;
  readonly logOf: (id: string) => PluginLog;
  /** Returns the permissions that a plugin declares, resolved. */
  readonly permissionsOf: (plugin: ReadPlugin) => ResolvedPermissions;
  readonly trustOf: (plugin: ReadPlugin) => TrustLevel;
  /** Returns what a plugin may do now. */
  readonly grantsOf: (plugin: ReadPlugin) => PluginGrants;
  /**
   * Asks for an undecided permission. Never rejects, and asks once for equal
   * questions. After a yes, `grantsOf` has it.
   */
  readonly askFor: (
    plugin: ReadPlugin,
    permission: PermissionEntry,
    signal: AbortSignal,
  ) => Promise<boolean>;
  /** Takes the first use of each permission, and denials as they are recorded. */
  readonly onCheck: (plugin: ReadPlugin, check: PermissionCheck) => void;
  /** Returns the sanitized environment of a plugin with its declared variables. */
  readonly environmentOf: (
    plugin: ReadPlugin,
  ) => Readonly<Record<string, string>>;
  /** True if the plugins of a type are checked by a predicate over their object. */
  readonly hasPredicate: (type: string) => boolean;
  readonly mask: (text: string) => string;
  readonly onProcess: (plugin: ReadPlugin, step: ProcessStep) => void;
  /** Takes a plugin that is not started again. */
  readonly onCrash: (crash: Crash) => void;
}

/** The parts of the operating system that a runner uses. */
export interface RunnerSystem {
  readonly query: PermissionQuery;
  /** Reads a variable of the host's environment. */
  readonly variable: (name: string) => string | undefined;
}

/** A way to run plugins. `subprocess()` creates one. */
export interface PluginRunner {
  /** The process that it runs plugins in. */
  readonly kind: "in-process" | "subprocess";
}

type RunnerFactory = (parts: RunnerParts) => Runner;

// Kept beside the objects: what a runner consists of is no part of the public face.
const factories = new WeakMap<PluginRunner, RunnerFactory>();

/** Makes a way to run plugins. */
export function defineRunner(
  kind: RunnerKind,
  factory: RunnerFactory,
): PluginRunner {
  const runner: PluginRunner = Object.freeze({ kind });
  factories.set(runner, factory);
  return runner;
}

/** Returns the function that creates a runner; `undefined` for any other object. */
export function factoryOf(runner: object): RunnerFactory | undefined {
  return factories.get(runner as PluginRunner);
}

/** The facts about a plugin that the choice of its runner depends on. */
export interface PluginToPlace {
  /** The id. */
  readonly id: string;
  /** The type that it plugs into. */
  readonly type: string;
  /** The version. */
  readonly version: string;
  /** The source, without secrets. */
  readonly source: string;
  /** The option that named it: `builtins` or `sources`. */
  readonly origin: "builtin" | "external";
  /**
   * The level of trust, as `docs/provenance.md` lists them. Of a host without a
   * lock and a trust file, files on this machine are `local`.
   */
  readonly trust: "builtin" | "verified" | "local" | "unverified";
}

/** A runner for every plugin, or a function that chooses one for each. */
export type RunnerChoice =
  | PluginRunner
  | ((plugin: PluginToPlace) => PluginRunner | undefined);

/** The time limits of the calls into a plugin, in milliseconds. */
export interface PluginTimeouts {
  readonly load: number;
  readonly setup: number;
  readonly health: number;
  readonly dispose: number;
}

export const DEFAULT_TIMEOUTS: PluginTimeouts = Object.freeze({
  load: 10_000,
  setup: 10_000,
  health: 10_000,
  dispose: 5_000,
});

/** The runner of a plugin, or the reason why it has none. */
type Placed =
  | { readonly ok: true; readonly runner: Runner }
  | { readonly ok: false; readonly problem: Problem };

function noRunner(id: string, fault: string): Placed {
  return {
    ok: false,
    problem: Object.freeze({
      code: "PLUGIN_OPTION_INVALID",
      message: `Cannot choose a runner for plugin "${id}": ${fault}`,
      remedy: "Return what subprocess() creates, or undefined for this process",
    }),
  };
}

export class PlacedRunners implements Runner {
  readonly #inProcess: Runner;
  readonly #choice: RunnerChoice;
  readonly #parts: RunnerParts;
  readonly #created = new Map<PluginRunner, Runner>();
  readonly #placed = new WeakMap<ReadPlugin, Placed>();
  /** The runner of each plugin that was opened. */
  readonly #opened = new Map<string, Runner>();

  constructor(inProcess: Runner, choice: RunnerChoice, parts: RunnerParts) {
    this.#inProcess = inProcess;
    this.#choice = choice;
    this.#parts = parts;
  }

  get callingPlugin(): string | undefined {
    // Code in another process cannot call the host's methods.
    return this.#inProcess.callingPlugin;
  }

  kindOf(plugin: ReadPlugin): RunnerKind {
    const placed = this.#place(plugin);
    return placed.ok ? placed.runner.kindOf(plugin) : "subprocess";
  }

  placeOf(plugin: ReadPlugin): Placement {
    const placed = this.#place(plugin);
    return placed.ok
      ? placed.runner.placeOf(plugin)
      // Without a runner, it must not run in this process either.
      : { kind: "subprocess", problems: [placed.problem] };
  }

  #place(plugin: ReadPlugin): Placed {
    const before = this.#placed.get(plugin);
    if (before !== undefined) return before;
    const placed = this.#choose(plugin);
    this.#placed.set(plugin, placed);
    return placed;
  }

  #choose(plugin: ReadPlugin): Placed {
    const { source, origin, manifest: { id, type, version } } = plugin;
    let chosen: PluginRunner | undefined;
    if (typeof this.#choice === "function") {
      const trust = this.#parts.trustOf(plugin);
      const facts: PluginToPlace = Object.freeze(
        { id, type, version, source, origin, trust },
      );
      try {
        chosen = this.#choice(facts);
      } catch (thrown) {
        const fault = this.#parts.mask(describeThrown(thrown));
        return noRunner(id, `option "runner" threw ${fault}`);
      }
    } else {
      chosen = this.#choice;
    }
    if (chosen === undefined) return { ok: true, runner: this.#inProcess };
    const runner = this.#create(chosen);
    return runner === undefined
      ? noRunner(id, 'option "runner" returned something else')
      : { ok: true, runner };
  }

  #create(chosen: PluginRunner): Runner | undefined {
    const before = this.#created.get(chosen);
    if (before !== undefined) return before;
    const isObject = typeof chosen === "object" && chosen !== null;
    const runner = isObject ? factoryOf(chosen)?.(this.#parts) : undefined;
    if (runner !== undefined) this.#created.set(chosen, runner);
    return runner;
  }

  #of(plugin: ReadPlugin): Runner {
    const placed = this.#place(plugin);
    if (placed.ok) return placed.runner;
    const { problem } = placed;
    const pluginId = plugin.manifest.id;
    throw new PluginError(problem.message, { ...problem, pluginId });
  }

  hostNeeds(
    plugin: ReadPlugin,
    declared: ResolvedPermissions,
  ): ResolvedPermissions {
    const placed = this.#place(plugin);
    return placed.ok ? placed.runner.hostNeeds(plugin, declared) : declared;
  }

  importedAs(plugin: ReadPlugin): ImportedPlugin | undefined {
    const placed = this.#place(plugin);
    return placed.ok ? placed.runner.importedAs(plugin) : undefined;
  }

  codeProblems(plugin: ReadPlugin): readonly Problem[] {
    const placed = this.#place(plugin);
    return placed.ok ? placed.runner.codeProblems(plugin) : [placed.problem];
  }

  async prepare(plugins: readonly ReadPlugin[]): Promise<void> {
    const byRunner = Map.groupBy(plugins, (plugin) => this.#of(plugin));
    await Promise.all(
      byRunner.entries().map(([runner, own]) => runner.prepare(own)),
    );
  }

  async open(plugin: ReadPlugin): Promise<OpenPlugin> {
    const runner = this.#of(plugin);
    this.#opened.set(plugin.manifest.id, runner);
    return await runner.open(plugin);
  }

  #openedBy(id: string): Runner {
    return this.#opened.get(id) ?? this.#inProcess;
  }

  connect(id: string, other: string): void {
    this.#openedBy(id).connect(id, other);
  }

  followCalls(id: string): CallFollower {
    return this.#openedBy(id).followCalls(id);
  }

  runAs(id: string, callback: () => void): void {
    this.#openedBy(id).runAs(id, callback);
  }

  async settle(): Promise<void> {
    await this.#inProcess.settle();
    await Promise.all(this.#created.values().map((runner) => runner.settle()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const runners = [this.#inProcess, ...this.#created.values()];
    await Promise.all(runners.map((one) => one[Symbol.asyncDispose]()));
  }
}
