/**
 * Contains errors and rejections that a plugin left unhandled: they end the
 * plugin, not the process.
 *
 * When a timer throws, its asynchronous context is gone before the error is
 * reported; what the engine says before it calls the timer is what is left.
 *
 * @module
 */

import { warnOnStderr } from "../../base/stderr.ts";
import { toFileUrl } from "../../base/file_url.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import type { Crash } from "../runner.ts";
import type { Attribution, Owner } from "./attribution.ts";
import { describeThrown } from "../../base/text.ts";
import { judgeCrash, type Suspects, type Testimony } from "./crash_owners.ts";
import { codeUrl, filesOf, isMadeAt } from "./error_files.ts";

/** A timer whose callback was called and did not return. */
export interface RunningTimer {
  /** The plugin that set it; nobody where the host did. */
  readonly owner: Owner | undefined;
}

/** Knows whose timer is running. */
export class TimerWatch implements Disposable {
  readonly #stop: () => void;
  #running: RunningTimer | undefined;

  private constructor(stop: () => void) {
    this.#stop = stop;
  }

  /**
   * Begins to watch. An engine that says nothing about timers has none that run.
   *
   * @param attribution Knows whose code is running.
   * @returns The watch.
   */
  static async create(attribution: Attribution): Promise<TimerWatch> {
    const { createHook } = await import("node:async_hooks");
    const hook = createHook({
      before: () => watch.#running = { owner: attribution.owner },
      after: () => watch.#running = undefined,
    });
    const watch = new TimerWatch(() => hook.disable());
    hook.enable();
    return watch;
  }

  /**
   * The timer that an error is of: the one that was called last and did not
   * return. Forgets it, unless it goes on and returns by itself: a listener that
   * it called may have thrown.
   *
   * @returns The timer, or `undefined`.
   */
  takeRunning(): RunningTimer | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    queueMicrotask(() => {
      if (this.#running === running) this.#running = undefined;
    });
    return running;
  }

  /** Watches no more. */
  [Symbol.dispose](): void {
    this.#stop();
  }
}

/** A crash, and how well its owner is known. */
type Finding = Crash & {
  /** True when the plugin ran, and not only its files are named. */
  readonly isDirect: boolean;
};

/** The URL that the modules of a plugin begin with. */
function codeBase({ code, directory }: ReadPlugin): string | undefined {
  // The directory of a builtin may well be that of the application itself.
  if (code.kind === "object") return undefined;
  if (directory !== undefined) return `${toFileUrl(directory).href}/`;
  return URL.canParse(".", code.specifier)
    ? new URL(".", code.specifier).href
    : undefined;
}

// One pair of listeners for all hosts, before any listener of a plugin of any
// of them: Deno ends when a listener for `error` throws.
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
  // A listener of a plugin may throw again, or hide the error.
  event.stopImmediatePropagation();
  one.guard.tell(one.finding);
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  for (const type of ["error", "unhandledrejection"]) {
    addEventListener(type, contain, { capture: true });
  }
}

/** Options of {@linkcode CrashGuard}. */
export interface CrashGuardOptions {
  /** Knows whose code is running. */
  readonly attribution: Attribution;
  /** Takes what was contained. */
  readonly onCrash: (crash: Crash) => void;
  /** True when the host called a plugin under a lease. */
  readonly wasLeased: (id: string) => boolean;
}

/**
 * Listens for what nobody handles, and finds the plugin that it is of, as
 * {@linkcode judgeCrash} decides. The witnesses are the asynchronous context,
 * the timer that {@linkcode TimerWatch} kept, and the files that the engine
 * names. No plugin is named by the text of a stack, which can be forged. What
 * nobody can be named for is left alone, and ends the process as ever.
 */
export class CrashGuard implements Disposable, Suspects {
  readonly #options: CrashGuardOptions;
  readonly #timers: TimerWatch;
  readonly #bases = new Map<string, string>();
  readonly #withFiles = new Set<string>();
  readonly #neighbours = new Map<string, Set<string>>();

  private constructor(options: CrashGuardOptions, timers: TimerWatch) {
    this.#options = options;
    this.#timers = timers;
    guards.add(this);
    listen();
  }

  /**
   * Begins to listen.
   *
   * @param options What it works with.
   * @returns The guard.
   */
  static async create(options: CrashGuardOptions): Promise<CrashGuard> {
    const timers = await TimerWatch.create(options.attribution);
    return new CrashGuard(options, timers);
  }

  /**
   * Makes a plugin's code known, before it is imported.
   *
   * @param plugin The plugin.
   */
  watch(plugin: ReadPlugin): void {
    const base = codeBase(plugin);
    if (base === undefined) return;
    this.#bases.set(base, plugin.manifest.id);
    this.#withFiles.add(plugin.manifest.id);
  }

  /**
   * Remembers that one plugin was given another: from now on the code of each
   * may run in the calls of the other.
   *
   * @param id The one.
   * @param other The other.
   */
  connect(id: string, other: string): void {
    this.#neighboursOf(id).add(other);
    this.#neighboursOf(other).add(id);
  }

  #neighboursOf(id: string): Set<string> {
    const known = this.#neighbours.get(id);
    if (known !== undefined) return known;
    const neighbours = new Set<string>();
    this.#neighbours.set(id, neighbours);
    return neighbours;
  }

  /** @inheritdoc */
  neighboursOf(id: string): readonly string[] {
    return [...this.#neighbours.get(id) ?? []];
  }

  /** @inheritdoc */
  hasFiles(id: string): boolean {
    return this.#withFiles.has(id);
  }

  /** @inheritdoc */
  wasLeased(id: string): boolean {
    return this.#options.wasLeased(id);
  }

  /** @inheritdoc */
  ownerOf(file: string): string | undefined {
    // From the file up: a plugin may lie within the directory of another.
    let end = file.lastIndexOf("/");
    while (end > 0) {
      const id = this.#bases.get(file.slice(0, end + 1));
      if (id !== undefined) return id;
      end = file.lastIndexOf("/", end - 1);
    }
    return undefined;
  }

  /**
   * Finds the plugin that an error or a rejection is of. Never throws.
   *
   * @param event What nobody handled.
   * @returns What was found; `undefined` when it is of no plugin of this host.
   */
  judge(event: Event): Finding | undefined {
    try {
      if (event instanceof PromiseRejectionEvent) {
        return this.#judgeRejection(event);
      }
      return event instanceof ErrorEvent ? this.#judgeError(event) : undefined;
    } catch {
      // A plugin may dispatch an event of its own making.
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
    // A timer throws in the context of whoever ran last.
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

  #find(reason: unknown, testimony: Testimony): Finding | undefined {
    const verdict = judgeCrash(testimony, this);
    const { kind, runs } = testimony;
    return verdict.kind === "nobody"
      ? undefined
      : { verdict, kind, reason, isDirect: runs !== undefined };
  }

  /**
   * Tells the host of a crash. Never throws.
   *
   * @param crash The crash.
   */
  tell(crash: Crash): void {
    const { attribution, onCrash } = this.#options;
    try {
      // What the host does now is not the plugin's.
      attribution.outside(() => onCrash(crash));
    } catch (thrown) {
      warnOnStderr(
        `A crash of a plugin could not be handled: ${describeThrown(thrown)}`,
      );
    }
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    guards.delete(this);
    this.#timers[Symbol.dispose]();
  }
}
