import { quote } from "../base/text.ts";
import { isJsonObject } from "./audit_event.ts";
import {
  type AuditAnchor,
  type ChainLink,
  type Digest,
  type DigestInProgress,
  GENESIS_HASH,
  hashedBytes,
  linkEnd,
  linkFields,
  readLink,
  type TornBytes,
} from "./chain.ts";
import type { AuditLogPosition } from "./log_reader.ts";

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

/** Tells a finding. */
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

  /** Makes a region without bytes. */
  constructor(line: number, digest: Digest) {
    this.line = line;
    this.#digest = digest.begin();
  }

  /** Whether a crash can have left it: unfinished, and no whole event in it. */
  get isUnfinished(): boolean {
    return !this.#ended && !this.#holdsEvent;
  }

  /** Adds a piece. */
  add(piece: Uint8Array, begins: boolean, ends: boolean): void {
    if (begins && this.#pieces > 0) this.#take(NEWLINE);
    this.#pieces++;
    this.#take(piece);
    this.#ended = ends;
    if (begins) this.#holdsEvent ||= isJsonObject(piece);
  }

  /**
   * Whether a line accounts for these bytes. The region can then hold no more.
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

/** Takes the lines of a log in their order, and says what was done to them. */
export class ChainVerifier {
  readonly #digest: Digest;
  readonly #anchor: AuditAnchor | undefined;
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

  /** Makes a verifier. */
  constructor(digest: Digest, anchor: AuditAnchor | undefined) {
    this.#digest = digest;
    this.#anchor = anchor;
  }

  /** Where the last line is that was taken. */
  get position(): AuditLogPosition {
    return { file: this.#file, line: this.#line };
  }

  /** Whether further lines change nothing. */
  get isDecided(): boolean {
    return this.#finding?.decided === true;
  }

  /** Goes on to the next file. */
  beginFile(file: string): void {
    // A log goes on in the file that a crash left: none but the last ends so.
    if (this.#region !== undefined) this.#findRegion(this.#region);
    if (this.#isUnended) this.#find("changed", this.#line);
    this.#file = file;
    this.#line = 0;
    this.#isStart = true;
  }

  /** Takes a line, or a piece of one that is too long to be of a chain. */
  take(
    bytes: Uint8Array,
    begins: boolean,
    ends: boolean,
    text?: string,
  ): boolean {
    const verified = this.#lines;
    this.#take(bytes, begins, ends, text);
    return this.#lines > verified && this.#finding === undefined;
  }

  #take(
    bytes: Uint8Array,
    begins: boolean,
    ends: boolean,
    text: string | undefined,
  ): void {
    if (begins) this.#line++;
    this.#isUnended = !ends;
    const isLine = begins && bytes.length > 0;
    if (this.#finding !== undefined) {
      if (isLine && !this.isDecided) this.#reconsider(this.#finding, bytes);
      return;
    }
    const hash = isLine ? this.#expectedHash(bytes, text) : undefined;
    if (hash !== undefined) {
      this.#advance(this.#sequence + 1, hash);
      return;
    }
    const link = isLine ? this.#readLink(bytes) : undefined;
    if (link === undefined) {
      this.#region ??= new TornRegion(this.#line, this.#digest);
      this.#region.add(bytes, begins, ends);
    } else {
      this.#examine(link);
    }
  }

  /** Says what was found. */
  finish(): AuditVerification {
    const region = this.#region;
    if (region?.isUnfinished === false) this.#findRegion(region);
    this.#requireAnchor();
    const verified = {
      lines: this.#lines,
      first: this.#first,
      head: this.#lines === 0
        ? undefined
        : { sequence: this.#sequence, hash: this.#hash },
      crashes: this.#crashes,
      anchored: this.#anchor === undefined ? undefined : this.#anchored,
    };
    if (this.#finding !== undefined) {
      // Without a link anywhere, only lines of no chain can have been found changed.
      const isUnchained = !this.#holdsLink && this.#finding.what === "changed";
      return {
        ...verified,
        ...isUnchained
          ? tellUnchained(this.#finding)
          : tellFinding(this.#finding),
      };
    }
    if (!this.#isUnended) return { ...verified, status: "intact" };
    const at = { file: this.#file, line: region?.line ?? this.#line };
    return { ...verified, status: "torn", at };
  }

  /** Lets no log pass that does not hold the anchor, whatever the anchor is. */
  #requireAnchor(): void {
    if (this.#anchor === undefined || this.#anchored) return;
    this.#find(
      "removed",
      this.#line + 1,
      `is missing: the anchor is number ${this.#anchor.sequence} of the chain, and the log does not hold it`,
    );
  }

  #readLink(bytes: Uint8Array): ChainLink | undefined {
    const link = readLink(bytes, this.#digest);
    this.#holdsLink ||= link !== undefined;
    return link;
  }

  /** A log without any chain is known as such at its end, and not before. */
  #findRegion({ line }: TornRegion): void {
    this.#find("changed", line, undefined, this.#holdsLink);
  }

  /** The hash of a line that is what nearly every line is: the next one, as it was written. */
  #expectedHash(
    bytes: Uint8Array,
    text: string | undefined,
  ): string | undefined {
    if (this.#isStart || this.#region !== undefined) return undefined;
    const hash = this.#digest.of(hashedBytes(bytes));
    // All but the newline, which is not part of what was taken.
    const end = linkFields(this.#sequence + 1, this.#hash, false, undefined) +
      linkEnd(hash).slice(0, -1);
    // All of it is ASCII, so that a text which ends so has the same bytes there.
    const found = text?.slice(-end.length) ??
      this.#decoder.decode(bytes.subarray(-end.length));
    return found === end ? hash : undefined;
  }

  #advance(sequence: number, hash: string): void {
    this.#sequence = sequence;
    this.#hash = hash;
    this.#first ??= sequence;
    this.#lines++;
    this.#isStart = false;
    this.#last = { file: this.#file, line: this.#line };
    if (sequence !== this.#anchor?.sequence) return;
    this.#anchored = hash === this.#anchor.hash;
    if (!this.#anchored) {
      this.#find(
        "changed",
        this.#line,
        "was changed after it was written: its hash is not the one of the anchor",
      );
    }
  }

  #examine(link: ChainLink): void {
    const region = this.#region;
    const follows = link.genuine && this.#follows(link);
    if (region !== undefined) {
      const accounted = follows && region.isAccountedFor(link.torn);
      if (!accounted) {
        const what = follows && link.torn === undefined
          ? "inserted"
          : "changed";
        this.#find(what, region.line);
        return;
      }
      this.#crashes.push({ file: this.#file, line: region.line });
      this.#region = undefined;
    }
    if (!link.genuine) {
      const words = this.#first === undefined
        ? "was changed after it was written, or it is hashed with another key"
        : undefined;
      this.#find("changed", this.#line, words, false);
    } else if (region === undefined && link.torn !== undefined) {
      this.#find("removed", this.#line);
    } else if (!follows) {
      this.#examineOrder(link);
    } else if (link.start !== this.#isStart) {
      // The first line of all may still come.
      const decided = this.#first !== undefined;
      this.#find(
        link.start ? "moved" : "removed",
        this.#line,
        undefined,
        decided,
      );
    } else if (this.#first === undefined && !this.#leavesRoomForAnchor(link)) {
      this.#examineGap(link);
    } else {
      this.#advance(link.sequence, link.hash);
    }
  }

  /** Says why a log that begins with this line does not hold the anchor. */
  #examineGap({ sequence }: ChainLink): void {
    const anchor = this.#anchor?.sequence;
    if (sequence - 1 === anchor) {
      this.#find(
        "changed",
        this.#line,
        "follows another line than the one of the anchor",
      );
      return;
    }
    // The first line of all may still come.
    this.#find(
      "removed",
      this.#line,
      `is number ${sequence} of the chain, and the first of the log: the lines from the anchor, number ${anchor}, up to it were removed`,
      false,
    );
  }

  /** Whether a log that begins with this line can hold the line of the anchor, or goes on right after it. */
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

  /** Says of a line that is as it was written why it does not follow the one before. */
  #examineOrder(link: ChainLink): void {
    const expected = this.#sequence + 1;
    if (link.sequence > expected) {
      // The line that is missing may still come.
      this.#find("removed", this.#line, undefined, false);
    } else if (link.sequence < expected) {
      // A first line of a later file was taken for the first line of all.
      const isBeforeFirst = this.#lines === 1 && link.sequence < this.#sequence;
      if (isBeforeFirst) this.#findAt("moved", this.#last);
      else this.#find("inserted", this.#line);
    } else if (this.#last.line === 0) {
      this.#find("changed", this.#line);
    } else {
      this.#findAt("changed", this.#last);
    }
  }

  #reconsider(finding: Finding, bytes: Uint8Array): void {
    const link = this.#readLink(bytes);
    if (link?.genuine !== true) return;
    const isMissing = link.sequence === this.#sequence + 1 &&
      link.previous === this.#hash;
    if (finding.what === "changed") {
      // What follows the line before it is what was written there.
      const what = isMissing ? "inserted" : "changed";
      this.#finding = what === "changed"
        ? { ...finding, decided: true }
        : { what, at: finding.at, decided: true };
    } else if (isMissing) {
      this.#finding = { what: "moved", at: finding.at, decided: true };
    }
  }

  #find(
    what: Tampered["what"],
    line: number,
    words?: string,
    decided = true,
  ): void {
    this.#findAt(what, { file: this.#file, line }, words, decided);
  }

  #findAt(
    what: Tampered["what"],
    at: AuditLogPosition,
    words?: string,
    decided = true,
  ): void {
    this.#finding ??= { what, at, decided, ...words && { words } };
  }
}
