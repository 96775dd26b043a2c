/** Verifies a chain line by line. */

import { quote } from "../base/text.ts";
import { isCompleteJson } from "./audit_event.ts";
import {
  type AuditAnchor,
  type BeginHash,
  type ChainLink,
  GENESIS_HASH,
  hashedBytes,
  type HashInProgress,
  hashOf,
  linkEnd,
  linkFields,
  readLink,
  type TornBytes,
} from "./chain.ts";
import type { AuditLogPosition } from "./log_reader.ts";

/** Facts about the lines that were verified. */
export interface VerifiedLines {
  /** The number of verified lines. */
  readonly lines: number;
  /** The sequence number of the first line: above 1 if rotation removed older files. */
  readonly first: number | undefined;
  /** The last line. */
  readonly head: AuditAnchor | undefined;
  /** Lines that a crash left unfinished, and that the next line reports. */
  readonly crashes: readonly AuditLogPosition[];
  /** `true` if the log holds the anchor or begins right after it; `undefined` without one. */
  readonly anchored: boolean | undefined;
  /** The number of checkpoints that the log matches; `undefined` without any. */
  readonly checkpoints: number | undefined;
}

/** A log that somebody changed. */
export interface Tampered {
  /** Somebody changed the log. */
  readonly status: "tampered";
  /** The first change. */
  readonly what: "changed" | "removed" | "inserted" | "moved";
  /** The line that was changed, or the one after removed lines. */
  readonly at: AuditLogPosition;
  /** Describes the change. */
  readonly message: string;
}

/** A log without a chain, which cannot be verified. */
export interface Unchained {
  /** The log has no chain. */
  readonly status: "unchained";
  /** The first line. */
  readonly at: AuditLogPosition;
  /** Explains it, with a remedy. */
  readonly message: string;
}

/**
 * Result of the verification of an audit log:
 *
 * - `intact`: each line is as it was written;
 * - `torn`: each line but the last, which a crash left unfinished;
 * - `tampered`: somebody changed the log;
 * - `unchained`: no line is chained, so nothing can be verified.
 *
 * A log that does not match a given anchor, or the newest checkpoint, is never
 * `intact`.
 */
export type AuditVerification =
  & VerifiedLines
  & (
    | { readonly status: "intact" }
    | { readonly status: "torn"; readonly at: AuditLogPosition }
    | Tampered
    | Unchained
  );

interface Finding {
  readonly what: Tampered["what"];
  readonly at: AuditLogPosition;
  /** Later lines cannot change it. */
  readonly decided: boolean;
  /** Replaces the message of its kind. */
  readonly words?: string | undefined;
}

const MESSAGES: Readonly<Record<Tampered["what"], string>> = {
  changed: "was changed after it was written",
  removed: "does not follow the line before it: lines were removed",
  inserted: "was inserted",
  moved: "is not in its place",
};

function tampered(finding: Finding): Tampered {
  const { what, at, words = MESSAGES[what] } = finding;
  const message = `Line ${at.line} of ${quote(at.file)} ${words}`;
  return { status: "tampered", what, at, message };
}

function unchained({ at }: Finding): Unchained {
  const message = `The audit log has no chain: line ${at.line} of ${
    quote(at.file)
  } and all others were written without one. To verify a log, write it with the option chain`;
  return { status: "unchained", at, message };
}

const NEWLINE = new Uint8Array([0x0a]);

/** Bytes that are not a chained line; only their hash is kept. */
class TornRegion {
  readonly line: number;
  readonly #hash: HashInProgress;
  #bytes = 0;
  #holdsEvent = false;
  #pieces = 0;
  #ended = true;

  constructor(line: number, beginHash: BeginHash) {
    this.line = line;
    this.#hash = beginHash();
  }

  /** Returns `true` if a crash can have left it: no newline, no whole event. */
  get isUnfinished(): boolean {
    return !this.#ended && !this.#holdsEvent;
  }

  add(piece: Uint8Array, begins: boolean, ends: boolean): void {
    if (begins && this.#pieces > 0) this.#take(NEWLINE);
    this.#pieces++;
    this.#take(piece);
    this.#ended = ends;
    if (begins) this.#holdsEvent ||= isCompleteJson(piece);
  }

  /** Ends the region; returns `true` if the next line reports these bytes. */
  isReportedAs(torn: TornBytes | undefined): boolean {
    return torn !== undefined && torn.bytes === this.#bytes &&
      torn.hash === this.#hash.digest("hex");
  }

  #take(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#hash.update(bytes);
  }
}

/** Takes the lines of a log in order, and finds the first change. */
export class ChainVerifier {
  readonly #beginHash: BeginHash;
  readonly #anchor: AuditAnchor | undefined;
  /** The hashes of the lines that were signed, by number. */
  readonly #signed: ReadonlyMap<number, string>;
  readonly #newest: number;
  #matched = 0;
  readonly #crashes: AuditLogPosition[] = [];
  readonly #decoder = new TextDecoder();
  #file = "";
  #line = 0;
  #isStart = true;
  #first: number | undefined;
  #sequence = 0;
  #hash = GENESIS_HASH;
  #last: AuditLogPosition = { file: "", line: 0 };
  #lines = 0;
  #anchored = false;
  #holdsLink = false;
  #region: TornRegion | undefined;
  #isUnended = false;
  #finding: Finding | undefined;

  constructor(
    beginHash: BeginHash,
    anchor: AuditAnchor | undefined,
    checkpoints: readonly AuditAnchor[] = [],
  ) {
    this.#beginHash = beginHash;
    this.#anchor = anchor;
    this.#signed = new Map(
      checkpoints.map(({ sequence, hash }) => [sequence, hash]),
    );
    this.#newest = Math.max(0, ...this.#signed.keys());
  }

  /** The position of the last line that was taken. */
  get position(): AuditLogPosition {
    return this.#at(this.#line);
  }

  /** Returns `true` if later lines cannot change the result. */
  get isDecided(): boolean {
    return this.#finding?.decided === true;
  }

  beginFile(file: string): void {
    // After a crash, the log continues in the same file: only the last is torn.
    if (this.#region !== undefined) this.#findRegion(this.#region);
    if (this.#isUnended) this.#find("changed");
    this.#file = file;
    this.#line = 0;
    this.#isStart = true;
  }

  /**
   * Takes a line, or a piece of a very long one; returns `true` if it is the next
   * line of the chain, unchanged.
   */
  take(bytes: Uint8Array, begins: boolean, ends: boolean): boolean {
    const verified = this.#lines;
    if (begins) this.#line++;
    this.#isUnended = !ends;
    const isLine = begins && bytes.length > 0;
    if (this.#finding !== undefined) {
      if (isLine && !this.isDecided) this.#reconsider(this.#finding, bytes);
      return false;
    }
    const hash = isLine ? this.#expectedHash(bytes) : undefined;
    if (hash !== undefined) {
      this.#advance(this.#sequence + 1, hash);
    } else {
      const link = isLine ? this.#readLink(bytes) : undefined;
      if (link !== undefined) this.#examine(link);
      else {
        this.#region ??= new TornRegion(this.#line, this.#beginHash);
        this.#region.add(bytes, begins, ends);
      }
    }
    return this.#lines > verified && this.#finding === undefined;
  }

  finish(): AuditVerification {
    const region = this.#region;
    if (region?.isUnfinished === false) this.#findRegion(region);
    this.#requireAnchor();
    this.#requireNewest();
    const verified = {
      lines: this.#lines,
      first: this.#first,
      head: this.#lines === 0
        ? undefined
        : { sequence: this.#sequence, hash: this.#hash },
      crashes: this.#crashes,
      anchored: this.#anchor === undefined ? undefined : this.#anchored,
      checkpoints: this.#signed.size === 0 ? undefined : this.#matched,
    };
    if (this.#finding !== undefined) {
      // If no line is chained, nothing was found but unchained lines.
      const isUnchained = !this.#holdsLink && this.#finding.what === "changed";
      return {
        ...verified,
        ...isUnchained ? unchained(this.#finding) : tampered(this.#finding),
      };
    }
    if (!this.#isUnended) return { ...verified, status: "intact" };
    const at = { file: this.#file, line: region?.line ?? this.#line };
    return { ...verified, status: "torn", at };
  }

  /** Rejects every log that does not match the anchor, whatever the anchor is. */
  #requireAnchor(): void {
    if (this.#anchor === undefined || this.#anchored) return;
    this.#find(
      "removed",
      this.#at(this.#line + 1),
      `is missing: the anchor is number ${this.#anchor.sequence} of the chain, and the log does not hold it`,
    );
  }

  /** Rejects a log that ends before the newest checkpoint, or begins after it. */
  #requireNewest(): void {
    if (this.#newest <= this.#sequence && this.#matched > 0) return;
    if (this.#signed.size === 0) return;
    const place = this.#newest > this.#sequence
      ? `ends at number ${this.#sequence}`
      : `begins at number ${this.#first}`;
    this.#find(
      "removed",
      this.#at(this.#line + 1),
      `is missing: number ${this.#newest} of the chain was signed in a checkpoint, and the log ${place}`,
    );
  }

  /** Compares a line with its checkpoint, if there is one. */
  #compare(sequence: number, hash: string): void {
    const signed = this.#signed.get(sequence);
    if (signed === undefined) return;
    if (signed === hash) this.#matched++;
    else {
      this.#find(
        "changed",
        this.position,
        `was changed after it was written: a checkpoint signed another line ${sequence} of the chain`,
      );
    }
  }

  #readLink(bytes: Uint8Array): ChainLink | undefined {
    const link = readLink(bytes, this.#beginHash);
    this.#holdsLink ||= link !== undefined;
    return link;
  }

  /** Only at its end, a log turns out to have no chain at all. */
  #findRegion({ line }: TornRegion): void {
    this.#find("changed", this.#at(line), undefined, this.#holdsLink);
  }

  /** Returns the hash of the usual line: the next one, unchanged. */
  #expectedHash(bytes: Uint8Array): string | undefined {
    if (this.#isStart || this.#region !== undefined) return undefined;
    const hash = hashOf(this.#beginHash, hashedBytes(bytes));
    // Without the newline, which is not part of the line.
    const end = linkFields(this.#sequence + 1, this.#hash, false, undefined) +
      linkEnd(hash).slice(0, -1);
    const found = this.#decoder.decode(bytes.subarray(-end.length));
    return found === end ? hash : undefined;
  }

  #advance(sequence: number, hash: string): void {
    this.#sequence = sequence;
    this.#hash = hash;
    this.#first ??= sequence;
    this.#lines++;
    this.#isStart = false;
    this.#last = { file: this.#file, line: this.#line };
    this.#compare(sequence, hash);
    if (sequence !== this.#anchor?.sequence) return;
    this.#anchored = hash === this.#anchor.hash;
    if (!this.#anchored) {
      this.#find(
        "changed",
        this.position,
        "was changed after it was written: its hash differs from the anchor's",
      );
    }
  }

  #examine(link: ChainLink): void {
    const region = this.#region;
    const follows = link.genuine && this.#follows(link);
    if (region !== undefined) {
      const isReported = follows && region.isReportedAs(link.torn);
      if (!isReported) {
        const what = follows && link.torn === undefined
          ? "inserted"
          : "changed";
        this.#find(what, this.#at(region.line));
        return;
      }
      this.#crashes.push({ file: this.#file, line: region.line });
      this.#region = undefined;
    }
    if (!link.genuine) {
      const words = this.#first === undefined
        ? "was changed after it was written, or it is hashed with another key"
        : undefined;
      this.#find("changed", this.position, words, false);
    } else if (region === undefined && link.torn !== undefined) {
      this.#find("removed");
    } else if (!follows) {
      this.#examineOrder(link);
    } else if (link.start !== this.#isStart) {
      // The first line of the log may still come.
      const decided = this.#first !== undefined;
      this.#find(
        link.start ? "moved" : "removed",
        this.position,
        undefined,
        decided,
      );
    } else if (this.#first === undefined && !this.#leavesRoomForAnchor(link)) {
      this.#examineGap(link);
    } else {
      // Rotation may have removed the line that a checkpoint signed.
      if (this.#first === undefined) {
        this.#compare(link.sequence - 1, link.previous);
      }
      this.#advance(link.sequence, link.hash);
    }
  }

  /** Explains why a log that begins with this line does not match the anchor. */
  #examineGap({ sequence }: ChainLink): void {
    const anchor = this.#anchor?.sequence;
    if (sequence - 1 === anchor) {
      this.#find(
        "changed",
        this.position,
        "follows another line than the anchor",
      );
      return;
    }
    // The first line of the log may still come.
    this.#find(
      "removed",
      this.position,
      `is number ${sequence} of the chain, and the first of the log: the lines from the anchor, number ${anchor}, up to it were removed`,
      false,
    );
  }

  /** Returns `true` if a log that begins with this line can match the anchor. */
  #leavesRoomForAnchor({ sequence, previous }: ChainLink): boolean {
    if (this.#anchor === undefined) return true;
    if (sequence === this.#anchor.sequence + 1) {
      this.#anchored = previous === this.#anchor.hash;
      return this.#anchored;
    }
    return sequence <= this.#anchor.sequence;
  }

  #follows(link: ChainLink): boolean {
    if (this.#first === undefined && link.sequence > 1) return true;
    return link.sequence === this.#sequence + 1 &&
      link.previous === this.#hash;
  }

  /** Finds the reason why an unchanged line does not follow the one before. */
  #examineOrder(link: ChainLink): void {
    const expected = this.#sequence + 1;
    if (link.sequence > expected) {
      // The missing line may still come.
      this.#find("removed", this.position, undefined, false);
    } else if (link.sequence < expected) {
      // The first line of a later file may have looked like the first of the log.
      const isBeforeFirst = this.#lines === 1 && link.sequence < this.#sequence;
      if (isBeforeFirst) this.#find("moved", this.#last);
      else this.#find("inserted");
    } else {
      this.#find("changed", this.#last.line === 0 ? this.position : this.#last);
    }
  }

  #reconsider(finding: Finding, bytes: Uint8Array): void {
    const link = this.#readLink(bytes);
    if (link?.genuine !== true) return;
    const isMissing = link.sequence === this.#sequence + 1 &&
      link.previous === this.#hash;
    const { what, at } = finding;
    // A line that follows the line before shows what was written there.
    if (isMissing) {
      const kind = what === "changed" ? "inserted" : "moved";
      this.#finding = { what: kind, at, decided: true };
    } else if (what === "changed") {
      this.#finding = { ...finding, decided: true };
    }
  }

  #at(line: number): AuditLogPosition {
    return { file: this.#file, line };
  }

  #find(
    what: Tampered["what"],
    at: AuditLogPosition = this.position,
    words?: string,
    decided = true,
  ): void {
    this.#finding ??= { what, at, decided, words };
  }
}
