import { PluginError } from "../../base/errors.ts";
import { describeThrown } from "../../base/text.ts";
import {
  type LimitsInForce,
  mostCallBytes,
  mostWaitingBytes,
} from "./channel_limits.ts";
import { encode, type Encoded } from "./encode.ts";
import type { Outbox } from "./outbox.ts";
import type { References } from "./references.ts";

/** Writes messages, each a list: its kind, most often a number, and values. */
export class MessageSender {
  readonly #outbox: Outbox;
  readonly #limits: LimitsInForce;
  readonly #stacks: boolean;
  readonly #onFlood: () => void;

  /** `onFlood` is called if the other process does not read its messages. */
  constructor(
    outbox: Outbox,
    limits: LimitsInForce,
    stacks: boolean,
    onFlood: () => void,
  ) {
    this.#outbox = outbox;
    this.#onFlood = onFlood;
    this.#limits = limits;
    this.#stacks = stacks;
  }

  /**
   * Checks that a message that nobody has to wait for may be added.
   *
   * @throws {PluginError} `PLUGIN_LIMIT_EXCEEDED` when too much is not written yet.
   */
  checkRoom(): void {
    if (this.#outbox.length <= mostCallBytes(this.#limits.outgoing)) return;
    throw new PluginError("Cannot send: earlier messages are not read", {
      code: "PLUGIN_LIMIT_EXCEEDED",
      remedy: "Read messages as they come, and ask for less at once",
    });
  }

  /** Returns a promise if much is not written yet. */
  drained(): Promise<void> | undefined {
    return this.#outbox.drained();
  }

  /** Sends a message and returns its bytes, or `undefined` if it is too large. */
  post(
    head: string,
    segments: readonly Uint8Array[] = [],
    isLazy = false,
  ): number | undefined {
    if (this.#outbox.length > mostWaitingBytes(this.#limits.outgoing)) {
      this.#onFlood();
    }
    return this.#outbox.add(head, segments, this.#limits.outgoing, isLazy);
  }

  /** @throws {PluginError} when the value is more than data. */
  encodeData(value: unknown, root: string): Encoded {
    const limits = this.#limits.outgoing;
    return encode(value, root, { limits, stacks: this.#stacks });
  }

  /**
   * Encodes a value and passes it on. Its references count only if that succeeds.
   *
   * @throws {PluginError} when the value cannot cross.
   */
  encodeFor<Result>(
    references: References,
    value: unknown,
    root: string,
    use: (encoded: Encoded, cancel: () => void) => Result,
  ): Result {
    const outgoing = references.begin();
    try {
      const encoded = encode(value, root, {
        limits: this.#limits.outgoing,
        stacks: this.#stacks,
        references: outgoing,
      });
      return use(encoded, () => outgoing.cancel());
    } catch (error) {
      outgoing.cancel();
      throw error;
    }
  }

  /** Sends a thrown value or a reason, or its description if it cannot cross. */
  postReason(kind: "a" | "e" | "s", id: number, reason: unknown): void {
    for (const value of [reason, new Error(describeThrown(reason))]) {
      try {
        const { text, segments } = this.encodeData(value, "error");
        const head = `["${kind}",${id},${text}]`;
        if (this.post(head, segments) !== undefined) return;
      } catch {
        // Its description crosses.
      }
    }
  }

  tooLarge(path: string): PluginError {
    return new PluginError(
      `Cannot pass ${path} to another process: the message is too large for a limit of ${this.#limits.outgoing.frameBytes} bytes`,
      {
        code: "PLUGIN_NOT_TRANSFERABLE",
        remedy: "Pass less at once, or pass an async iterable",
      },
    );
  }
}
