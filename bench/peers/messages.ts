/** Texts on a pipe, each with its length before it. */

const LENGTH_BYTES = 4;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function writeMessage(message: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(LENGTH_BYTES + message.length * 3);
  const { written } = encoder.encodeInto(message, bytes.subarray(LENGTH_BYTES));
  new DataView(bytes.buffer).setUint32(0, written, true);
  return bytes.subarray(0, LENGTH_BYTES + written);
}

/** The messages that arrive. */
export class Messages {
  #rest = new Uint8Array();
  readonly #arrived: string[] = [];
  #waiting: PromiseWithResolvers<string> | undefined;

  read(chunk: Uint8Array): void {
    const bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    const view = new DataView(bytes.buffer);
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const end = at + LENGTH_BYTES + view.getUint32(at, true);
      if (end > bytes.length) break;
      this.#add(decoder.decode(bytes.subarray(at + LENGTH_BYTES, end)));
      at = end;
    }
    this.#rest = bytes.slice(at);
  }

  #add(message: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#arrived.push(message);
    else waiting.resolve(message);
  }

  next(): Promise<string> {
    const message = this.#arrived.shift();
    if (message !== undefined) return Promise.resolve(message);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  end(): void {
    this.#waiting?.reject(new Error("The pipe ended"));
  }
}
