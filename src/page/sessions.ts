/** The sessions of people who signed in, in the memory of this process. */

import type { Clock } from "../base/timing.ts";

export interface Session {
  /** The name that the person signed in with, if any. Nobody checked it. */
  readonly name: string | undefined;
  /** Sent back by every form: another site does not know it. */
  readonly csrf: string;
  /** Aborted when the session ends. */
  readonly signal: AbortSignal;
  /** Keeps a sentence for the next page that the person sees. */
  setMessage(message: string): void;
  /** Returns that sentence, once. */
  takeMessage(): string | undefined;
}

interface KnownSession extends Session {
  readonly end: AbortController;
  readonly until: number;
}

/** The time after which a person must sign in again, in milliseconds. */
export const SESSION_TIME = 12 * 3_600_000;

// The oldest one ends when there are more.
const MAX_SESSIONS = 100;

function randomText(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

export class Sessions implements Disposable {
  readonly #clock: Pick<Clock, "elapsed">;
  readonly #known = new Map<string, KnownSession>();

  constructor(clock: Pick<Clock, "elapsed">) {
    this.#clock = clock;
  }

  /** Begins a session, and returns the value of its cookie. */
  begin(name?: string): string {
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= MAX_SESSIONS) {
      this.end(oldest);
    }
    const id = randomText();
    const end = new AbortController();
    let said: string | undefined;
    this.#known.set(id, {
      name,
      setMessage: (message) => said = message,
      takeMessage() {
        const message = said;
        said = undefined;
        return message;
      },
      csrf: randomText(),
      signal: end.signal,
      end,
      until: this.#clock.elapsed() + SESSION_TIME,
    });
    return id;
  }

  // The id has 256 random bits: the time of a look-up reveals nothing useful.
  get(id: string | undefined): Session | undefined {
    if (id === undefined) return undefined;
    const session = this.#known.get(id);
    if (session === undefined) return undefined;
    if (this.#clock.elapsed() < session.until) return session;
    this.end(id);
    return undefined;
  }

  end(id: string): void {
    this.#known.get(id)?.end.abort();
    this.#known.delete(id);
  }

  [Symbol.dispose](): void {
    for (const id of [...this.#known.keys()]) this.end(id);
  }
}
