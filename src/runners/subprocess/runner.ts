/** Runs each plugin in a process of its own. */

import type { Problem } from "../../base/errors.ts";
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
import { SubprocessPlacement } from "./placement.ts";
import { fileProblems, findConfig, readBrings } from "./plugin_files.ts";
import { SupervisedPlugin } from "./supervised_plugin.ts";

export interface SubprocessSettings {
  readonly limits: SubprocessLimits;
  readonly deno: string | undefined;
  readonly config: string | undefined;
  readonly wrap: WrapCommand | undefined;
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

export class SubprocessRunner implements Runner {
  readonly #settings: SubprocessSettings;
  readonly #parts: RunnerParts;
  readonly #placement: SubprocessPlacement;
  readonly #plugins = new Set<SupervisedPlugin>();
  #limiters: Promise<Limiters> | undefined;

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

  async prepare(): Promise<void> {
    await (this.#limiters ??= findLimiters(this.#parts.system.query));
  }

  async open(plugin: ReadPlugin): Promise<OpenPlugin> {
    const limiters =
      await (this.#limiters ??= findLimiters(this.#parts.system.query));
    const supervised = new SupervisedPlugin({
      plugin,
      parts: this.#parts,
      limits: this.#settings.limits,
      limitsInForce: this.#limitsInForce(limiters),
      command: (code, mark) => this.#command(plugin, code, mark, limiters),
      problems: () => this.codeProblems(plugin),
      bootstrap: bootstrap(),
      onDisposed: () => this.#plugins.delete(supervised),
    });
    this.#plugins.add(supervised);
    return await supervised.open();
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
  ): CommandResult {
    const { directory, manifest: { id } } = plugin;
    const { limits, wrap } = this.#settings;
    const own = directory === undefined ? undefined : findConfig(directory);
    const config = own ?? this.#settings.config;
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
    for (const plugin of this.#plugins) plugin.kill();
    this.#plugins.clear();
  }
}
