/** A way to a server that a test can cut. */
export class TcpProxy implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: number;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #accepting: Promise<void>;
  #gate = Promise.resolve();
  #resume = () => {};

  /** Forwards to a port at 127.0.0.1. */
  constructor(target: number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#accepting = this.#accept();
  }

  /** The port that clients connect to. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Ends every connection. New ones are let through. */
  cut(): void {
    for (const one of this.#open) close(one);
    this.#open.clear();
  }

  /** Keeps everything that is sent, until it goes on. */
  hang(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    this.#resume = resolve;
  }

  /** Lets everything through that was kept. */
  resume(): void {
    this.#resume();
  }

  async #accept(): Promise<void> {
    const forwarding: Promise<void>[] = [];
    for await (const client of this.#listener) {
      forwarding.push(this.#forward(client));
    }
    await Promise.all(forwarding);
  }

  async #forward(client: Deno.TcpConn): Promise<void> {
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({
        hostname: "127.0.0.1",
        port: this.#target,
      });
    } catch {
      close(client);
      return;
    }
    const both = [client, server];
    for (const one of both) this.#open.add(one);
    await Promise.allSettled([
      client.readable.pipeThrough(this.#waiting()).pipeTo(server.writable),
      server.readable.pipeThrough(this.#waiting()).pipeTo(client.writable),
    ]);
    for (const one of both) {
      this.#open.delete(one);
      close(one);
    }
  }

  /** Lets bytes through while it does not hang. */
  #waiting(): TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  > {
    return new TransformStream({
      transform: async (bytes, controller) => {
        await this.#gate;
        controller.enqueue(bytes);
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.#resume();
    this.cut();
    await this.#accepting;
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
