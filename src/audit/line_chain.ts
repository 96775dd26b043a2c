/**
 * Where a chain stands, and what its next line bears.
 *
 * @module
 */

import {
  type AuditAnchor,
  createDigest,
  type Digest,
  GENESIS_HASH,
  linkFields,
  type TornBytes,
} from "./chain_link.ts";
import type { LogFile } from "./log_file.ts";
import { rotatedPath } from "./log_files.ts";
import { type LogTail, readChainedTail } from "./log_tail.ts";
import { unavailable } from "./unavailable.ts";

const MOVE_AWAY =
  "Keep the file as it is, move it elsewhere and look at it with verifyAuditLog";

/** The chain of a log that is written. */
export class LineChain {
  readonly #digest: Digest;
  #sequence = 0;
  #hash = GENESIS_HASH;
  #torn: TornBytes | undefined;
  #start = true;

  /**
   * Makes a chain that has no line yet.
   *
   * @param key The key of its hashes, if they have one.
   */
  constructor(key: string | Uint8Array | undefined) {
    this.#digest = createDigest(key);
  }

  /** The last line that was written. */
  get head(): AuditAnchor | undefined {
    return this.#sequence === 0
      ? undefined
      : { sequence: this.#sequence, hash: this.#hash };
  }

  /** The fields of the next line, but for its hash. */
  nextFields(): string {
    return linkFields(
      this.#sequence + 1,
      this.#hash,
      this.#start,
      this.#torn,
    );
  }

  /**
   * Hashes the next line.
   *
   * @param bytes All of it so far.
   * @returns Its hash.
   */
  hash(bytes: Uint8Array): string {
    return this.#digest.of(bytes);
  }

  /**
   * Goes on to the line that was written.
   *
   * @param hash Its hash.
   */
  advance(hash: string): void {
    this.#sequence++;
    this.#hash = hash;
    this.#torn = undefined;
    this.#start = false;
  }

  /** Has the next line say that it is the first of its file. */
  beginFile(): void {
    this.#start = true;
  }

  /**
   * Goes on where a log ends.
   *
   * @param log The log.
   * @returns Whether its last line lacks its newline.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when it does not end in a line of this chain.
   */
  resume(log: LogFile): boolean {
    const tail = readChainedTail(log.file, this.#digest);
    this.#start = tail.kind === "empty";
    switch (tail.kind) {
      case "empty":
        this.#resumeAfter(rotatedPath(log.path, 1));
        this.#torn = tail.torn;
        return tail.torn !== undefined;
      case "chained":
        ({ sequence: this.#sequence, hash: this.#hash } = tail.head);
        this.#torn = tail.torn;
        return tail.unended || tail.torn !== undefined;
      case "plain":
        throw unavailable(
          "open",
          log.path,
          "its last line is not of a chain",
          "Move the file elsewhere, or name another one: a chain cannot vouch for lines that were written without it",
        );
      case "damaged":
        throw unavailable("open", log.path, tail.problem, MOVE_AWAY);
    }
  }

  /** Goes on after a file that was rotated just before the process ended. */
  #resumeAfter(path: string): void {
    let tail: LogTail;
    try {
      using file = Deno.openSync(path);
      tail = readChainedTail(file, this.#digest);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw error;
    }
    if (tail.kind === "chained" && tail.torn === undefined) {
      ({ sequence: this.#sequence, hash: this.#hash } = tail.head);
    } else if (tail.kind === "damaged" || tail.kind === "chained") {
      throw unavailable("open", path, "its last line is not whole", MOVE_AWAY);
    }
  }
}
