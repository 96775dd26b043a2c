const HEADER = 8;

/** Starts a script of this folder, with pipes for its input and output. */
export function startScript(
  script: string,
  request: unknown,
  config = "--no-config",
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      config,
      new URL(script, import.meta.url).href,
      JSON.stringify(request),
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
}

/** A process that moves bytes: what a channel does, with no message in it. */
export class BareProcess {
  readonly process = startScript("./bare_plugin.ts", {});
  readonly #writer = this.process.stdin.getWriter();
  readonly #reader = this.process.stdout.getReader({ mode: "byob" });
  #block = new Uint8Array(65_536);

  /** Sends messages at once, and waits for all replies. */
  async send(bytes: number, reply: number, messages = 1): Promise<void> {
    const size = HEADER + bytes;
    const all = new Uint8Array(size * messages);
    const view = new DataView(all.buffer);
    for (let at = 0; at < all.length; at += size) {
      view.setUint32(at, bytes, true);
      view.setUint32(at + 4, reply, true);
    }
    const written = this.#writer.write(all);
    for (let left = reply * messages; left > 0;) {
      const { value, done } = await this.#reader.read(this.#block);
      if (done) break;
      left -= value.length;
      this.#block = new Uint8Array(value.buffer);
    }
    await written;
  }

  /** Closes its input, and waits for its end. */
  async end(): Promise<void> {
    await this.#writer.close();
    await this.#reader.cancel();
    await this.process.status;
  }
}
