/**
 * The state of a chain, and the fields of its next lines.
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
import { rotatedPath } from "./log_files.ts";
import { type LogTail, readChainedTail } from "./log_tail.ts";
import { unavailable } from "./unavailable.ts";

const MOVE_AWAY =
  "Keep the file as it is, move it elsewhere and look at it with verifyAuditLog";

/** The end of a log that a chain can go on in. */
type UsableTail = Extract<LogTail, { kind: "empty" | "chained" }>;

/** The state of a chain between two lines. */
export interface ChainState {
  /** The last line; number 0 before the first. */
  readonly head: AuditAnchor;
  /** The bytes that a crash left before the next line. */
  readonly torn: TornBytes | undefined;
  /** `true` if the next line is the first of its file. */
  readonly start: boolean;
}

/** The chain of a log that is written. */
export class LineChain {
  readonly #digest: Digest;
  #state: ChainState = {
    head: { sequence: 0, hash: GENESIS_HASH },
    torn: undefined,
    start: true,
  };

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
    const { head } = this.#state;
    return head.sequence === 0 ? undefined : head;
  }

  /** The state after all lines that were written. */
  get state(): ChainState {
    return this.#state;
  }

  /**
   * Writes the fields of a line, except its hash.
   *
   * @param state The state before the line.
   * @returns The fields.
   */
  fields({ head, torn, start }: ChainState): string {
    return linkFields(head.sequence + 1, head.hash, start, torn);
  }

  /**
   * Hashes a line.
   *
   * @param state The state before the line.
   * @param bytes All of the line so far.
   * @returns The state after the line.
   */
  next({ head }: ChainState, bytes: Uint8Array): ChainState {
    return {
      head: { sequence: head.sequence + 1, hash: this.#digest.of(bytes) },
      torn: undefined,
      start: false,
    };
  }

  /**
   * Goes on after lines that were written.
   *
   * @param state The state after the last of them.
   */
  advance(state: ChainState): void {
    this.#state = state;
  }

  /** Has the next line say that it is the first of its file. */
  beginFile(): void {
    if (!this.#state.start) this.#state = { ...this.#state, start: true };
  }

  /**
   * Goes on at the end of a log, after the line that stands there.
   *
   * @param file The file of the log.
   * @param path Its path.
   * @returns `true` if its last line lacks its newline.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when it does not end in a line of this chain.
   */
  resume(file: Deno.FsFile, path: string): boolean {
    const tail = this.#readTail(file, path);
    if (tail.kind === "chained") this.#goOnAfter(tail.head);
    else this.#resumeAfter(rotatedPath(path, 1));
    return this.#enter(tail);
  }

  /**
   * Goes on in another file, after the line that this chain wrote last.
   *
   * @param file The file.
   * @param path Its path.
   * @returns `true` if its last line lacks its newline.
   * @throws {PluginError} `PLUGIN_AUDIT_UNAVAILABLE` when it does not end in a line of a chain.
   */
  continueIn(file: Deno.FsFile, path: string): boolean {
    return this.#enter(this.#readTail(file, path));
  }

  #readTail(file: Deno.FsFile, path: string): UsableTail {
    const tail = readChainedTail(file, this.#digest);
    switch (tail.kind) {
      case "empty":
      case "chained":
        return tail;
      case "plain":
        throw unavailable(
          "open",
          path,
          "its last line is not of a chain",
          "Move the file elsewhere, or name another one: a chain cannot vouch for lines that were written without it",
        );
      case "damaged":
        throw unavailable("open", path, tail.problem, MOVE_AWAY);
    }
  }

  #enter(tail: UsableTail): boolean {
    const { head } = this.#state;
    this.#state = { head, torn: tail.torn, start: tail.kind === "empty" };
    return tail.torn !== undefined ||
      tail.kind === "chained" && tail.unended;
  }

  #goOnAfter(head: AuditAnchor): void {
    this.#state = { ...this.#state, head };
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
      this.#goOnAfter(tail.head);
    } else if (tail.kind === "damaged" || tail.kind === "chained") {
      throw unavailable("open", path, "its last line is not whole", MOVE_AWAY);
    }
  }
}
