/** Turns the bytes that a plugin prints into lines, few enough for a log. */

import { CUT_MARK } from "../../base/text.ts";
import type { Clock } from "../../base/timing.ts";

/** The longest line of a plugin, printed or logged. */
export const MAX_LINE_LENGTH = 16_384;
/** A plugin that prints in a loop must not fill the log. */
const MAX_LINES_PER_SECOND = 200;
/** The length of the last lines that are kept, besides the first of them. */
const MAX_LAST_LENGTH = 2_000;

export class TextLines {
  readonly #decoder = new TextDecoder();
  readonly #clock: Clock;
  readonly #onLine: (line: string) => void;
  #rest = "";
  /** True while the rest of a line that was cut is skipped. */
  #isCut = false;
  readonly #last: string[] = [];
  #lastLength = 0;
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
      this.#add(part);
      if (!this.#isCut) this.#emit(this.#rest);
      this.#rest = "";
      this.#isCut = false;
    }
    this.#add(last);
  }

  end(): void {
    if (this.#rest !== "") this.#emit(this.#rest);
    this.#rest = "";
    this.#report();
  }

  /** The last lines, each from its beginning: no secret in them lacks its own. */
  get lastLines(): string {
    return this.#last.join("\n");
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

  #keep(line: string): void {
    this.#last.push(line);
    // A line break counts: a line may have no other character.
    this.#lastLength += line.length + 1;
    while (this.#lastLength - (this.#last[0]?.length ?? 0) > MAX_LAST_LENGTH) {
      this.#lastLength -= (this.#last.shift()?.length ?? 0) + 1;
    }
  }

  #emit(line: string): void {
    this.#keep(line);
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
