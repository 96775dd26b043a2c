/** Runs each plugin in a process of its own. */

import { PluginError, type Problem } from "../../base/errors.ts";
import { fromFileUrl } from "../../base/path.ts";
import type { ModuleCode, ReadPlugin } from "../../manifest/manifest.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import { jsrHost } from "../../permissions/permission_states.ts";
import type { PermissionQuery } from "../../permissions/permission_states.ts";
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
  type Limiters,
  makeCommand,
  type WrapCommand,
} from "./command.ts";
import type { SubprocessLimits } from "./limits.ts";
import { ModuleCache, type ModuleFacts, type Modules } from "./module_cache.ts";
import { SubprocessPlacement } from "./placement.ts";
import { fileProblems, findConfig, readBrings } from "./plugin_files.ts";
import { SupervisedPlugin } from "./supervised_plugin.ts";

export interface SubprocessSettings {
  readonly limits: SubprocessLimits;
  readonly deno: string | undefined;
  readonly config: string | undefined;
  readonly wrap: WrapCommand | undefined;
  readonly fetch: boolean;
}

let bootstrapBytes: Uint8Array | undefined;

function bootstrap(): Uint8Array {
  return bootstrapBytes ??= new TextEncoder().encode(BOOTSTRAP);
}

const NO_LIMITERS: Limiters = { prlimit: false, setpriv: false };

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

async function succeeds(program: string, args: string[]): Promise<boolean> {
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
  const dying = ["--pdeathsig", "KILL", "--", "true"];
  const bounded = ["--core=0", "--"];
  const prlimit = may("prlimit") &&
    await succeeds("prlimit", [...bounded, "true"]);
  const setpriv = prlimit
    ? await succeeds("prlimit", [...bounded, "setpriv", ...dying])
    : may("setpriv") && await succeeds("setpriv", dying);
  return { prlimit, setpriv };
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
      hasPredicate: parts.hasPredicate,
      variable: parts.system.variable,
    });
  }

  readonly callingPlugin = undefined;

  kindOf(): RunnerKind {
    return "subprocess";
  }

  placeOf(plugin: ReadPlugin): Placement {
    return this.#placement.placeOf(plugin);
  }

  hostNeeds(
    _plugin: ReadPlugin,
    declared: ResolvedPermissions,
  ): ResolvedPermissions {
    return this.#placement.hostNeeds(declared);
  }

  importedAs(): undefined {
    // Each process reads the files anew.
    return undefined;
  }

  codeProblems(plugin: ReadPlugin): readonly Problem[] {
    const { code, manifest: { id } } = plugin;
    if (code.kind === "object") return [];
    if (isAsJudged(code)) return fileProblems(plugin, this.#settings.config);
    return [Object.freeze({
      code: "PLUGIN_SOURCE_UNREADABLE",
      message:
        `Cannot load plugin "${id}": its manifest changed after it was ` +
        "checked",
      remedy: "Enable the plugin, so that its manifest is checked again",
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
      permissions: this.#parts.grantsOf(plugin).granted,
      jsrHost: jsrHost(),
      brings: readBrings(code, config),
    };
  }

  #configOf({ directory }: ReadPlugin): string | undefined {
    const own = directory === undefined ? undefined : findConfig(directory);
    return own ?? this.#settings.config;
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
      onDisposed: () => this.#plugins.delete(supervised),
    });
    this.#plugins.add(supervised);
    try {
      return await supervised.open();
    } catch (thrown) {
      throw explainImport(plugin, thrown, modules);
    }
  }

  #limitsInForce(
    { prlimit, setpriv }: Limiters,
  ): Readonly<Record<string, number>> {
    const { memory, heap, openFiles, cpu, call } = this.#settings.limits;
    return Object.freeze({
      heap_mib: heap,
      call_ms: call,
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
    const { directory, manifest: { id } } = plugin;
    const { limits, wrap } = this.#settings;
    const config = this.#configOf(plugin);
    const permissions = this.#parts.grantsOf(plugin).granted;
    return makeCommand({
      id,
      code,
      codePaths: directory === undefined ? [] : [directory, ...OWN_FILES],
      config,
      permissions,
      jsrHost: jsrHost(),
      declaredEnv: this.#declaredEnv(plugin, permissions),
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

  [Symbol.dispose](): void {
    this.#cache?.[Symbol.dispose]();
    for (const plugin of this.#plugins) plugin.kill();
    this.#plugins.clear();
  }
}
