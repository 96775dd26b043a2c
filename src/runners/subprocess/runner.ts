/** Runs each plugin in a process of its own. */

import { PluginError, type Problem } from "../../base/errors.ts";
import { systemClock } from "../../base/timing.ts";
import { fromFileUrl, isAbsolutePath } from "../../base/path.ts";
import type { ModuleCode, ReadPlugin } from "../../manifest/manifest.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import { jsrHost } from "../../permissions/permission_states.ts";
import type { PermissionQuery } from "../../permissions/permission_states.ts";
import { difference, union } from "../../permissions/set_algebra.ts";
import { isAsJudged } from "../in_process/imported_code.ts";
import type {
  CallFollower,
  OpenPlugin,
  Placement,
  ResolvedPermissions,
  Runner,
  RunnerKind,
  RunnerParts,
} from "../runner.ts";
import { BOOTSTRAP } from "./bootstrap_text.ts";
import {
  type CommandResult,
  importHosts,
  type Limiters,
  makeCommand,
  type SubprocessCommand,
  type WrapCommand,
} from "./command.ts";
import type { SubprocessLimits } from "./limits.ts";
import { Child, type ChildOwner } from "./child.ts";
import { type LivePlugin, LiveSession } from "./live_session.ts";
import type { PausableClock } from "./pausable_clock.ts";
import { ModuleCache, type ModuleFacts, type Modules } from "./module_cache.ts";
import { SubprocessPlacement } from "./placement.ts";
import { fileProblems, findConfig, readBrings } from "./plugin_files.ts";
import { type Spare, Spares } from "./spares.ts";
import { type LiveStarts, SupervisedPlugin } from "./supervised_plugin.ts";

export interface SubprocessSettings {
  readonly limits: SubprocessLimits;
  readonly deno: string | undefined;
  readonly config: string | undefined;
  readonly wrap: WrapCommand | undefined;
  readonly fetch: boolean;
  /** The directory of the sockets at which processes ask; `undefined` with flags alone. */
  readonly sockets: string | undefined;
  /** The part of the allowed checks that is recorded, in live mode. */
  readonly recordAllowed: number;
  /** The number of processes that are started before a plugin needs one. */
  readonly prewarm: number;
}

let bootstrapBytes: Uint8Array | undefined;

function bootstrap(): Uint8Array {
  return bootstrapBytes ??= new TextEncoder().encode(BOOTSTRAP);
}

/** The owner of a process that has no plugin yet. */
const NOBODY: ChildOwner = Object.freeze({
  id: "",
  callClock: systemClock,
  log: Object.freeze({
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: () => {},
  }),
  serve: () => undefined,
  onNotice: () => {},
});

const NO_LIMITERS: Limiters = {
  prlimit: false,
  setpriv: false,
  setsid: false,
};

/** Calls of a plugin in another process need no attribution. */
const FOLLOWER: CallFollower = Object.freeze({
  skip: () => Number.MAX_SAFE_INTEGER,
  follow: <Args extends unknown[], Result>(
    callback: (...args: Args) => Result,
    ...args: Args
  ) => callback(...args),
});

/** The files of this package that plugins import by name, if it is on this machine. */
const OWN_FILES: readonly string[] = import.meta.url.startsWith("file:")
  ? ["../../../plugin.ts", "../../base/plugin.ts"]
    .map((path) => fromFileUrl(new URL(path, import.meta.url)))
  : [];

/** Returns the paths that a plugin may always read. */
function codePathsOf({ directory }: ReadPlugin): readonly string[] {
  return directory === undefined ? [] : [directory, ...OWN_FILES];
}

async function succeeds(
  [program = "", ...args]: readonly string[],
): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, {
      args,
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
}

/** Finds out which limits can be set on this machine. Asks nobody for permission. */
async function findLimiters(query: PermissionQuery): Promise<Limiters> {
  if (Deno.build.os !== "linux") return NO_LIMITERS;
  const may = (command: string) =>
    query({ name: "run", command }).state === "granted";
  const dying = ["setpriv", "--pdeathsig", "KILL", "--", "true"];
  const grouped = ["setsid", "true"];
  // What it starts needs no permission of Deno.
  const [prlimit, ...others] = may("prlimit")
    ? await Promise.all(
      [["true"], dying, grouped].map((command) =>
        succeeds(["prlimit", "--core=0", "--", ...command])
      ),
    )
    : [];
  if (prlimit === true) {
    const [setpriv = false, setsid = false] = others;
    return { prlimit, setpriv, setsid };
  }
  const [setpriv, setsid] = await Promise.all([
    may("setpriv") && succeeds(dying),
    may("setsid") && succeeds(grouped),
  ]);
  return { prlimit: false, setpriv, setsid };
}

/** The errors of Deno's loader that name a module which was not fetched. */
const NOT_FETCHED_REGEXP = /--cached-only|(?:npm|JSR) package/;

/** Says why a module was not fetched, if an import failed for that. */
function explainImport(
  { manifest: { id } }: ReadPlugin,
  thrown: unknown,
  modules: Modules | undefined,
): unknown {
  const isMissing = thrown instanceof PluginError &&
    thrown.code === "PLUGIN_IMPORT_FAILED" &&
    NOT_FETCHED_REGEXP.test(thrown.message);
  if (!isMissing || modules?.fault === undefined) return thrown;
  const { reason, remedy } = modules.fault;
  return new PluginError(
    `Cannot import plugin "${id}": its modules were not fetched: ${reason}`,
    {
      code: "PLUGIN_IMPORT_FAILED",
      pluginId: id,
      remedy,
      cause: thrown.cause,
    },
  );
}

export class SubprocessRunner implements Runner {
  readonly #settings: SubprocessSettings;
  readonly #parts: RunnerParts;
  readonly #placement: SubprocessPlacement;
  readonly #plugins = new Set<SupervisedPlugin>();
  readonly #spares: Spares;
  #limiters: Promise<Limiters> | undefined;
  #cache: ModuleCache | undefined;
  /** What was found ahead of the start. */
  readonly #modules = new WeakMap<ReadPlugin, Modules>();

  constructor(settings: SubprocessSettings, parts: RunnerParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#placement = new SubprocessPlacement({
      deno: settings.deno,
      config: settings.config,
      sockets: settings.sockets,
      prewarm: settings.prewarm,
      hasPredicate: parts.hasPredicate,
      variable: parts.system.variable,
    });
    const { spareSocket } = this.#placement;
    this.#spares = new Spares(
      settings.prewarm,
      spareSocket === undefined
        ? undefined
        : (signal) => this.#startSpare(spareSocket, signal),
    );
  }

  readonly callingPlugin = undefined;

  /** Starts a process that any plugin can have. */
  async #startSpare(path: string, signal: AbortSignal): Promise<Spare> {
    const { limits } = this.#settings;
    const { clock, mask, system } = this.#parts;
    const limiters = await (this.#limiters ??= findLimiters(system.query));
    const session = await LiveSession.listen({
      id: undefined,
      path,
      clock,
      checksPerSecond: limits.checks,
      isWrapped: false,
    });
    let command: SubprocessCommand | undefined;
    try {
      signal.throwIfAborted();
      const child = new Child({
        owner: NOBODY,
        limits,
        clock,
        mask,
        bootstrap: bootstrap(),
        isLive: true,
        command: (mark) => {
          const made = this.#spareCommand(path, mark, limiters);
          if (!made.ok) throw new TypeError(made.problems[0]?.message);
          return command = made.command;
        },
      });
      const end = () => child.kill();
      signal.addEventListener("abort", end);
      await session.attach(child);
      signal.removeEventListener("abort", end);
      if (command === undefined) throw new TypeError("It has no command");
      return { child, session, command };
    } catch (thrown) {
      session.end();
      throw thrown;
    }
  }

  #spareCommand(
    path: string,
    mark: string,
    limiters: Limiters,
  ): CommandResult {
    return makeCommand({
      // Each has storage of its own, whoever gets it.
      id: `+${crypto.randomUUID()}`,
      code: { kind: "module", specifier: "" },
      codePaths: [],
      config: undefined,
      denoLock: undefined,
      permissions: {},
      revoked: {},
      socket: path,
      jsrHost: jsrHost(),
      declaredEnv: {},
      limits: this.#settings.limits,
      brings: { npm: false, remote: false },
      newest: undefined,
      variable: this.#parts.system.variable,
      deno: this.#placement.deno ?? "deno",
      os: Deno.build.os,
      limiters,
      wrap: undefined,
      bootstrapBytes: bootstrap().length,
      mark,
    });
  }

  /** Returns how the processes of a plugin ask for permissions, in live mode. */
  #liveStarts(
    plugin: ReadPlugin,
    limiters: Limiters,
    modules: Modules | undefined,
  ): LiveStarts | undefined {
    const { code, manifest: { id } } = plugin;
    const path = this.#placement.socketOf(id);
    if (path === undefined || code.kind === "object") return undefined;
    const { limits, wrap } = this.#settings;
    const { clock } = this.#parts;
    return {
      listen: async (callClock) => {
        const session = await LiveSession.listen({
          id,
          path,
          clock,
          checksPerSecond: limits.checks,
          isWrapped: wrap !== undefined,
        });
        session.begin(this.#livePlugin(plugin, code, callClock));
        return session;
      },
      takeSpare: (code, callClock) => {
        if (this.#spares.isEmpty) return undefined;
        const made = this.#command(plugin, code, "", limiters, modules);
        if (!made.ok) return undefined;
        const spare = this.#spares.takeFor(made.command);
        return spare === undefined ? undefined : {
          ...spare,
          begin: () =>
            spare.session.begin(this.#livePlugin(plugin, code, callClock)),
        };
      },
    };
  }

  #livePlugin(
    plugin: ReadPlugin,
    code: ModuleCode,
    callClock: PausableClock,
  ): LivePlugin {
    const parts = this.#parts;
    const brings = readBrings(code, this.#configOf(plugin));
    const searchPath = parts.system.variable("PATH") ?? "";
    return {
      plugin,
      parts,
      callClock,
      recordAllowed: this.#settings.recordAllowed,
      rules: {
        codePaths: codePathsOf(plugin),
        searchPath: searchPath.split(":").filter(isAbsolutePath),
        importHosts: ({ granted }) =>
          importHosts({ permissions: granted, brings, jsrHost: jsrHost() }),
      },
    };
  }

  kindOf(): RunnerKind {
    return "subprocess";
  }

  placeOf(plugin: ReadPlugin): Placement {
    return this.#placement.placeOf(plugin);
  }

  hostNeeds(
    plugin: ReadPlugin,
    declared: ResolvedPermissions,
  ): ResolvedPermissions {
    return this.#placement.hostNeeds(plugin, declared);
  }

  importedAs(): undefined {
    // Each process reads the files anew.
    return undefined;
  }

  codeProblems(plugin: ReadPlugin): readonly Problem[] {
    const { code, manifest: { id } } = plugin;
    if (code.kind === "object") return [];
    const { config, sockets } = this.#settings;
    if (isAsJudged(code)) {
      return fileProblems(plugin, config, sockets !== undefined);
    }
    return [Object.freeze({
      code: "PLUGIN_SOURCE_UNREADABLE",
      message:
        `Cannot load plugin "${id}": its manifest changed after it was ` +
        "checked",
      remedy:
        "Reload the plugin, or enable it if it is not live: that checks " +
        "its manifest again",
    })];
  }

  /** Has the modules of the plugins in the cache, so that each start finds them. */
  async prepare(plugins: readonly ReadPlugin[]): Promise<void> {
    const facts = plugins.flatMap((plugin) => {
      const own = this.#moduleFacts(plugin);
      return own === undefined ? [] : [[plugin, own] as const];
    });
    const cache = await this.#moduleCache();
    const found = await cache.ensureAll(facts.map(([, own]) => own));
    for (const [index, [plugin]] of facts.entries()) {
      const modules = found[index];
      if (modules !== undefined) this.#modules.set(plugin, modules);
    }
  }

  async #moduleCache(): Promise<ModuleCache> {
    const { limits, fetch } = this.#settings;
    const { clock, system: { variable, query }, mask } = this.#parts;
    const limiters = await (this.#limiters ??= findLimiters(query));
    return this.#cache ??= new ModuleCache({
      deno: this.#placement.deno ?? "deno",
      mayFetch: fetch,
      limit: limits.fetch,
      limiters,
      clock,
      variable,
      mask,
    });
  }

  #moduleFacts(plugin: ReadPlugin): ModuleFacts | undefined {
    const { code, directory } = plugin;
    if (code.kind === "object") return undefined;
    const config = this.#configOf(plugin);
    return {
      code,
      directory,
      config,
      denoLock: plugin.denoLock,
      permissions: this.#parts.grantsOf(plugin).granted,
      jsrHost: jsrHost(),
      brings: readBrings(code, config),
    };
  }

  /** Has the modules of a plugin in the cache, if that was not done ahead. */
  async #modulesOf(plugin: ReadPlugin): Promise<Modules | undefined> {
    const before = this.#modules.get(plugin);
    this.#modules.delete(plugin);
    if (before !== undefined) return before;
    const facts = this.#moduleFacts(plugin);
    if (facts === undefined) return undefined;
    return await (await this.#moduleCache()).ensure(facts);
  }

  async open(plugin: ReadPlugin): Promise<OpenPlugin> {
    const modules = await this.#modulesOf(plugin);
    const limiters =
      await (this.#limiters ??= findLimiters(this.#parts.system.query));
    const supervised = new SupervisedPlugin({
      plugin,
      parts: this.#parts,
      limits: this.#settings.limits,
      limitsInForce: this.#limitsInForce(limiters),
      command: (code, mark) =>
        this.#command(plugin, code, mark, limiters, modules),
      problems: () => this.codeProblems(plugin),
      bootstrap: bootstrap(),
      live: this.#liveStarts(plugin, limiters, modules),
      onDisposed: () => this.#plugins.delete(supervised),
    });
    this.#plugins.add(supervised);
    try {
      return await supervised.open();
    } catch (thrown) {
      throw explainImport(plugin, thrown, modules);
    } finally {
      this.#spares.fill();
    }
  }

  #limitsInForce(
    { prlimit, setpriv }: Limiters,
  ): Readonly<Record<string, number>> {
    const { sockets, limits } = this.#settings;
    const { memory, heap, openFiles, cpu, call, checks } = limits;
    return Object.freeze({
      heap_mib: heap,
      call_ms: call,
      ...sockets === undefined ? {} : { checks_per_s: checks },
      ...prlimit ? { memory_mib: memory, open_files: openFiles } : {},
      ...prlimit && cpu !== Infinity ? { cpu_s: cpu } : {},
      ...setpriv ? { dies_with_host: 1 } : {},
    });
  }

  #command(
    plugin: ReadPlugin,
    code: ModuleCode,
    mark: string,
    limiters: Limiters,
    modules: Modules | undefined,
  ): CommandResult {
    const { id } = plugin.manifest;
    const { limits, wrap, sockets } = this.#settings;
    const config = this.#configOf(plugin);
    const { granted, undecided, revoked } = this.#parts.grantsOf(plugin);
    // A variable cannot be added later, when a person has granted it.
    const env = difference(
      sockets === undefined ? granted : union(granted, undecided),
      revoked,
    );
    return makeCommand({
      id,
      code,
      codePaths: codePathsOf(plugin),
      config,
      denoLock: plugin.denoLock,
      permissions: granted,
      revoked,
      socket: this.#placement.socketOf(id),
      jsrHost: jsrHost(),
      declaredEnv: this.#declaredEnv(plugin, env),
      limits,
      brings: readBrings(code, config),
      newest: modules?.newest,
      variable: this.#parts.system.variable,
      deno: this.#placement.deno ?? "deno",
      os: Deno.build.os,
      limiters,
      wrap,
      bootstrapBytes: bootstrap().length,
      mark,
    });
  }

  /** Returns the configuration of Deno that applies to a plugin. */
  #configOf({ directory }: ReadPlugin): string | undefined {
    const own = directory === undefined ? undefined : findConfig(directory);
    return own ?? this.#settings.config;
  }

  #declaredEnv(
    plugin: ReadPlugin,
    { env }: PermissionSet,
  ): Readonly<Record<string, string>> {
    if (env === undefined) return {};
    const values = Object.entries(this.#parts.environmentOf(plugin));
    if (env === true) return Object.fromEntries(values);
    const names = new Set(env);
    const prefixes = env.filter((name) => name.endsWith("*"))
      .map((name) => name.slice(0, -1));
    return Object.fromEntries(
      values.filter(([name]) =>
        names.has(name) || prefixes.some((prefix) => name.startsWith(prefix))
      ),
    );
  }

  connect(): void {}

  followCalls(): CallFollower {
    return FOLLOWER;
  }

  runAs(_id: string, callback: () => void): void {
    callback();
  }

  async settle(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cache?.[Symbol.dispose]();
    for (const plugin of this.#plugins) plugin.kill();
    this.#plugins.clear();
    await this.#spares[Symbol.asyncDispose]();
  }
}
