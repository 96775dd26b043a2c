/**
 * What is found of a log that is not as it was written: the first place, lines
 * that are no events, what a crash left between two lines.
 *
 * @module
 */

import { quote } from "../base/text.ts";
import { isJsonObject } from "./audit_event.ts";
import type {
  AuditAnchor,
  Digest,
  DigestInProgress,
  TornBytes,
} from "./chain_link.ts";
import { warnOnStderr } from "../base/stderr.ts";

/** A line of a log. */
export interface AuditLogPosition {
  /** The file that it is in. */
  readonly file: string;
  /** The number of the line; the first one is 1. */
  readonly line: number;
}

/** What is known of the lines that were verified. */
export interface VerifiedLines {
  /** How many lines were verified. */
  readonly lines: number;
  /** The sequence number of the first one: above 1 where older files were removed by rotation. */
  readonly first: number | undefined;
  /** The last one. */
  readonly head: AuditAnchor | undefined;
  /** Where a crash left a line unfinished, and the next line accounts for it. */
  readonly crashes: readonly AuditLogPosition[];
  /** `true` if the log holds the anchor or begins right after it; `undefined` if none was given. */
  readonly anchored: boolean | undefined;
}

/** A log that somebody changed. */
export interface Tampered {
  /** Somebody changed the log. */
  readonly status: "tampered";
  /** What was done at the first place where something was. */
  readonly what: "changed" | "removed" | "inserted" | "moved";
  /** Where: the line itself, or the one after what was removed. */
  readonly at: AuditLogPosition;
  /** The same in words. */
  readonly message: string;
}

/** A log that was written without a chain, so that nothing can be verified. */
export interface Unchained {
  /** The log has no chain. */
  readonly status: "unchained";
  /** The first line. */
  readonly at: AuditLogPosition;
  /** The same in words, with what to do. */
  readonly message: string;
}

/**
 * Result of the verification of an audit log:
 *
 * - `intact`: each line is as it was written;
 * - `torn`: so is each line except the last, which a crash left unfinished;
 * - `tampered`: somebody changed the log;
 * - `unchained`: no line has the fields of a chain, so that nothing is known.
 *
 * An anchor that was given and not met makes it `tampered`, or leaves it
 * `unchained`: it is never `intact`.
 */
export type AuditVerification =
  & VerifiedLines
  & (
    | { readonly status: "intact" }
    | { readonly status: "torn"; readonly at: AuditLogPosition }
    | Tampered
    | Unchained
  );

/** What was found, and whether later lines can say more of it. */
export interface Finding {
  /** What was done. */
  readonly what: Tampered["what"];
  /** Where. */
  readonly at: AuditLogPosition;
  /** Whether later lines change nothing. */
  readonly decided: boolean;
  /** Words that fit this finding better than those of its kind. */
  readonly words?: string;
}

const MESSAGES: Readonly<Record<Tampered["what"], string>> = {
  changed: "was changed after it was written",
  removed: "does not follow the line before it: lines were removed",
  inserted: "was inserted",
  moved: "is not in its place",
};

/**
 * Tells a finding.
 *
 * @param finding What was found.
 * @returns What a verification returns of it.
 */
export function tellFinding(finding: Finding): Tampered {
  const { what, at, words = MESSAGES[what] } = finding;
  const message = `Line ${at.line} of ${quote(at.file)} ${words}`;
  return { status: "tampered", what, at, message };
}

/** Tells of a log in which no line is of a chain. */
export function tellUnchained({ at }: Finding): Unchained {
  const message = `The audit log has no chain: line ${at.line} of ${
    quote(at.file)
  } and all others were written without one. To verify a log, write it with the option chain`;
  return { status: "unchained", at, message };
}

/** Hands on the lines that are no events, or counts them where nobody takes them. */
export class MalformedLines {
  readonly #path: string;
  readonly #take: ((at: AuditLogPosition) => void) | undefined;
  #count = 0;

  /**
   * Has met no line yet.
   *
   * @param path The path of the log.
   * @param take Takes the lines; without it, they are told of at the end.
   */
  constructor(
    path: string,
    take: ((at: AuditLogPosition) => void) | undefined,
  ) {
    this.#path = path;
    this.#take = take;
  }

  /**
   * Adds a line.
   *
   * @param at Where it is.
   */
  add(at: AuditLogPosition): void {
    const take = this.#take;
    if (take === undefined) this.#count++;
    else take(at);
  }

  /** Says on standard error how many there were that nobody took. */
  tell(): void {
    if (this.#count === 0) return;
    const lines = this.#count === 1 ? "1 line" : `${this.#count} lines`;
    warnOnStderr(
      `${lines} of the audit log ${
        quote(this.#path)
      } could not be read as events`,
    );
  }
}

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
