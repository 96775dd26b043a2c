import type { Clock } from "../../base/timing.ts";
import { type LimitsInForce, mostCallBytes } from "./channel_limits.ts";
import { LocalIteration } from "./iterations.ts";
import type { MessageSender } from "./message_sender.ts";
import type { References } from "./references.ts";
import { ServedCall } from "./served_call.ts";
import { Violation } from "./violation.ts";

/** The calls and iterations of the other process that are under way. */
export class ServedCalls {
  readonly #limits: LimitsInForce;
  readonly #sender: MessageSender;
  readonly #references: References;
  readonly #clock: Clock;
  #lastId = 0;
  readonly #served = new Map<number, ServedCall>();
  #iterations = 0;
  #bytes = 0;

  constructor(
    limits: LimitsInForce,
    sender: MessageSender,
    references: References,
    clock: Clock,
  ) {
    this.#limits = limits;
    this.#sender = sender;
    this.#references = references;
    this.#clock = clock;
  }

  get size(): number {
    return this.#served.size;
  }

  /**
   * Returns a call, unless it is over: a reply may have crossed the message.
   *
   * @throws {Violation} when there was none.
   */
  get(id: number): ServedCall | undefined {
    if (id > this.#lastId) throw new Violation("a message belongs to no call");
    return this.#served.get(id);
  }

  /**
   * Starts a call or an iteration.
   *
   * @throws {Violation} when too many are under way.
   */
  start(id: number, bytes: number, isIteration: boolean): ServedCall {
    if (id !== this.#lastId + 1) {
      throw new Violation("the numbers of its calls are out of order");
    }
    this.#lastId = id;
    this.#bytes += bytes;
    if (isIteration) this.#iterations++;
    const { incoming } = this.#limits;
    if (
      this.#iterations > incoming.calls ||
      this.#served.size - this.#iterations >= incoming.calls ||
      this.#bytes > mostCallBytes(incoming) + incoming.frameBytes
    ) throw new Violation("too many of its calls are under way");
    const served = new ServedCall(bytes);
    this.#served.set(id, served);
    return served;
  }

  /** Runs a call, and replies with what it returns or throws. */
  run(id: number, call: () => unknown): void {
    let result: unknown;
    try {
      result = call();
      if (!isThenable(result)) return this.#reply(id, result);
    } catch (error) {
      return this.#fail(id, error);
    }
    Promise.resolve(result).then(
      (value) => this.#reply(id, value),
      (error) => this.#fail(id, error),
    );
  }

  /** Runs an iteration, and sends its items. */
  iterate(
    id: number,
    served: ServedCall,
    iterable: object,
    credit: number,
  ): void {
    const iteration = new LocalIteration({
      item: (value) => {
        this.#post("y", id, value, "item");
        return this.#sender.drained();
      },
      end: (value) => this.#reply(id, value),
      fail: (error) => this.#fail(id, error),
      after: (milliseconds, callback) =>
        this.#clock.after(milliseconds, callback),
    });
    served.iteration = iteration;
    iteration.grant(credit);
    iteration.run(iterable);
  }

  /** Aborts every call, and leaves every iteration. */
  close(reason: unknown): void {
    const served = [...this.#served.values()];
    this.#served.clear();
    for (const each of served) each.close(reason);
  }

  #end(id: number): boolean {
    const served = this.#served.get(id);
    if (served === undefined) return false;
    this.#served.delete(id);
    this.#bytes -= served.bytes;
    if (served.iteration !== undefined) this.#iterations--;
    return true;
  }

  #reply(id: number, value: unknown): void {
    if (!this.#end(id)) return;
    try {
      this.#post("r", id, value, "result");
    } catch (error) {
      this.#sender.postReason("e", id, error);
    }
  }

  #fail(id: number, error: unknown): void {
    if (this.#end(id)) this.#sender.postReason("e", id, error);
  }

  #post(
    kind: "r" | "y",
    id: number,
    value: unknown,
    root: "result" | "item",
  ): void {
    this.#sender.checkRoom();
    this.#sender.encodeFor(
      this.#references,
      value,
      root,
      ({ text, segments }) => {
        const head = `["${kind}",${id},${text}]`;
        const bytes = this.#sender.post(head, segments, kind === "y");
        if (bytes === undefined) throw this.#sender.tooLarge(root);
      },
    );
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value &&
    typeof value.then === "function";
}
