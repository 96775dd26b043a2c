/** Reads which permissions a running process used, while Deno writes that to a file. */

/** After so many bytes, the file gives its place on the disk back. */
const MAX_KEPT = 8_388_608;
const MAX_READ = 1_048_576;

/** Reads the new lines of a file that another process writes. */
export class AccessTail {
  readonly path: string;
  #position = 0;
  #cutAt = 0;
  #rest = "";

  constructor(path: string) {
    this.path = path;
  }

  /** Returns the whole lines since the last call, as many as fit. */
  read(): string {
    let text = this.#rest;
    try {
      using file = Deno.openSync(this.path);
      const size = Math.min(
        file.statSync().size - this.#position,
        MAX_READ,
      );
      if (size <= 0) return "";
      file.seekSync(this.#position, Deno.SeekMode.Start);
      const bytes = new Uint8Array(size);
      const count = file.readSync(bytes) ?? 0;
      this.#position += count;
      // Deno writes paths and names as JSON, where a line is never cut in a letter.
      text += new TextDecoder().decode(bytes.subarray(0, count));
    } catch {
      // The process has not written yet.
      return "";
    }
    const end = text.lastIndexOf("\n") + 1;
    this.#rest = text.slice(end);
    this.#cut();
    return text.slice(0, end);
  }

  /** Removes what was read. Deno goes on to write behind it, and leaves a hole there. */
  #cut(): void {
    if (this.#position - this.#cutAt < MAX_KEPT) return;
    this.#cutAt = this.#position;
    try {
      Deno.truncateSync(this.path);
    } catch {
      // Windows does not let a file be cut that is open elsewhere.
    }
  }
}
