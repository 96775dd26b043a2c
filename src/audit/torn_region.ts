/**
 * What stands between two lines of a chain and is not one.
 *
 * @module
 */

import type { TornBytes } from "./chain_link.ts";
import type { Digest, DigestInProgress } from "./digest.ts";
import { isJsonObject } from "./is_json_object.ts";

const NEWLINE = new Uint8Array([0x0a]);

/** Pieces of lines, of which only the hash is held. */
export class TornRegion {
  /** The number of its first line. */
  readonly line: number;
  readonly #digest: DigestInProgress;
  #bytes = 0;
  #holdsEvent = false;
  #pieces = 0;
  #ended = true;

  /**
   * Makes a region without bytes.
   *
   * @param line The number of its first line.
   * @param digest What makes the hashes of the chain.
   */
  constructor(line: number, digest: Digest) {
    this.line = line;
    this.#digest = digest.begin();
  }

  /** Whether a crash can have left it: unfinished, and no whole event in it. */
  get isUnfinished(): boolean {
    return !this.#ended && !this.#holdsEvent;
  }

  /**
   * Adds a piece.
   *
   * @param piece Its bytes.
   * @param begins Whether it begins a line.
   * @param ends Whether it ends one.
   */
  add(piece: Uint8Array, begins: boolean, ends: boolean): void {
    if (begins && this.#pieces > 0) this.#take(NEWLINE);
    this.#pieces++;
    this.#take(piece);
    this.#ended = ends;
    if (begins) this.#holdsEvent ||= isJsonObject(piece);
  }

  /**
   * Whether a line accounts for these bytes. The region can then hold no more.
   *
   * @param torn What the line says of the bytes before it.
   * @returns Whether it does.
   */
  isAccountedFor(torn: TornBytes | undefined): boolean {
    return torn !== undefined && torn.bytes === this.#bytes &&
      torn.hash === this.#digest.end();
  }

  #take(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#digest.add(bytes);
  }
}
