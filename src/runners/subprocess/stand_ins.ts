import type { ChannelOptions, RemoteFunction } from "./channel_options.ts";
import { DEFAULT_CREDIT, RemoteIteration } from "./iterations.ts";
import type { OutgoingCalls } from "./outgoing_calls.ts";
import type { Imported, References } from "./references.ts";
import type { ReferenceKind } from "./wire_format.ts";

/** Makes what stands for functions and iterables of the other process. */
export class StandIns {
  readonly #calls: OutgoingCalls;
  readonly #references: References;
  readonly #checkOpen: () => void;
  readonly #limitCall: ChannelOptions["limitCall"];

  /** `checkOpen` throws if the channel is closed. */
  constructor(
    calls: OutgoingCalls,
    references: References,
    checkOpen: () => void,
    limitCall: ChannelOptions["limitCall"],
  ) {
    this.#limitCall = limitCall;
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
    const name = "callback";
    const call = async (...args: unknown[]): Promise<unknown> => {
      const target = String(this.#use(imported));
      const start = (signal?: AbortSignal) =>
        this.#calls.call({ kind: "f", target, name }, args, { signal });
      return await (this.#limitCall?.(name, start) ?? start());
    };
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
