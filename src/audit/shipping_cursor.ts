/** Remembers how far a log was shipped. */

import { isRecord } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import type { AuditAnchor } from "./chain.ts";
import { lockLog } from "./log_file.ts";
import { asUnavailable, unavailable } from "./log_paths.ts";

// A longer file is no cursor. The host has up to 256 characters.
const MAX_LENGTH = 4_096;

function format(host: string, { sequence, hash }: AuditAnchor): string {
  // The number has a fixed width, so that every position has the same length.
  const number = String(sequence).padStart(16, " ");
  return `{"host":${
    JSON.stringify(host)
  },"hash":"${hash}","sequence":${number}}\n`;
}

function parse(text: string): (AuditAnchor & { host: string }) | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    const { host, sequence, hash } = value;
    return typeof host === "string" && typeof hash === "string" &&
        typeof sequence === "number" && Number.isSafeInteger(sequence)
      ? { host, sequence, hash }
      : undefined;
  } catch {
    return undefined;
  }
}

function readText(file: Deno.FsFile): string {
  const bytes = new Uint8Array(MAX_LENGTH);
  let length = 0;
  while (length < bytes.length) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/** A file with one position, which only this process changes. */
export class ShippingCursor implements Disposable {
  /** Its path. */
  readonly path: string;
  readonly #host: string;
  readonly #file: Deno.FsFile;
  readonly #lock: Disposable;
  #position: AuditAnchor;

  private constructor(
    path: string,
    host: string,
    file: Deno.FsFile,
    lock: Disposable,
    position: AuditAnchor,
  ) {
    this.path = path;
    this.#host = host;
    this.#file = file;
    this.#lock = lock;
    this.#position = position;
  }

  /** Opens a cursor, and locks it. A new one is at the start. */
  static open(path: string, host: string, start: AuditAnchor): ShippingCursor {
    using opened = new DisposableStack();
    try {
      const lock = opened.use(lockLog(path));
      const options = { create: true, read: true, write: true, mode: 0o600 };
      const file = opened.use(Deno.openSync(path, options));
      const position = ShippingCursor.#read(path, host, file) ?? start;
      opened.move();
      return new ShippingCursor(path, host, file, lock, position);
    } catch (thrown) {
      throw asUnavailable("use the cursor of", path, thrown);
    }
  }

  static #read(
    path: string,
    host: string,
    file: Deno.FsFile,
  ): AuditAnchor | undefined {
    const text = readText(file);
    if (text === "") return undefined;
    const found = parse(text);
    if (found === undefined) {
      throw unavailable(
        "use the cursor of",
        path,
        "it is no cursor",
        "Name another file; if a power cut damaged it, remove it: everything is sent again, and a sink skips what it knows",
      );
    }
    if (found.host === host) return found;
    throw unavailable(
      "use the cursor of",
      path,
      `it is that of the host ${quote(found.host)}`,
      "Give each host a cursor of its own",
    );
  }

  /** The last event that was stored. */
  get position(): AuditAnchor {
    return this.#position;
  }

  /** Remembers a position, in a single write. */
  move(position: AuditAnchor): void {
    const bytes = new TextEncoder().encode(format(this.#host, position));
    this.#file.seekSync(0, Deno.SeekMode.Start);
    if (this.#file.writeSync(bytes) !== bytes.length) {
      throw unavailable(
        "use the cursor of",
        this.path,
        "its disk is full",
        "Free space on the disk",
      );
    }
    this.#position = position;
  }

  [Symbol.dispose](): void {
    this.#file.close();
    this.#lock[Symbol.dispose]();
  }
}
