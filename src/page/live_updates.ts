/** Tells browsers by server-sent events that something changed. */

import type { Clock } from "../base/timing.ts";

/** Changes within this time, in milliseconds, are one message. */
const GATHERING_TIME = 250;

/** A connection without a message for long is cut by proxies. */
const HEARTBEAT_TIME = 25_000;

/** One connected browser. */
interface Client {
  send(text: string): void;
  end(): void;
  isOver(): boolean;
}

/** The session that a connection belongs to. */
export interface LiveSession {
  /** Aborted when the person signs out. */
  readonly signal: AbortSignal;
  /** True after the time of the session. */
  isOver(): boolean;
}

/** The connected browsers: a bounded number of them. */
export class LiveUpdates implements Disposable {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #clients = new Map<symbol, Client>();
  readonly #changed = new Set<string>();
  #cancelFlush: (() => void) | undefined;
  #cancelBeat: (() => void) | undefined;
  #isClosed = false;
  readonly #process = crypto.randomUUID();
  #count = 0;

  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  get isFull(): boolean {
    return this.#isClosed || this.#clients.size >= this.#max;
  }

  /** A text that differs after each change, and in each process. */
  get version(): string {
    return `${this.#process} ${this.#count}`;
  }

  /** The number of connected browsers. */
  get size(): number {
    return this.#clients.size;
  }

  /** Connects a browser until it leaves, or its session ends. */
  connect(session: LiveSession | undefined): ReadableStream<Uint8Array> {
    const { signal, isOver = () => false } = session ?? {};
    const key = Symbol();
    const encoder = new TextEncoder();
    let leave = () => {};
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const end = () => {
          leave();
          controller.close();
        };
        leave = () => {
          this.#clients.delete(key);
          signal?.removeEventListener("abort", end);
          if (this.#clients.size === 0) this.#rest();
        };
        const send = (text: string) => {
          // A browser that reads nothing must not fill the memory.
          if ((controller.desiredSize ?? 0) < -64) return end();
          controller.enqueue(encoder.encode(text));
        };
        this.#clients.set(key, { send, end, isOver });
        // A page that was made before a change takes it over now.
        send(`retry: 3000\nevent: begin\ndata: ${this.version}\n\n`);
        if (this.#isClosed || signal?.aborted) return end();
        signal?.addEventListener("abort", end);
        this.#beat();
      },
      cancel: () => leave(),
    });
  }

  /** Reports a change. Costs next to nothing while nobody is connected. */
  change(id: string): void {
    this.#count++;
    if (this.#clients.size === 0) return;
    this.#changed.add(id);
    this.#cancelFlush ??= this.#clock.after(GATHERING_TIME, () => {
      this.#cancelFlush = undefined;
      const ids = [...this.#changed].slice(0, 20);
      this.#changed.clear();
      this.#send(`event: change\ndata: ${JSON.stringify(ids)}\n\n`);
    });
  }

  #send(text: string): void {
    for (const { send } of [...this.#clients.values()]) send(text);
  }

  #beat(): void {
    this.#cancelBeat ??= this.#clock.after(HEARTBEAT_TIME, () => {
      this.#cancelBeat = undefined;
      for (const { end, isOver } of [...this.#clients.values()]) {
        if (isOver()) end();
      }
      this.#send(": still here\n\n");
      if (this.#clients.size > 0) this.#beat();
    });
  }

  #rest(): void {
    this.#cancelFlush?.();
    this.#cancelBeat?.();
    this.#cancelFlush = undefined;
    this.#cancelBeat = undefined;
    this.#changed.clear();
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const { end } of [...this.#clients.values()]) end();
    this.#rest();
  }
}
