/** Tracks the plugins that start, crash and end. */

import type { Problem } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { Claim } from "./change_queue.ts";

/** The state of every plugin whose code was imported, live or not. */
export class Lives {
  readonly #known = new Map<string, ReadPlugin>();
  readonly #used = new Map<string, Set<string>>();
  readonly #starting = new Map<string, Promise<readonly Problem[]>>();
  readonly #crashes = new Map<string, readonly Problem[]>();
  readonly #endings = new Map<Promise<unknown>, readonly string[]>();
  #isEnding = false;

  /** True if plugins that are set up from now on are ended at once. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Ends every plugin that is set up from now on. */
  end(): void {
    this.#isEnding = true;
  }

  /** Remembers a plugin, before its code is imported. */
  begin(plugin: ReadPlugin): void {
    this.#known.set(plugin.manifest.id, plugin);
    this.#used.delete(plugin.manifest.id);
  }

  /** Finds a plugin whose code was imported. */
  find(id: string): ReadPlugin | undefined {
    return this.#known.get(id);
  }

  /** Remembers that a plugin got another by `context.use`. */
  use(id: string, other: string): void {
    const used = this.#used.get(id) ?? new Set();
    this.#used.set(id, used.add(other));
  }

  /** Lists the plugins that a plugin got by `context.use`. */
  usedBy(id: string): readonly string[] {
    return [...this.#used.get(id) ?? []];
  }

  /** Starts a plugin once, even if two concurrent changes require it. */
  startOnce(
    id: string,
    start: () => Promise<readonly Problem[]>,
  ): Promise<readonly Problem[]> {
    const begun = this.#starting.get(id);
    if (begun !== undefined) return begun;
    const starting = start().finally(() => this.#starting.delete(id));
    this.#starting.set(id, starting);
    return starting;
  }

  /** The ids of plugins that are being started. */
  get starting(): readonly string[] {
    return [...this.#starting.keys()];
  }

  /** Remembers why a plugin crashed or lost a requirement. */
  crash(id: string, problems: readonly Problem[]): void {
    this.#crashes.set(id, problems);
  }

  /** Returns the problems of a plugin that crashed since its last start. */
  crashOf(id: string): readonly Problem[] | undefined {
    return this.#crashes.get(id);
  }

  /** Forgets a crash, because the plugin starts again. */
  forgetCrash(id: string): void {
    this.#crashes.delete(id);
  }

  /** Tracks the disposal of crashed plugins until it is over. */
  ending(ended: Promise<unknown>, ids: readonly string[]): void {
    this.#endings.set(ended, ids);
    const forget = () => this.#endings.delete(ended);
    ended.then(forget, forget);
  }

  /** Waits for the disposal of crashed plugins that a change concerns. */
  async endingsOf(claim: () => Claim): Promise<void> {
    if (this.#endings.size === 0) return;
    const concerned = claim();
    const waited = [...this.#endings].filter(([, ids]) =>
      concerned === "all" ||
      ids.some((id) => concerned.changes.has(id) || concerned.uses.has(id))
    );
    await Promise.all(waited.map(([ended]) => ended));
  }
}
