/** The host's end of a channel whose other end is a test. */

import type { PluginError } from "@semantik/plugins";
import {
  Channel,
  type ChannelOptions,
  PROTOCOL,
} from "../../../src/runners/subprocess/channel.ts";
import {
  createMark,
  FrameReader,
  FrameWriter,
} from "../../../src/runners/subprocess/frames.ts";

const UNLIMITED = { frameBytes: Infinity, segments: Infinity };
const GREETING = JSON.stringify(["h", PROTOCOL, null, null]);

export class RawPeer implements Disposable {
  readonly mark: Uint8Array = createMark();
  readonly host: Channel;
  /** The heads of the messages that the host sent. */
  readonly sent: unknown[] = [];
  /** What the host says of a violation. */
  readonly broken: Promise<PluginError>;
  /** The same, as soon as it happened. */
  violation: PluginError | undefined;
  readonly #writer: FrameWriter;

  constructor(
    options: Partial<ChannelOptions> = {},
    greeting = GREETING,
  ) {
    const { promise, resolve } = Promise.withResolvers<PluginError>();
    this.broken = promise;
    this.#writer = new FrameWriter(this.mark);
    const reader = new FrameReader(this.mark, UNLIMITED, {
      onFrame: (head) =>
        this.sent.push(JSON.parse(new TextDecoder().decode(head))),
      onText: () => {},
    });
    this.host = new Channel({
      mark: this.mark,
      send: (bytes) => reader.read(bytes),
      onBroken: (error) => {
        this.violation = error;
        resolve(error);
      },
      ...options,
    });
    if (greeting !== "") this.send(greeting);
  }

  /** Returns the bytes of a message. */
  frame(head: string, segments: readonly Uint8Array[] = []): Uint8Array {
    this.#writer.add(head, segments, UNLIMITED);
    return this.#writer.take().slice();
  }

  /** Sends the host a message. */
  send(head: string, segments: readonly Uint8Array[] = []): void {
    this.host.read(this.frame(head, segments));
  }

  [Symbol.dispose](): void {
    this.host.close(new Error("The test is over"));
  }
}
