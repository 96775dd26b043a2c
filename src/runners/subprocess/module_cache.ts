/** Has Deno fetch the modules that plugins bring. Runs no code of a plugin. */

import { comparablePath, isIn, joinFilePath } from "../../base/path.ts";
import { describeThrown, onOneLine } from "../../base/text.ts";
import { type Clock, withTimeLimit } from "../../base/timing.ts";
import type { ModuleCode } from "../../manifest/manifest.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import {
  type Brings,
  importFlags,
  type Limiters,
  lockFlags,
  NET_VARIABLES,
  passedVariables,
  REGISTRY_VARIABLES,
} from "./command.ts";
import { readText, setsAge } from "./plugin_files.ts";

/** Everything about a plugin that decides which modules are fetched, and how. */
export interface ModuleFacts {
  readonly code: ModuleCode;
  /** Its directory, without symbolic links. */
  readonly directory: string | undefined;
  /** The `deno.json` that its imports are resolved by. */
  readonly config: string | undefined;
  /** The `deno.lock` that pins all that it brings; `undefined` if none does. */
  readonly denoLock: string | undefined;
  readonly permissions: PermissionSet;
  readonly jsrHost: string;
  readonly brings: Brings;
}

/** The reason why modules were not fetched, and what to do. */
export type FetchFault = Readonly<{ reason: string; remedy: string }>;

/** What is known of the modules of a plugin, before its process starts. */
export interface Modules {
  /**
   * Versions that are younger are not taken. A later process must not choose
   * another version, which is not in the cache.
   */
  readonly newest: string | undefined;
  /** The reason why some may be missing in the cache. */
  readonly fault: FetchFault | undefined;
}

export interface ModuleCacheOptions {
  readonly deno: string;
  /** True if the application lets modules be fetched. */
  readonly mayFetch: boolean;
  /** The time for one plugin, in milliseconds. */
  readonly limit: number;
  readonly limiters: Limiters;
  readonly clock: Clock;
  /** Reads a variable of the host. */
  readonly variable: (name: string) => string | undefined;
  readonly mask: (text: string) => string;
}

/** The age below which Deno 2.9 takes no version of a package. */
const LEAST_AGE = 86_400_000;
const MAX_WORDS = 16_384;
/** The programs that run at a time. */
const AT_ONCE = 4;
/** Graphs of modules are larger than one plugin may be. */
const DATA_BYTES = 2_147_483_648;
const NOTHING: Modules = Object.freeze({ newest: undefined, fault: undefined });

/** Deno reads the graph of a test without running it, and without modules for types. */
const AS_TEST = ["test", "--no-run", "--no-check"];
const AS_ENTRY = ["install", "--entrypoint"];
/** Its configuration keeps the module from being a test. */
const NO_TEST_REGEXP = /^error: (?:No test modules found|Invalid test config)/m;

const CREDENTIALS = ["DENO_AUTH_TOKENS", "DENO_TLS_CA_STORE"];
const NPMRC = ".npmrc";

/** Describes why a plugin could decide at run time what is asked of a registry. */
function ownFault(
  { directory, config, permissions: { write = [] } }: ModuleFacts,
): FetchFault | undefined {
  if (directory === undefined) return undefined;
  const own = comparablePath(directory);
  const canWrite = write === true || write.map(comparablePath)
    .some((path) => path === own || isIn(path, own) || isIn(own, path));
  const remedy =
    "Run deno cache with its module, for Deno does not fetch for such a plugin";
  if (canWrite) {
    return {
      reason: "it may write into its own directory, and so name what is sent " +
        "to a registry",
      remedy,
    };
  }
  if (config === undefined || !isIn(config, directory)) return undefined;
  // Deno replaces variables in it, which may then be sent to any server.
  const npmrc = joinFilePath(directory, NPMRC);
  return readText(npmrc) === undefined && !exists(npmrc)
    ? undefined
    : { reason: `it brings a file "${NPMRC}" of its own`, remedy };
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (thrown) {
    // What may not be read may be there.
    return !(thrown instanceof Deno.errors.NotFound);
  }
}

/** Lists the variables that the `.npmrc` files of the application name. */
function npmrcVariables(
  { config, directory }: ModuleFacts,
  home: string | undefined,
): readonly string[] {
  const isOwn = config !== undefined && directory !== undefined &&
    isIn(config, directory);
  const folders = [
    config === undefined || isOwn
      ? undefined
      : config.replace(/[\\/][^\\/]*$/, ""),
    home,
  ].filter((folder) => folder !== undefined);
  return folders
    .map((folder) => readText(joinFilePath(folder, NPMRC)) ?? "")
    .flatMap((text) => [...text.matchAll(/\$\{([^}?]+)\??\}/g)])
    .map(([, name = ""]) => name);
}

/** Returns the first lines of Deno's error, without the hints for its own users. */
function wordsOf(stderr: string): string {
  const [text = ""] = stderr.replace(/^[^]*?^error: /m, "")
    .split(/\n\n?(?:Stack backtrace:|hint: )/);
  return onOneLine(text.trim(), 600);
}

async function readWords(
  stream: ReadableStream<Uint8Array>,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of stream) {
    if (text.length < MAX_WORDS) text += decoder.decode(bytes);
  }
  return text.slice(0, MAX_WORDS);
}

export class ModuleCache implements Disposable {
  readonly #options: ModuleCacheOptions;
  readonly #running = new Set<Deno.ChildProcess>();
  #isClosed = false;

  constructor(options: ModuleCacheOptions) {
    this.#options = options;
  }

  /** Has the modules of many plugins in the cache. Never rejects. */
  async ensureAll(all: readonly ModuleFacts[]): Promise<readonly Modules[]> {
    const found: Modules[] = [];
    for (let at = 0; at < all.length; at += AT_ONCE) {
      const some = all.slice(at, at + AT_ONCE);
      found.push(
        ...await Promise.all(some.map((facts) => this.ensure(facts))),
      );
    }
    return found;
  }

  /** Has the modules of a plugin in the cache. Never rejects. */
  async ensure(facts: ModuleFacts): Promise<Modules> {
    const { brings, config } = facts;
    if (!brings.npm && !brings.remote) return NOTHING;
    const { mayFetch, clock } = this.#options;
    const newest = config !== undefined && setsAge(config)
      ? undefined
      : new Date(clock.now() - LEAST_AGE).toISOString();
    if (!mayFetch) {
      const remedy =
        "Run deno cache with its module, or leave out fetch: false";
      const reason = "the option fetch is false";
      return { newest, fault: { reason, remedy } };
    }
    const missing = await this.#run(facts, newest, true);
    if (missing === undefined) return { newest, fault: undefined };
    const fault = ownFault(facts) ?? await this.#run(facts, newest, false);
    return { newest, fault };
  }

  async #run(
    facts: ModuleFacts,
    newest: string | undefined,
    isOffline: boolean,
  ): Promise<FetchFault | undefined> {
    const isFile = facts.code.specifier.startsWith("file:");
    const [first, second] = isFile ? [AS_TEST, AS_ENTRY] : [AS_ENTRY, AS_ENTRY];
    const words = await this.#start(first, facts, newest, isOffline);
    const last = words !== undefined && NO_TEST_REGEXP.test(words)
      ? await this.#start(second, facts, newest, isOffline)
      : words;
    return last === undefined ? undefined : {
      reason: this.#options.mask(wordsOf(last)),
      remedy: /newer than the specified minimum dependency date/.test(last)
        ? "Wait until the version is 24 hours old, or set " +
          '"minimumDependencyAge" in the deno.json that applies to the plugin'
        : "See what Deno says, or run deno cache with its module while the " +
          "network is in reach",
    };
  }

  /** Runs Deno, and returns the error that it wrote, if it did not succeed. */
  async #start(
    start: readonly string[],
    facts: ModuleFacts,
    newest: string | undefined,
    isOffline: boolean,
  ): Promise<string | undefined> {
    const { clock, limit } = this.#options;
    if (this.#isClosed) return "error: the host was closed";
    let child: Deno.ChildProcess;
    try {
      child = this.#spawn(start, facts, newest, isOffline);
    } catch (thrown) {
      return `error: ${describeThrown(thrown)}`;
    }
    this.#running.add(child);
    const ended = Promise.all([child.status, readWords(child.stderr)])
      .finally(() => this.#running.delete(child));
    const limited = await withTimeLimit(ended, limit, clock);
    if (limited.kind === "late") {
      kill(child);
      await limited.eventually;
      return `error: it took longer than limits.fetch, ${limit} ms`;
    }
    const [{ success }, words] = limited.value;
    return success ? undefined : words;
  }

  #spawn(
    start: readonly string[],
    facts: ModuleFacts,
    newest: string | undefined,
    isOffline: boolean,
  ): Deno.ChildProcess {
    const { deno, limiters: { prlimit, setpriv } } = this.#options;
    const { code, config } = facts;
    const [program = deno, ...args] = [
      ...prlimit ? ["prlimit", `--data=${DATA_BYTES}`, "--core=0", "--"] : [],
      ...setpriv ? ["setpriv", "--pdeathsig", "KILL", "--"] : [],
      deno,
      ...start,
      "--quiet",
      ...lockFlags(facts),
      // Scripts of packages only run where packages are in a folder of their own.
      "--node-modules-dir=none",
      ...config === undefined ? ["--no-config"] : [`--config=${config}`],
      ...isOffline ? ["--cached-only"] : [],
      ...importFlags({ ...facts, newest }),
      code.specifier,
    ];
    return new Deno.Command(program, {
      args,
      env: this.#environmentOf(facts),
      clearEnv: true,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  }

  #environmentOf(facts: ModuleFacts): Record<string, string> {
    const { variable } = this.#options;
    const env: Record<string, string> = {
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
    };
    const names = [
      ...passedVariables({}, Deno.build.os),
      ...NET_VARIABLES,
      ...REGISTRY_VARIABLES,
      ...CREDENTIALS,
      ...npmrcVariables(facts, variable("HOME")),
    ];
    for (const name of names) {
      const value = variable(name);
      if (value !== undefined) env[name] = value;
    }
    return env;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const child of this.#running) kill(child);
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}
