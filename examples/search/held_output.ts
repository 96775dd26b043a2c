import { writeText } from "./write_text.ts";

/** Holds back what is written to standard error, to show the results first. */
export class HeldOutput implements Disposable {
  readonly #decoder = new TextDecoder();
  #text = "";

  /** Returns whether the text will go to a terminal. */
  isTerminal(): boolean {
    return Deno.stderr.isTerminal();
  }

  /** Keeps the bytes. */
  writeSync(bytes: Uint8Array): number {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    return bytes.length;
  }

  /** Writes everything that was kept, also after an error. */
  [Symbol.dispose](): void {
    writeText(Deno.stderr, this.#text);
    this.#text = "";
  }
}
