/** A plugin in a process of its own, which is started again after a crash. */

import { isRecord, PluginError, type Problem } from "../../base/errors.ts";
import { cut, onOneLine } from "../../base/text.ts";
import type { PluginContext, PluginLog } from "../../base/plugin.ts";
import type {
  StandardIssue,
  StandardResult,
} from "../../base/standard_schema.ts";
import { withTimeLimit } from "../../base/timing.ts";
import type { ModuleCode, ReadPlugin } from "../../manifest/manifest.ts";
import {
  NotAPluginError,
  PluginCalls,
  type PluginParts,
  ProcessError,
} from "../plugin_calls.ts";
import type {
  Ended,
  OpenPlugin,
  RunnerParts,
  RunningPlugin,
} from "../runner.ts";
import {
  entriesOf,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import { difference } from "../../permissions/set_algebra.ts";
import { Child, type ChildOwner } from "./child.ts";
import type { CommandResult } from "./command.ts";
import type { SubprocessLimits } from "./limits.ts";
import type { LiveSession } from "./live_session.ts";
import { PausableClock } from "./pausable_clock.ts";
import {
  callMethod,
  createRemoteApi,
  methodsOf,
  readMethods,
} from "./remote_api.ts";
import { type Crashes, judgeCrash } from "./supervisor.ts";
import { MAX_LINE_LENGTH } from "./text_lines.ts";

export interface SupervisedPluginOptions {
  readonly plugin: ReadPlugin;
  readonly parts: RunnerParts;
  readonly limits: SubprocessLimits;
  readonly limitsInForce: Readonly<Record<string, number>>;
  readonly command: (code: ModuleCode, mark: string) => CommandResult;
  readonly bootstrap: Uint8Array;
  /** How its processes ask the host for permissions; absent with flags alone. */
  readonly live: LiveStarts | undefined;
  /** Checks its files before each start. */
  readonly problems: () => readonly Problem[];
  readonly onDisposed: () => void;
}

/** Starts processes that ask the host for permissions. */
export interface LiveStarts {
  /** Listens for the next process. */
  readonly listen: (callClock: PausableClock) => Promise<LiveSession>;
  /** Takes a process that was started before, if one will do. */
  readonly takeSpare: (
    code: ModuleCode,
    callClock: PausableClock,
  ) => TakenSpare | undefined;
}

/** A process that was started before, for any plugin. */
export interface TakenSpare {
  readonly child: Child;
  readonly session: LiveSession;
  /** The variables that it lacks. */
  readonly variables: Readonly<Record<string, string>>;
  /** Puts the rules of the plugin in force. */
  readonly begin: () => void;
}

const MAX_REMEDY = 500;

/** One process of the plugin, with what was learned from it. */
interface Generation {
  readonly child: Child;
  /** The answers to its permission checks; absent with flags alone. */
  readonly session: LiveSession | undefined;
  /** The permissions that its flags deny. */
  readonly revoked: PermissionSet;
  readonly opened: OpenPlugin;
  running: RunningPlugin | undefined;
}

function readIssues(value: unknown): StandardResult<unknown> {
  const issues: unknown = Reflect.get(Object(value), "issues");
  if (!Array.isArray(issues)) return { value: undefined };
  return {
    issues: issues.slice(0, 100).map((one: unknown): StandardIssue => {
      const path: unknown = Reflect.get(Object(one), "path");
      return {
        message: String(Reflect.get(Object(one), "message")),
        path: Array.isArray(path)
          ? path.slice(0, 100).map((key: unknown) =>
            typeof key === "number" ? key : String(key)
          )
          : undefined,
      };
    }),
  };
}

const LEVELS: readonly (keyof PluginLog)[] = ["debug", "info", "warn", "error"];

/** The plugins by the objects that the host got of them. */
const plugins = new WeakMap<object, SupervisedPlugin>();

export class SupervisedPlugin {
  readonly #options: SupervisedPluginOptions;
  readonly #id: string;
  readonly #calls: PluginCalls;
  /** The clock of the calls, which stands still while a person is asked. */
  readonly #clock: PausableClock;
  #context: PluginContext | undefined;
  #generation: Generation | undefined;
  /** The process that is not ready yet. */
  #starting: Child | undefined;
  #restarting: Promise<Generation> | undefined;
  /** Ends the wait before a process is started again. */
  #endWait: (() => void) | undefined;
  #crashes: Crashes = [];
  #notBefore = 0;
  /** The reason why it is not started again. */
  #over: PluginError | undefined;
  #stopWatching: () => void = () => {};
  /** A process that was ended for one with other permissions. */
  #replaced: Child | undefined;
  #isReplaced = false;
  /** Shared by all versions: a chain of them would grow with each reload. */
  #newest: { api: object | undefined } = { api: undefined };

  constructor(options: SupervisedPluginOptions) {
    this.#options = options;
    const { plugin, parts: { timeoutsOf, clock } } = options;
    this.#id = plugin.manifest.id;
    this.#clock = new PausableClock(clock);
    this.#calls = new PluginCalls({
      timeoutsOf,
      clock: this.#clock,
      run: async (_id, callback) => await callback(),
    });
  }

  async open(): Promise<OpenPlugin> {
    const first = await this.#start("started").catch((thrown) => {
      this.#options.onDisposed();
      throw thrown;
    });
    this.#generation = first;
    return {
      hasConfigSchema: first.opened.hasConfigSchema,
      validateConfig: async (config) => {
        const { opened, child } = await this.#current();
        const result = await this.#checkReply(
          child,
          opened.validateConfig(config),
        );
        // The plugin's process keeps the value, which may not cross.
        return result.issues === undefined ? { value: config } : result;
      },
      setup: (context) => this.#setup(first, context),
      close: async () => {
        // The setup ends the process of a plugin that fails.
        if (this.#context === undefined) await this.#end();
      },
    };
  }

  /** Kills a process that is blocked, when one of its checks took too long. */
  async #checkReply<Value>(
    child: Child,
    check: Promise<Value>,
  ): Promise<Value> {
    try {
      return await check;
    } catch (thrown) {
      const isLate = thrown instanceof PluginError &&
        thrown.code === "PLUGIN_TIMEOUT";
      if (isLate && !child.isEnded) {
        child.expectReply();
      }
      throw thrown;
    }
  }

  /** Starts a process and imports the plugin in it. */
  async #start(kind: "started" | "restarted"): Promise<Generation> {
    const { plugin, parts, limitsInForce, problems } = this.#options;
    const { code } = plugin;
    const [problem] = problems();
    if (problem !== undefined || code.kind === "object") {
      throw this.#refusal(problem === undefined ? [] : [problem]);
    }
    const { live } = this.#options;
    const spare = live?.takeSpare(code, this.#clock);
    const session = spare?.session ?? await live?.listen(this.#clock);
    const { revoked } = parts.grantsOf(plugin);
    const child = spare?.child ?? this.#spawn(code, session);
    if (spare !== undefined) child.adopt(this.#owner());
    this.#starting = child;
    const limits = limitsInForce;
    parts.onProcess(plugin, { kind, pid: child.pid, limits });
    child.ended.then((ended) => this.#onEnd(child, ended));
    try {
      const opened = await this.#calls.open(this.#id, {
        kind: "module",
        importExport: async () => {
          if (spare === undefined) await session?.attach(child);
          else await this.#fit(spare);
          return await child.request("import", [code.specifier]);
        },
        readParts: (reply) => this.#readParts(child, reply),
      });
      return { child, session, revoked, opened, running: undefined };
    } catch (thrown) {
      child.kill();
      await child.ended;
      throw thrown;
    } finally {
      this.#starting = undefined;
    }
  }

  /** Makes a process that was started for any plugin one of this plugin. */
  async #fit({ child, session, variables, begin }: TakenSpare): Promise<void> {
    const names = Object.keys(variables);
    if (names.length > 0) {
      session.allowVariables(names);
      await child.request("variables", [variables]);
    }
    // Only now: what the plugin does at its import is held by its own rules.
    begin();
  }

  /** Makes an error of what was found before its process started. */
  #refusal(problems: readonly Problem[]): PluginError {
    const [first] = problems;
    const { message, code, remedy } = first ?? {
      message: `Cannot start plugin "${this.#id}"`,
      code: "PLUGIN_RUNNER_UNAVAILABLE",
      remedy: "Correct its manifest",
    };
    const pluginId = this.#id;
    return first === undefined
      ? new PluginError(message, { code, remedy, pluginId })
      : new PluginError(message, { code, remedy, pluginId, problems });
  }

  #spawn(code: ModuleCode, session: LiveSession | undefined): Child {
    try {
      // It may have been disposed while the host waited for its turn.
      this.#checkNotOver();
      return this.#spawnChild(code, session !== undefined);
    } catch (thrown) {
      session?.end();
      throw thrown;
    }
  }

  #spawnChild(code: ModuleCode, isLive: boolean): Child {
    const { parts: { clock, mask }, limits, command, bootstrap } =
      this.#options;
    return new Child({
      owner: this.#owner(),
      limits,
      clock,
      mask,
      bootstrap,
      isLive,
      command: (mark) => {
        const made = command(code, mark);
        if (made.ok) return made.command;
        throw this.#refusal(made.problems);
      },
    });
  }

  #owner(): ChildOwner {
    return {
      id: this.#id,
      callClock: this.#clock,
      log: this.#options.parts.logOf(this.#id),
      serve: (method, args) => this.#serve(method, args),
      onNotice: (method, args) => this.#onNotice(method, args),
    };
  }

  #readParts(child: Child, reply: unknown): PluginParts {
    const { parts } = this.#options;
    const facts = isRecord(reply) ? reply : {};
    if (facts.kind !== "plugin") {
      if (facts.kind === "broken") throw facts.error;
      throw new NotAPluginError(
        String(facts.message),
        onOneLine(parts.mask(String(facts.remedy)), MAX_REMEDY),
      );
    }
    return {
      validate: facts.hasConfigSchema === true
        ? async (config) =>
          readIssues(await child.request("validate", [config]))
        : undefined,
      setup: async (context) => {
        const methods = await child.request("setup", [this.#dataOf(context)]);
        return methods === undefined ? undefined : createRemoteApi(
          readMethods(methods),
          (name, args) => this.#call(name, args),
        );
      },
      reconfigure: facts.canReconfigure === true
        ? (context) => child.request("reconfigure", [this.#dataOf(context)])
        : undefined,
      healthCheck: facts.canCheckHealth === true
        ? (context) => child.request("health", [this.#dataOf(context)])
        : undefined,
      dispose: facts.canDispose === true
        ? () => child.request("dispose", [])
        : undefined,
    };
  }

  /** The part of a context that crosses as data. */
  #dataOf(context: PluginContext): Record<string, unknown> {
    const { id, config, env, dataDir } = context;
    const { requires } = this.#options.plugin.manifest;
    const dependencies = requires.map(({ id }) => {
      const other = context.use<object>(id);
      return other === undefined ? { id } : { id, methods: methodsOf(other) };
    });
    return { id, config, env: { ...env }, dataDir, dependencies };
  }

  #serve(method: string, args: readonly unknown[]): unknown {
    const [id, name, given] = args;
    if (method !== "use" || this.#context === undefined) {
      throw new TypeError(`"${method}" is not a method`);
    }
    const other = this.#context.use<object>(String(id));
    if (other === undefined) {
      throw new PluginError(`Cannot use plugin "${id}": it is not live`, {
        code: "PLUGIN_NOT_LIVE",
        pluginId: String(id),
        remedy: "Enable it first",
      });
    }
    const list: readonly unknown[] = Array.isArray(given) ? given : [];
    return callMethod(other, String(name), list);
  }

  #onNotice(method: string, args: readonly unknown[]): void {
    const { parts: { logOf } } = this.#options;
    const [first, second] = args;
    if (method === "log") {
      const level = LEVELS.find((one) => one === first);
      if (level === undefined) return;
      logOf(this.#id)[level](cut(String(second), MAX_LINE_LENGTH));
    }
    if (method === "audit") {
      const details = isRecord(second) ? second : undefined;
      this.#context?.audit(String(first), details);
    }
  }

  async #setup(
    generation: Generation,
    context: PluginContext,
  ): Promise<RunningPlugin> {
    this.#context = context;
    const stop = () => {
      const { reason } = context.signal;
      try {
        this.#generation?.child.channel.notify("stop", [reason]);
      } catch {
        // Thrown by a listener, it would end the host. The process is ended soon.
      }
    };
    context.signal.addEventListener("abort", stop, { once: true });
    this.#stopWatching = () =>
      context.signal.removeEventListener("abort", stop);
    try {
      generation.running = await generation.opened.setup(context);
    } catch (thrown) {
      this.kill();
      throw thrown;
    }
    const { api, canReconfigure, canCheckHealth } = generation.running;
    plugins.set(api, this);
    let disposal: Promise<void> | undefined;
    return {
      api,
      canReconfigure,
      canCheckHealth,
      reconfigure: async (next) => {
        const { running } = await this.#current();
        await running?.reconfigure(next);
        this.#context = next;
      },
      checkHealth: async (next) => {
        const { running, child } = await this.#current();
        if (running === undefined) return undefined;
        return await this.#checkReply(child, running.checkHealth(next));
      },
      dispose: () => disposal ??= this.#dispose(),
      handOver: async (next) => {
        this.#isReplaced = true;
        this.#newest.api = next;
        const heir = plugins.get(next);
        if (heir !== undefined) heir.#newest = this.#newest;
        const child = this.#generation?.child;
        if (child === undefined || child.isEnded) return;
        const { parts: { clock, timeoutsOf } } = this.#options;
        await withTimeLimit(child.idle(), timeoutsOf(this.#id).dispose, clock);
      },
      regrant: () => this.#regrant(),
    };
  }

  /** Puts changed grants in force, with a new process if the old one would not do. */
  async #regrant(): Promise<"in force" | "restarted"> {
    await this.#restarting?.catch(() => {});
    const generation = this.#generation;
    const { child, session } = generation ?? {};
    // The next start has the new ones.
    if (child === undefined || child.isEnded) return "in force";
    const isInForce = session !== undefined && !session.mayHoldRevoked() &&
      !this.#isDenied(generation?.revoked ?? {});
    if (isInForce) return "in force";
    this.#replaced = child;
    child.kill(
      new ProcessError(
        this.#id,
        "use",
        "its permissions changed, and its process was started again",
        {
          code: "PLUGIN_PERMISSION_REVOKED",
          remedy: "Repeat the call if that does no harm",
        },
      ),
    );
    await this.#current();
    return "restarted";
  }

  /**
   * Tests if the flags of a process deny more than is revoked now. Deno compares
   * resolved addresses with them, whatever the host replies.
   */
  #isDenied({ net }: PermissionSet): boolean {
    if (net === undefined) return false;
    const { parts, plugin } = this.#options;
    const { revoked } = parts.grantsOf(plugin);
    return entriesOf(difference({ net }, revoked)).length > 0;
  }

  /** Returns the process, started again if it crashed. */
  async #current(): Promise<Generation> {
    this.#checkNotOver();
    const generation = this.#generation;
    if (generation !== undefined && !generation.child.isEnded) {
      return generation;
    }
    return await (this.#restarting ??= this.#restart()
      .finally(() => this.#restarting = undefined));
  }

  #checkNotOver(): void {
    if (this.#over !== undefined) throw this.#over;
  }

  async #restart(): Promise<Generation> {
    const { parts: { clock } } = this.#options;
    await this.#generation?.child.ended;
    const wait = this.#notBefore - clock.elapsed();
    if (wait > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(wait, resolve);
      this.#endWait = () => {
        cancel();
        resolve();
      };
      await promise;
      this.#endWait = undefined;
    }
    this.#checkNotOver();
    const next = await this.#start("restarted");
    const context = this.#context;
    try {
      this.#checkNotOver();
      if (context !== undefined) {
        next.running = await next.opened.setup(context);
      }
      this.#checkNotOver();
    } catch (thrown) {
      next.child.kill();
      throw thrown;
    }
    return this.#generation = next;
  }

  #onEnd(child: Child, ended: Ended): void {
    const { plugin, parts } = this.#options;
    const { pid, lost: calls } = child;
    parts.onProcess(plugin, { kind: "ended", pid, ended, calls });
    const isExpected = ended.reason === "disposed" ||
      this.#over !== undefined || this.#isReplaced ||
      this.#replaced === child;
    if (isExpected) return;
    const verdict = judgeCrash(this.#crashes, parts.clock.elapsed());
    this.#crashes = verdict.crashes;
    if (verdict.kind === "restart") {
      this.#notBefore = verdict.notBefore;
      return;
    }
    this.#over = new ProcessError(
      this.#id,
      "use",
      `its process ended ${verdict.crashes.length} times in five minutes`,
      {
        code: "PLUGIN_CRASHED",
        remedy: "See what ends it; then enable the plugin again",
      },
    );
    parts.onCrash({
      kind: "process",
      reason: this.#over,
      verdict: { kind: "clear", id: this.#id },
    });
  }

  async #call(name: string, args: readonly unknown[]): Promise<unknown> {
    const { api } = this.#newest;
    if (this.#isReplaced && api !== undefined) {
      return await callMethod(api, name, args);
    }
    const generation = this.#generation;
    const isReady = this.#over === undefined && generation !== undefined &&
      !generation.child.isEnded;
    const { child } = isReady ? generation : await this.#current();
    return await child.limitCall(
      name,
      (signal) => child.request("call", [name, args], signal),
    );
  }

  async #dispose(): Promise<void> {
    this.#stopWatching();
    const generation = this.#generation;
    this.#setOver();
    // Nobody is asked for a plugin that ends.
    generation?.session?.endQuestions();
    try {
      if (generation !== undefined && !generation.child.isEnded) {
        await generation.running?.dispose();
      }
    } finally {
      await this.#end();
    }
  }

  /** Has it never started again, not even by a start that is under way. */
  #setOver(): void {
    this.#over ??= new ProcessError(this.#id, "use", "it is not live", {
      code: "PLUGIN_NOT_LIVE",
      remedy: "Enable it first",
    });
    this.#endWait?.();
    this.#starting?.kill(this.#over);
  }

  async #end(): Promise<void> {
    this.#setOver();
    await this.#generation?.child.close();
    this.#options.onDisposed();
  }

  kill(): void {
    this.#setOver();
    this.#options.onDisposed();
    this.#generation?.child.kill();
  }
}
