/** Contains unhandled errors and rejections of plugins: they end the plugin, not the process. */

import { type AsyncHook, createHook } from "node:async_hooks";
import { describeThrown, warnOnStderr } from "../../base/text.ts";
import { toFileUrl } from "../../base/path.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import type { Crash } from "../runner.ts";
import type { Attribution, Owner } from "./attribution.ts";
import { type Evidence, judgeCrash, type Suspects } from "./crash_owners.ts";
import { codeUrl, filesOf, isMadeAt } from "./error_files.ts";

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
