import type { Clock } from "../base/timing.ts";

const MINUTE = 60_000;
const MAX_FAILURES = 5;
const MAX_FAILURES_OF_ALL = 50;
const MAX_CLIENTS = 10_000;

interface Failures {
  count: number;
  readonly until: number;
}

/** Limits failed attempts to sign in, for each client and for all together. */
export class SignInLimit {
  readonly #clock: Pick<Clock, "elapsed">;
  #ofClients = new Map<string, Failures>();
  #ofAll: Failures | undefined;

  constructor(clock: Pick<Clock, "elapsed">) {
    this.#clock = clock;
  }

  #inForce(failures: Failures | undefined): Failures | undefined {
    return failures !== undefined && this.#clock.elapsed() < failures.until
      ? failures
      : undefined;
  }

  /** Returns the seconds that a client has to wait; 0 if it may try. */
  waitOf(client: string): number {
    const own = this.#inForce(this.#ofClients.get(client));
    const all = this.#inForce(this.#ofAll);
    const until = Math.max(
      own !== undefined && own.count >= MAX_FAILURES ? own.until : 0,
      all !== undefined && all.count >= MAX_FAILURES_OF_ALL ? all.until : 0,
    );
    return Math.max(0, Math.ceil((until - this.#clock.elapsed()) / 1_000));
  }

  /** Counts a failed attempt. */
  fail(client: string): void {
    const until = this.#clock.elapsed() + MINUTE;
    if (this.#ofClients.size >= MAX_CLIENTS) this.#ofClients = new Map();
    const own = this.#inForce(this.#ofClients.get(client)) ??
      { count: 0, until };
    own.count++;
    this.#ofClients.set(client, own);
    this.#ofAll = this.#inForce(this.#ofAll) ?? { count: 0, until };
    this.#ofAll.count++;
  }

  /** Forgets the failures of a client that signed in. */
  succeed(client: string): void {
    this.#ofClients.delete(client);
  }
}
