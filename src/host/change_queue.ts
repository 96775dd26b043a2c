/** Orders the changes of a host: changes of unrelated plugins run concurrently. */

/** The plugins that a change concerns; `"all"` for a change of the whole host. */
export type Claim =
  | "all"
  | Readonly<{
    /** The plugins that it starts, ends or configures. */
    changes: ReadonlySet<string>;
    /** The plugins that must not change meanwhile. */
    uses: ReadonlySet<string>;
  }>;

/** The right to change the claimed plugins, until it is disposed. */
export interface Turn extends Disposable {
  /** Narrows the claim. The function is called when another change waits. */
  narrow(claim: () => Claim): void;
}

interface Member {
  /** Returns the claim, which may become known while the change waits. */
  claim: () => Claim;
  /** Starts the turn; `undefined` after that. */
  start: (() => void) | undefined;
}

function isApart(one: ReadonlySet<string>, other: ReadonlySet<string>) {
  return one.size === 0 || other.size === 0 || one.isDisjointFrom(other);
}

function conflict(one: Claim, other: Claim): boolean {
  if (one === "all" || other === "all") return true;
  return !isApart(one.changes, other.changes) ||
    !isApart(one.changes, other.uses) || !isApart(one.uses, other.changes);
}

/** A queue whose members can leave it while they wait. */
export class ChangeQueue {
  readonly #members = new Set<Member>();

  /** Waits until no earlier change conflicts with this one, or the signal is aborted. */
  async enter(claim: () => Claim, signal: AbortSignal): Promise<Turn> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const member: Member = { claim, start: resolve };
    const abandon = () => {
      this.#leave(member);
      reject(signal.reason);
    };
    this.#members.add(member);
    signal.addEventListener("abort", abandon, { once: true });
    this.#advance();
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", abandon);
    }
    // The signal may be aborted between the grant and the start of the turn.
    signal.throwIfAborted();
    return {
      narrow: (narrower) => {
        member.claim = narrower;
        // Without a waiting change, the claim is not needed.
        if (this.#members.size > 1) this.#advance();
      },
      [Symbol.dispose]: () => this.#leave(member),
    };
  }

  /** Makes a change in its turn. */
  async run<Result>(
    claim: () => Claim,
    signal: AbortSignal,
    change: (turn: Turn) => Promise<Result>,
  ): Promise<Result> {
    const turn = await this.enter(claim, signal);
    try {
      return await change(turn);
    } finally {
      turn[Symbol.dispose]();
    }
  }

  #leave(member: Member): void {
    this.#members.delete(member);
    this.#advance();
  }

  #advance(): void {
    const before: Claim[] = [];
    for (const member of this.#members) {
      const claim = member.claim();
      if (
        member.start !== undefined &&
        !before.some((other) => conflict(other, claim))
      ) {
        member.start();
        member.start = undefined;
        member.claim = () => claim;
      }
      before.push(claim);
    }
  }
}
