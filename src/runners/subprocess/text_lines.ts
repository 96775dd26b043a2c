/** Turns the bytes that a plugin prints into lines, few enough for a log. */

import type { Clock } from "../../base/timing.ts";

/** The longest line of a plugin, printed or logged. */
export const MAX_LINE_LENGTH = 16_384;
/** A plugin that prints in a loop must not fill the log. */
const MAX_LINES_PER_SECOND = 200;

export class TextLines {
  readonly #decoder = new TextDecoder();
  readonly #clock: Clock;
  readonly #onLine: (line: string) => void;
  #rest = "";
  #second = -Infinity;
  #lines = 0;
  #dropped = 0;

  constructor(clock: Clock, onLine: (line: string) => void) {
    this.#clock = clock;
    this.#onLine = onLine;
  }

  write(bytes: Uint8Array): void {
    const parts = this.#decoder.decode(bytes, { stream: true }).split("\n");
    const last = parts.pop() ?? "";
    for (const part of parts) {
      this.#emit(this.#rest + part);
      this.#rest = "";
    }
    this.#rest += last;
    if (this.#rest.length < MAX_LINE_LENGTH) return;
    this.#emit(this.#rest);
    this.#rest = "";
  }

  end(): void {
    if (this.#rest !== "") this.#emit(this.#rest);
    this.#rest = "";
    this.#report();
  }

  #emit(line: string): void {
    const now = this.#clock.elapsed();
    if (now - this.#second >= 1_000) {
      this.#report();
      this.#second = now;
      this.#lines = 0;
    }
    if (++this.#lines > MAX_LINES_PER_SECOND) this.#dropped++;
    else this.#onLine(line.replace(/\r$/, ""));
  }

  #report(): void {
    if (this.#dropped === 0) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#onLine(`… ${dropped} more lines in the same second`);
  }
}
