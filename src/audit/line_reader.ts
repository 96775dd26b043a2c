/**
 * Reads a file line by line, and holds no more than a line and a block of it.
 *
 * @module
 */

const BLOCK = 262_144;
const NEWLINE = 0x0a;

/**
 * The longest line that is held whole; no event is nearly as long. A longer
 * one comes in pieces.
 */
export const LONGEST_LINE = 1_048_576;

/** Reads a file line by line. */
export class LineReader {
  readonly #file: Deno.FsFile;
  #buffer = new Uint8Array(BLOCK * 2);
  #from = 0;
  #to = 0;
  #inLine = false;
  #ended = false;

  /** Whether the last piece is the beginning of a line. */
  begins = true;
  /** Whether the last piece is the end of a line, with a newline after it. */
  ends = true;

  /**
   * Makes a reader.
   *
   * @param file The file, which is read from where it stands.
   */
  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Reads on. What was handed out before is overwritten.
   *
   * @returns Whether there may be more lines.
   */
  async fill(): Promise<boolean> {
    if (this.#ended) return false;
    this.#makeRoom();
    const count = await this.#file.read(this.#buffer.subarray(this.#to));
    if (count === null) this.#ended = true;
    else this.#to += count;
    return true;
  }

  /**
   * The next line that is read.
   *
   * @returns It without its newline, or a piece of it where it is too long or
   * the last of the file; `undefined` where more is to be read first.
   */
  next(): Uint8Array | undefined {
    const newline = this.#buffer.indexOf(NEWLINE, this.#from);
    const isWhole = newline !== -1 && newline < this.#to;
    const end = isWhole ? newline : this.#to;
    const length = end - this.#from;
    if (!isWhole && (this.#ended ? length === 0 : length < LONGEST_LINE)) {
      return undefined;
    }
    const piece = this.#buffer.subarray(this.#from, end);
    this.begins = !this.#inLine;
    this.ends = isWhole;
    this.#inLine = !isWhole;
    this.#from = isWhole ? end + 1 : end;
    return piece;
  }

  #makeRoom(): void {
    const held = this.#to - this.#from;
    const size = Math.max(this.#buffer.length, held + BLOCK);
    if (size > this.#buffer.length) {
      const larger = new Uint8Array(size);
      larger.set(this.#buffer.subarray(this.#from, this.#to));
      this.#buffer = larger;
    } else {
      this.#buffer.copyWithin(0, this.#from, this.#to);
    }
    this.#from = 0;
    this.#to = held;
  }
}
