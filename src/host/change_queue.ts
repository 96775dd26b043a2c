/**
 * The order in which the plugins of a host are changed: changes that concern
 * different plugins go side by side, any others in the order of asking.
 *
 * @module
 */

/** The plugins that a change concerns; `"all"` for a change of the whole host. */
export type Claim =
  | "all"
  | Readonly<{
    /** The plugins that it starts, ends or configures. */
    changes: ReadonlySet<string>;
    /** The plugins that must stay as they are meanwhile. */
    uses: ReadonlySet<string>;
  }>;

/** The right to change what was claimed, until it is disposed. */
export interface Turn extends Disposable {
  /** Gives up all that the narrower claim, found when it matters, does not name. */
  narrow(claim: () => Claim): void;
}

interface Member {
  /** Finds the claim; a change that waits may know it only later. */
  claim: () => Claim;
  /** Begins the turn; `undefined` once it has begun. */
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

  /**
   * Waits until no earlier change conflicts with this one.
   *
   * @param claim Finds the plugins that the change concerns; called again while
   * it waits.
   * @param signal Ends the wait, with its reason as the rejection.
   * @returns The turn.
   */
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
    // Ended after its turn was granted and before it began.
    signal.throwIfAborted();
    return {
      narrow: (narrower) => {
        member.claim = narrower;
        // Nobody waits: nothing has to be found out.
        if (this.#members.size > 1) this.#advance();
      },
      [Symbol.dispose]: () => this.#leave(member),
    };
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
