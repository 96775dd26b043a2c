/**
 * Contains errors and rejections that a plugin left unhandled: they end the
 * plugin, not the process.
 *
 * @module
 */

import type { ReadPlugin } from "../manifest/found_plugin.ts";
import { toFileUrl } from "../manifest/file_url.ts";
import type { Attribution } from "../runners/attribution.ts";

/** Something that a plugin left unhandled. */
export interface Crash {
  /** The plugin. */
  readonly id: string;
  /** What it is. */
  readonly kind: "error" | "rejection";
  /** What was thrown. */
  readonly reason: unknown;
}

/** The URL that the modules of a plugin begin with. */
function codeBase({ code, directory }: ReadPlugin): string | undefined {
  if (directory !== undefined) return `${toFileUrl(directory).href}/`;
  if (code.kind === "module" && URL.canParse(".", code.specifier)) {
    return new URL(".", code.specifier).href;
  }
  return undefined;
}

/**
 * Listens for what nobody handles, and says whose it is.
 *
 * A rejection is known by the asynchronous context that it was made in, whatever
 * was thrown. That context is not to be trusted for an error in a timer or a
 * listener: such an error is known by the file that V8 says it was thrown in.
 * The text of a stack is never read: it can be forged. What nobody can be named
 * for is left alone, and ends the process as ever.
 */
export class CrashGuard implements Disposable {
  readonly #attribution: Attribution;
  readonly #onCrash: (crash: Crash) => void;
  readonly #bases = new Map<string, string>();
  readonly #listening = new AbortController();

  /**
   * Begins to listen.
   *
   * @param attribution Knows whose code is running.
   * @param onCrash Takes what was contained.
   */
  constructor(attribution: Attribution, onCrash: (crash: Crash) => void) {
    this.#attribution = attribution;
    this.#onCrash = onCrash;
    const { signal } = this.#listening;
    addEventListener("unhandledrejection", (event) => {
      const id = this.#attribution.current;
      if (id === undefined) return;
      event.preventDefault();
      this.#onCrash({ id, kind: "rejection", reason: event.reason });
    }, { signal });
    addEventListener("error", (event) => {
      const id = this.#ownerOf(event.filename);
      if (id === undefined) return;
      event.preventDefault();
      this.#onCrash({ id, kind: "error", reason: event.error });
    }, { signal });
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
  }
}
