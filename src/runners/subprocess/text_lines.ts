/** Turns the bytes that a plugin prints into lines, few enough for a log. */

import { CUT_MARK } from "../../base/text.ts";
import type { Clock } from "../../base/timing.ts";

/** The longest line of a plugin, printed or logged. */
export const MAX_LINE_LENGTH = 16_384;
/** A plugin that prints in a loop must not fill the log. */
const MAX_LINES_PER_SECOND = 200;
/** The length of the last lines that are kept, besides the first of them. */
const MAX_LAST_LENGTH = 2_000;
/** Cutting them at each line would take longer than all else. */
const MAX_KEPT_LENGTH = 65_536;

export class TextLines {
  readonly #decoder = new TextDecoder();
  readonly #clock: Clock;
  readonly #onLine: (line: string) => void;
  #rest = "";
  /** True while the rest of a line that was cut is skipped. */
  #isCut = false;
  #last = "";
  /** The time when the last bytes came. */
  #now = -Infinity;
  #second = -Infinity;
  #lines = 0;
  #dropped = 0;

  constructor(clock: Clock, onLine: (line: string) => void) {
    this.#clock = clock;
    this.#onLine = onLine;
  }

  /** Returns the number of lines that end in the bytes. */
  write(bytes: Uint8Array): number {
    this.#now = this.#clock.elapsed();
    const parts = this.#decoder.decode(bytes, { stream: true }).split("\n");
    const last = parts.pop() ?? "";
    for (const part of parts) {
      this.#add(part);
      if (!this.#isCut) this.#emit(this.#rest);
      this.#rest = "";
      this.#isCut = false;
    }
    this.#add(last);
    return parts.length;
  }

  end(): void {
    if (this.#rest !== "") this.#emit(this.#rest);
    this.#rest = "";
    this.#report();
  }

  /** The last lines, each from its beginning: no secret in them lacks its own. */
  get lastLines(): string {
    const start = this.#last.length - MAX_LAST_LENGTH - 1;
    const lineStart = start <= 0 ? 0 : this.#last.lastIndexOf("\n", start) + 1;
    return this.#last.slice(lineStart);
  }

  #add(text: string): void {
    if (this.#isCut) return;
    this.#rest += text;
    if (this.#rest.length <= MAX_LINE_LENGTH) return;
    // The mark has whoever masks the line look for the beginning of a secret.
    const shown = this.#rest.slice(0, MAX_LINE_LENGTH);
    this.#emit(`${shown}${CUT_MARK}the rest of the line is not shown)`);
    this.#rest = "";
    this.#isCut = true;
  }

  #emit(line: string): void {
    this.#last += `${line}\n`;
    if (this.#last.length > MAX_KEPT_LENGTH) this.#last = this.lastLines;
    const now = this.#now;
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
