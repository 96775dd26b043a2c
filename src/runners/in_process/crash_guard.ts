/**
 * Tracks whose code is running, and attributes errors that nobody caught to the
 * plugins that they come from. All plugins share one thread, so an unhandled error
 * does not name its plugin. The asynchronous context does.
 */

import {
  type AsyncHook,
  AsyncLocalStorage,
  createHook,
} from "node:async_hooks";
import { isAbsolutePath, toFileUrl } from "../../base/path.ts";
import { describeThrown, warnOnStderr } from "../../base/text.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import type { Clock } from "../../base/timing.ts";
import type { CallFollower, Crash } from "../runner.ts";

/** The plugin whose code is running. */
export interface Owner {
  readonly id: string;
  /** True in a call by the host under a lease, where the host's code runs too. */
  readonly isLease: boolean;
}

/** One call into a plugin. */
interface Frame extends Owner {
  isRunning: boolean;
  /** The call that made this one, if it is running. */
  outer: Frame | undefined;
}

function nearestRunning(frame: Frame | undefined): Frame | undefined {
  let at = frame;
  while (at !== undefined && !at.isRunning) at = at.outer;
  return at;
}

export class Attribution {
  readonly #storage = new AsyncLocalStorage<Frame | undefined>();
  #isClearing = false;

  /** Runs code of a plugin. */
  async run<Value>(
    id: string,
    callback: () => Value | PromiseLike<Value>,
  ): Promise<Value> {
    const frame = this.#frame(id, false);
    try {
      return await this.#storage.run(frame, callback);
    } finally {
      frame.isRunning = false;
      this.#clear();
    }
  }

  /**
   * Runs code of the host that uses a plugin. Its later callbacks belong to the
   * plugin, but the call itself may wait for the host.
   */
  lease<Args extends unknown[], Result>(
    id: string,
    callback: (...args: Args) => Result,
    ...args: Args
  ): Result {
    return this.#storage.run(this.#frame(id, true), callback, ...args);
  }

  /** Runs code of the host, even if it is called by a plugin. */
  outside<Result>(callback: () => Result): Result {
    return this.#storage.run(undefined, callback);
  }

  // Deno 2.9 runs everything without a context in that of the last import, even
  // one made by a plugin. This callback has no context either.
  #clear(): void {
    if (this.#isClearing) return;
    this.#isClearing = true;
    AbortSignal.timeout(0).addEventListener("abort", () => {
      this.#isClearing = false;
      this.#storage.enterWith(undefined);
    }, { once: true });
  }

  #frame(id: string, isLease: boolean): Frame {
    const outer = nearestRunning(this.#storage.getStore());
    // Calls that each begin in the previous one would form an endless chain.
    if (outer !== undefined) outer.outer = nearestRunning(outer.outer);
    return { id, isLease, isRunning: !isLease, outer };
  }

  /** The plugin whose code is running, also in a later callback. */
  get owner(): Owner | undefined {
    return this.#storage.getStore();
  }

  /**
   * The plugin whose call has not settled yet. If that call waits for the host,
   * it may wait for itself. A later callback is part of the call that made it.
   */
  get running(): string | undefined {
    return nearestRunning(this.#storage.getStore())?.id;
  }
}

// Following a call costs more than a call. This number in this period (ms) costs
// less than a thousandth of the time.
const FOLLOWED = 1_000;
const PERIOD = 1_000;

/** The number of calls that are not followed before the clock is read again. */
const SKIPPED = 64;

/** Follows as many calls as are cheap. */
export function followCalls(
  id: string,
  attribution: Attribution | undefined,
  clock: Clock,
): CallFollower {
  let left = FOLLOWED;
  let began = clock.elapsed();
  return {
    skip() {
      if (left === 0) {
        const now = clock.elapsed();
        if (now - began < PERIOD) return SKIPPED;
        began = now;
        left = FOLLOWED;
      }
      left--;
      return 0;
    },
    follow: (callback, ...args) =>
      attribution === undefined
        ? callback(...args)
        : attribution.lease(id, callback, ...args),
  };
}

// The engine's own getter, taken before a plugin can replace it.
const READ_STACK = Object.getOwnPropertyDescriptor(new Error(), "stack")?.get;
const ENGINE_REGEXP = /^(?:ext|node|native|internal):/;

/** Returns the URL of a file named by the engine; `undefined` for its own code. */
function codeUrl(file: unknown): string | undefined {
  if (typeof file !== "string" || file === "" || ENGINE_REGEXP.test(file)) {
    return undefined;
  }
  if (isAbsolutePath(file)) return toFileUrl(file).href;
  return URL.canParse(file) ? file : undefined;
}

function fileOf(site: unknown): unknown {
  const read: unknown = Reflect.get(Object(site), "getFileName");
  return typeof read === "function" ? Reflect.apply(read, site, []) : undefined;
}

function format(error: unknown, sites: readonly unknown[]): string {
  return [String(error), ...sites.map((site) => `    at ${String(site)}`)]
    .join("\n");
}

/**
 * Tests if the stack of an error contains the place that its event names. An error
 * without a stack gets the place of the code that dispatches it.
 */
function isMadeAt(
  { filename, lineno, colno, error }: ErrorEvent,
): boolean {
  if (typeof error !== "object" || error === null) return false;
  const stack: unknown = READ_STACK?.call(error);
  return typeof stack === "string" &&
    stack.includes(`${filename}:${lineno}:${colno}`);
}

/**
 * Returns the URLs of the files in the stack of an error, innermost first. Returns
 * `undefined` if the stack was already read or changed. Never reads its text,
 * which any holder of the error can change.
 */
export function filesOf(reason: unknown): readonly string[] | undefined {
  if (typeof reason !== "object" || reason === null) return undefined;
  let files: readonly string[] | undefined;
  const before = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const others: unknown = before?.value;
  function prepare(error: unknown, sites: unknown): unknown {
    if (error !== reason || !Array.isArray(sites)) return undefined;
    files = [
      ...new Set(
        sites.map((site) => codeUrl(fileOf(site)))
          .filter((url) => url !== undefined),
      ),
    ];
    // The returned value becomes the stack.
    return typeof others === "function"
      ? Reflect.apply(others, Error, [error, sites])
      : format(error, sites);
  }
  try {
    Object.defineProperty(Error, "prepareStackTrace", {
      value: prepare,
      configurable: true,
      writable: true,
    });
    READ_STACK?.call(reason);
  } catch {
    // A plugin may have frozen Error, or the error may throw when it is shown.
  } finally {
    if (before === undefined) {
      Reflect.deleteProperty(Error, "prepareStackTrace");
    } else Object.defineProperty(Error, "prepareStackTrace", before);
  }
  return files;
}

/** The evidence about an unhandled error or rejection. */
export interface Evidence {
  readonly kind: "error" | "rejection";
  /** The plugin in whose asynchronous context or timer it happened. */
  readonly runs: string | undefined;
  /** True if code of the host may have run there too. */
  readonly isShared: boolean;
  /** The files that the engine names, including those of the host. */
  readonly files: readonly string[];
  /** True if these certainly are the files of the code that made the error. */
  readonly isProven: boolean;
}

/** The plugins of a host. */
export interface Suspects {
  /** Finds the plugin that a file belongs to. */
  ownerOf(file: string): string | undefined;
  /** Tests if the files of a plugin are known. */
  hasFiles(id: string): boolean;
  /** Returns the plugins that a plugin uses, and those that use it. */
  neighborsOf(id: string): readonly string[];
  /** Tests if the host called a plugin under a lease. */
  wasLeased(id: string): boolean;
}

/** The plugin that caused it, several that may have, or none. */
export type Verdict =
  | { readonly kind: "nobody" }
  | { readonly kind: "clear"; readonly id: string }
  | { readonly kind: "unclear"; readonly ids: readonly string[] };

const NOBODY: Verdict = { kind: "nobody" };

function unclear(...ids: readonly string[]): Verdict {
  return { kind: "unclear", ids: [...new Set(ids)] };
}

/** Judges an error for which no plugin is known to have run. */
function judgeByFiles(
  { kind, isProven }: Evidence,
  makers: readonly string[],
  suspects: Suspects,
): Verdict {
  const [maker, ...others] = makers;
  if (maker === undefined) return NOBODY;
  if (kind === "rejection") {
    // The owner of a promise that the host got without a lease is unknown.
    if (!makers.some((id) => suspects.wasLeased(id))) return NOBODY;
    return others.length === 0
      ? { kind: "clear", id: maker }
      : unclear(...makers);
  }
  const neighbors = suspects.neighborsOf(maker);
  return isProven && others.length + neighbors.length === 0
    ? { kind: "clear", id: maker }
    : unclear(...makers, ...neighbors);
}

/**
 * Decides which plugin caused an error. The running plugin is enough, unless other
 * code could have run in between: then the files must name the same plugin.
 */
export function judgeCrash(evidence: Evidence, suspects: Suspects): Verdict {
  const { runs, files, isProven, isShared } = evidence;
  const owners = files.map((file) => suspects.ownerOf(file));
  const makers = [...new Set(owners.filter((id) => id !== undefined))];
  if (runs === undefined) return judgeByFiles(evidence, makers, suspects);
  const others = makers.filter((maker) => maker !== runs);
  if (others.length > 0) return unclear(runs, ...others);
  const isForeign = owners.includes(undefined);
  const neighbors = suspects.neighborsOf(runs);
  if (isProven && makers.length > 0) {
    // A neighbor without known files may own a file that no plugin owns.
    const hidden = isForeign
      ? neighbors.filter((id) => !suspects.hasFiles(id))
      : [];
    return hidden.length === 0
      ? { kind: "clear", id: runs }
      : unclear(runs, ...hidden);
  }
  const isOfHost = isShared && isForeign && suspects.hasFiles(runs);
  return neighbors.length === 0 && !isOfHost
    ? { kind: "clear", id: runs }
    : unclear(runs, ...neighbors);
}

/** A timer whose callback has not returned. */
interface RunningTimer {
  /** The plugin that set it; `undefined` if the host did. */
  readonly owner: Owner | undefined;
}

/**
 * Tracks whose timer is running. When a timer throws, its asynchronous context is
 * gone before the error is reported, so it is noted before each timer.
 */
class TimerWatch implements Disposable {
  readonly #hook: AsyncHook;
  #running: RunningTimer | undefined;

  constructor(attribution: Attribution) {
    this.#hook = createHook({
      before: () => this.#running = { owner: attribution.owner },
      after: () => this.#running = undefined,
    }).enable();
  }

  /**
   * Returns the timer that threw. Forgets it, unless it goes on and returns: then
   * a listener that it called has thrown.
   */
  takeRunning(): RunningTimer | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    queueMicrotask(() => {
      if (this.#running === running) this.#running = undefined;
    });
    return running;
  }

  [Symbol.dispose](): void {
    this.#hook.disable();
  }
}

/** A crash with the certainty of its owner. */
type Finding = Crash & {
  /** True if code of the plugin was running, not only found in the stack. */
  readonly isDirect: boolean;
};

/** Returns the common prefix of the URLs of a plugin's modules. */
function codeBase({ code, directory }: ReadPlugin): string | undefined {
  // The directory of a builtin may be that of the application.
  if (code.kind === "object") return undefined;
  if (directory !== undefined) return `${toFileUrl(directory).href}/`;
  if (code.resolved !== undefined) return code.resolved.base;
  return URL.canParse(".", code.specifier)
    ? new URL(".", code.specifier).href
    : undefined;
}

// All hosts share one pair of listeners, added before those of any plugin: Deno
// ends when a listener for `error` throws.
const guards = new Set<CrashGuard>();
let isListening = false;

function contain(event: Event): void {
  const found = [...guards].map((guard) => ({
    guard,
    finding: guard.judge(event),
  })).filter(({ finding }) => finding !== undefined);
  const one = found.find(({ finding }) => finding?.isDirect) ?? found[0];
  if (one?.finding === undefined) return;
  event.preventDefault();
  // A plugin's listener may throw again, or hide the error.
  event.stopImmediatePropagation();
  one.guard.report(one.finding);
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  for (const type of ["error", "unhandledrejection"]) {
    addEventListener(type, contain, { capture: true });
  }
}

export interface CrashGuardOptions {
  readonly attribution: Attribution;
  readonly onCrash: (crash: Crash) => void;
  /** Tests if the host called a plugin under a lease. */
  readonly wasLeased: (id: string) => boolean;
}

/**
 * Listens for unhandled errors and finds their plugins. The evidence is the
 * asynchronous context, the running timer and the files that the engine names,
 * never the text of a stack, which can be forged. An error without an owner is
 * left alone, and ends the process.
 */
export class CrashGuard implements Disposable, Suspects {
  readonly #options: CrashGuardOptions;
  readonly #timers: TimerWatch;
  readonly #bases = new Map<string, string>();
  readonly #withFiles = new Set<string>();
  readonly #neighbors = new Map<string, Set<string>>();

  constructor(options: CrashGuardOptions) {
    this.#options = options;
    this.#timers = new TimerWatch(options.attribution);
    guards.add(this);
    listen();
  }

  /** Remembers the location of a plugin's code, before it is imported. */
  watch(plugin: ReadPlugin): void {
    const base = codeBase(plugin);
    if (base === undefined) return;
    this.#bases.set(base, plugin.manifest.id);
    this.#withFiles.add(plugin.manifest.id);
  }

  connect(id: string, other: string): void {
    this.#addNeighbor(id, other);
    this.#addNeighbor(other, id);
  }

  #addNeighbor(id: string, other: string): void {
    const known = this.#neighbors.get(id);
    if (known === undefined) this.#neighbors.set(id, new Set([other]));
    else known.add(other);
  }

  neighborsOf(id: string): readonly string[] {
    return [...this.#neighbors.get(id) ?? []];
  }

  hasFiles(id: string): boolean {
    return this.#withFiles.has(id);
  }

  wasLeased(id: string): boolean {
    return this.#options.wasLeased(id);
  }

  ownerOf(file: string): string | undefined {
    // From the file up: a plugin may be in the directory of another.
    let end = file.lastIndexOf("/");
    while (end > 0) {
      const id = this.#bases.get(file.slice(0, end + 1));
      if (id !== undefined) return id;
      end = file.lastIndexOf("/", end - 1);
    }
    return undefined;
  }

  /** Finds the plugin of an error or a rejection. Never throws. */
  judge(event: Event): Finding | undefined {
    try {
      if (event instanceof PromiseRejectionEvent) {
        return this.#judgeRejection(event);
      }
      return event instanceof ErrorEvent ? this.#judgeError(event) : undefined;
    } catch {
      // A plugin may dispatch its own event.
      return undefined;
    }
  }

  #judgeRejection({ reason }: PromiseRejectionEvent): Finding | undefined {
    const { owner } = this.#options.attribution;
    const files = filesOf(reason);
    return this.#find(reason, {
      kind: "rejection",
      runs: owner?.id,
      isShared: owner?.isLease ?? false,
      files: files ?? [],
      isProven: files !== undefined,
    });
  }

  #judgeError(event: ErrorEvent): Finding | undefined {
    const timer = this.#timers.takeRunning();
    // A timer throws in the context of the code that ran last.
    const owner = timer === undefined
      ? this.#options.attribution.owner
      : timer.owner;
    const file = codeUrl(event.filename);
    return this.#find(event.error, {
      kind: "error",
      runs: owner?.id,
      isShared: timer === undefined || (owner?.isLease ?? false),
      files: file === undefined ? [] : [file],
      isProven: isMadeAt(event),
    });
  }

  #find(reason: unknown, evidence: Evidence): Finding | undefined {
    const verdict = judgeCrash(evidence, this);
    const { kind, runs } = evidence;
    return verdict.kind === "nobody"
      ? undefined
      : { verdict, kind, reason, isDirect: runs !== undefined };
  }

  /** Reports a crash to the host. Never throws. */
  report(crash: Crash): void {
    const { attribution, onCrash } = this.#options;
    try {
      attribution.outside(() => onCrash(crash));
    } catch (thrown) {
      warnOnStderr(
        `A crash of a plugin could not be handled: ${describeThrown(thrown)}`,
      );
    }
  }

  [Symbol.dispose](): void {
    guards.delete(this);
    this.#timers[Symbol.dispose]();
  }
}
