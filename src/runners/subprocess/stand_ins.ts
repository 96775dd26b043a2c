import type { RemoteFunction } from "./channel_options.ts";
import { DEFAULT_CREDIT, RemoteIteration } from "./iterations.ts";
import type { OutgoingCalls } from "./outgoing_calls.ts";
import type { Imported, References } from "./references.ts";
import type { ReferenceKind } from "./wire_format.ts";

/** Makes what stands for functions and iterables of the other process. */
export class StandIns {
  readonly #calls: OutgoingCalls;
  readonly #references: References;
  readonly #checkOpen: () => void;

  /** `checkOpen` throws if the channel is closed. */
  constructor(
    calls: OutgoingCalls,
    references: References,
    checkOpen: () => void,
  ) {
    this.#calls = calls;
    this.#references = references;
    this.#checkOpen = checkOpen;
  }

  make(
    kind: Exclude<ReferenceKind, "signal">,
    imported: () => Imported,
  ): object {
    switch (kind) {
      case "function":
        return this.#makeFunction(imported);
      case "iterable":
        return this.#makeIterable(imported);
      case "iterator":
        return this.#makeIteration(imported, undefined);
    }
  }

  /** Returns the number of a reference that can be used. */
  #use(imported: () => Imported): number {
    this.#checkOpen();
    const { id, isReleased } = imported();
    if (isReleased) {
      throw new TypeError("The reference to another process was disposed");
    }
    return id;
  }

  #makeFunction(imported: () => Imported): RemoteFunction {
    const call = async (...args: unknown[]): Promise<unknown> =>
      await this.#calls.call(
        { kind: "f", target: String(this.#use(imported)), name: "callback" },
        args,
        {},
      );
    const dispose = () => this.#references.release(imported());
    return Object.assign(call, { [Symbol.dispose]: dispose });
  }

  #makeIterable(imported: () => Imported): AsyncIterable<unknown> & Disposable {
    const iterable = {
      [Symbol.asyncIterator]: () => this.#makeIteration(imported, iterable),
      [Symbol.dispose]: () => this.#references.release(imported()),
    };
    return iterable;
  }

  /** Iterates over an iterable, which it keeps, or over a reference to an iterator. */
  #makeIteration(
    imported: () => Imported,
    iterable: object | undefined,
  ): RemoteIteration {
    return new RemoteIteration({
      open: (iteration, credit) =>
        this.#calls.open(iteration, this.#use(imported), credit),
      release: () => {
        if (iterable === undefined) this.#references.release(imported());
      },
    }, DEFAULT_CREDIT);
  }
}
