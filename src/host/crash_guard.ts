/**
 * Contains errors and rejections that a plugin left unhandled: they end the
 * plugin, not the process.
 *
 * When a timer throws, its asynchronous context is gone before the error is
 * reported; what the engine says before it calls the timer is what is left.
 *
 * @module
 */

import { toFileUrl } from "../manifest/file_url.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { Attribution } from "../runners/attribution.ts";

/** A timer whose callback was called and did not return. */
export interface RunningTimer {
  /** The plugin that set it; nobody where the host did. */
  readonly owner: string | undefined;
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
      before: () => watch.#running = { owner: attribution.current },
      after: () => watch.#running = undefined,
    });
    const watch = new TimerWatch(() => hook.disable());
    hook.enable();
    return watch;
  }

  /**
   * The timer that an error is of: the one that was called last, where it did
   * not return. Forgets it, as it will not return any more.
   *
   * @returns The timer, or `undefined`.
   */
  takeRunning(): RunningTimer | undefined {
    const running = this.#running;
    this.#running = undefined;
    return running;
  }

  /** Watches no more. */
  [Symbol.dispose](): void {
    this.#stop();
  }
}

/** Something that a plugin left unhandled. */
export interface Crash {
  /** The plugin; several where it is one of these, and nobody can tell which. */
  readonly ids: readonly string[];
  /** What it is. */
  readonly kind: "error" | "rejection";
  /** What was thrown. */
  readonly reason: unknown;
}

/** The URL that the modules of a plugin begin with. */
function codeBase({ code, directory }: ReadPlugin): string | undefined {
  // The directory of a builtin may well be that of the application itself.
  if (code.kind === "object") return undefined;
  if (directory !== undefined) return `${toFileUrl(directory).href}/`;
  return URL.canParse(".", code.specifier)
    ? new URL(".", code.specifier).href
    : undefined;
}

/** Whether a file is named: code of the engine is none, and says nothing. */
function isNamed(file: string | null): file is string {
  return file !== null && file !== "" && !file.startsWith("ext:");
}

/**
 * Listens for what nobody handles, and says whose it is.
 *
 * A rejection is known by the asynchronous context that it was made in, whatever
 * was thrown. For an error that context is not to be trusted: one in a timer is
 * known by who set the timer, which {@linkcode TimerWatch} kept, and any other by
 * the file that V8 says it was made in. The text of a stack is never read: it can
 * be forged. Where these disagree, a plugin threw what another made, or threw in
 * a listener that another called: neither is ended for it. What nobody can be
 * named for is left alone, and ends the process as ever.
 */
export class CrashGuard implements Disposable {
  readonly #attribution: Attribution;
  readonly #timers: TimerWatch;
  readonly #bases = new Map<string, string>();
  readonly #listening = new AbortController();

  private constructor(
    attribution: Attribution,
    timers: TimerWatch,
    onCrash: (crash: Crash) => void,
  ) {
    this.#attribution = attribution;
    this.#timers = timers;
    const { signal } = this.#listening;
    addEventListener("unhandledrejection", (event) => {
      const { current } = attribution;
      if (current === undefined) return;
      event.preventDefault();
      onCrash({ ids: [current], kind: "rejection", reason: event.reason });
    }, { signal });
    addEventListener("error", (event) => {
      const ids = this.#ownersOfError(event.filename);
      if (ids.length === 0) return;
      event.preventDefault();
      onCrash({ ids, kind: "error", reason: event.error });
    }, { signal });
  }

  /**
   * Begins to listen.
   *
   * @param attribution Knows whose code is running.
   * @param onCrash Takes what was contained.
   * @returns The guard.
   */
  static async create(
    attribution: Attribution,
    onCrash: (crash: Crash) => void,
  ): Promise<CrashGuard> {
    const timers = await TimerWatch.create(attribution);
    return new CrashGuard(attribution, timers, onCrash);
  }

  /**
   * Makes a plugin's code known, before it is imported.
   *
   * @param plugin The plugin.
   */
  watch(plugin: ReadPlugin): void {
    const base = codeBase(plugin);
    if (base !== undefined) this.#bases.set(base, plugin.manifest.id);
  }

  #ownersOfError(file: string | null): readonly string[] {
    const timer = this.#timers.takeRunning();
    const maker = isNamed(file) ? this.#ownerOf(file) : undefined;
    const runs = timer === undefined ? this.#attribution.current : timer.owner;
    if (maker !== undefined) {
      return runs === undefined || runs === maker ? [maker] : [runs, maker];
    }
    // Outside of a timer the context may be that of whoever ran last.
    return timer?.owner === undefined ? [] : [timer.owner];
  }

  #ownerOf(file: string): string | undefined {
    // From the file up: a plugin may lie within the directory of another.
    let end = file.lastIndexOf("/");
    while (end > 0) {
      const id = this.#bases.get(file.slice(0, end + 1));
      if (id !== undefined) return id;
      end = file.lastIndexOf("/", end - 1);
    }
    return undefined;
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    this.#listening.abort();
    this.#timers[Symbol.dispose]();
  }
}
