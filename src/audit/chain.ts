/**
 * Adds a chain to the lines of a log, and reads it back.
 *
 * A chained line ends in these fields, in this order:
 *
 *     ,"chain_sequence":7,"chain_previous":"<hash of line 6>"
 *     [,"chain_start":true]  the first line of a file
 *     [,"chain_torn":{"bytes":31,"hash":"<hash of them>"}]  after a crash
 *     ,"chain_hash":"<hash of the line up to this field>"}
 */

import { PluginError } from "../base/errors.ts";
import { isCompleteJson, parseEvent } from "./audit_event.ts";
import { rotatedPath, unavailable } from "./log_paths.ts";

const MIN_KEY_BYTES = 16;

/** Begins a SHA-256, or an HMAC if there is a key. */
export type BeginHash = () => HashInProgress;

export interface HashInProgress {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

/** Hashes bytes as lower-case hexadecimal text. */
export function hashOf(beginHash: BeginHash, bytes: Uint8Array): string {
  const hash = beginHash();
  hash.update(bytes);
  return hash.digest("hex");
}

function keyBytes(key: string | Uint8Array): Uint8Array {
  const bytes = typeof key === "string"
    ? new TextEncoder().encode(key)
    : key.slice();
  if (bytes.length >= MIN_KEY_BYTES) return bytes;
  throw new PluginError(
    `Cannot use the key of the audit chain: it has ${bytes.length} bytes`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: `Use a random key of at least ${MIN_KEY_BYTES} bytes`,
    },
  );
}

/** Only a log with a chain loads the module that computes hashes. */
export function createHashing(key: string | Uint8Array | undefined): BeginHash {
  const crypto = globalThis.process.getBuiltinModule("node:crypto");
  if (key === undefined) return () => crypto.createHash("sha256");
  const secret = keyBytes(key);
  return () => crypto.createHmac("sha256", secret);
}

/** A line of a chain. Kept elsewhere, it shows whether later lines were removed. */
export interface AuditAnchor {
  /** The sequence number of the line; the first one is 1. */
  readonly sequence: number;
  /** The hash of the line. */
  readonly hash: string;
}

/** The bytes of a line that a crash left unfinished. */
export interface TornBytes {
  /** The number of bytes. */
  readonly bytes: number;
  readonly hash: string;
}

/** The chain fields of a line. */
export interface ChainLink extends AuditAnchor {
  /** The hash of the line before. */
  readonly previous: string;
  /** The line claims to be the first of its file. */
  readonly start: boolean;
  /** The unfinished bytes that the line reports before it. */
  readonly torn: TornBytes | undefined;
  /** The hash matches the bytes of the line. */
  readonly genuine: boolean;
}

/** The previous hash of the first line. */
export const GENESIS_HASH: string = "0".repeat(64);

// `,"chain_hash":"`, 64 digits, `"}`.
const HASH_FIELD_LENGTH = 81;

/** More bytes than the chain fields ever take. */
export const LONGEST_LINK = 512;

const LINK_REGEXP =
  /,"chain_sequence":([1-9]\d{0,15}),"chain_previous":"([0-9a-f]{64})"(,"chain_start":true)?(?:,"chain_torn":\{"bytes":(\d{1,16}),"hash":"([0-9a-f]{64})"\})?,"chain_hash":"([0-9a-f]{64})"\}$/;

/** Returns the chain fields of a line, except its hash. */
export function linkFields(
  sequence: number,
  previous: string,
  start: boolean,
  torn: TornBytes | undefined,
): string {
  const fields = `,"chain_sequence":${sequence},"chain_previous":"${previous}"`;
  if (!start && torn === undefined) return fields;
  return fields + (start ? ',"chain_start":true' : "") +
    (torn === undefined
      ? ""
      : `,"chain_torn":{"bytes":${torn.bytes},"hash":"${torn.hash}"}`);
}

/** Returns the hash field and the end of the line. */
export function linkEnd(hash: string): string {
  return `,"chain_hash":"${hash}"}\n`;
}

/** Returns the part of a line that its hash covers. */
export function hashedBytes(line: Uint8Array): Uint8Array {
  return line.subarray(0, line.length - HASH_FIELD_LENGTH);
}

function matchLink(line: Uint8Array): RegExpExecArray | null {
  return LINK_REGEXP.exec(
    new TextDecoder().decode(line.subarray(-LONGEST_LINK)),
  );
}

/** Returns the place of a line in its chain, unverified; `undefined` without one. */
export function readChainFields(
  line: string,
): (AuditAnchor & { readonly previous: string }) | undefined {
  const match = LINK_REGEXP.exec(line.slice(-LONGEST_LINK));
  if (match === null) return undefined;
  const [, sequence, previous = "", , , , hash = ""] = match;
  return { sequence: Number(sequence), previous, hash };
}

/** Reads the chain fields of a line, if it has any. */
export function readLink(
  line: Uint8Array,
  beginHash: BeginHash,
): ChainLink | undefined {
  const match = matchLink(line);
  if (match === null) return undefined;
  const [, sequence, previous = "", start, bytes, tornHash, hash = ""] = match;
  return {
    sequence: Number(sequence),
    previous,
    start: start !== undefined,
    torn: tornHash === undefined
      ? undefined
      : { bytes: Number(bytes), hash: tornHash },
    hash,
    genuine: hashOf(beginHash, hashedBytes(line)) === hash,
  };
}

/** The end of a log, as the next writer of a chain finds it. */
type LogTail =
  /** Nothing, or only a line that a crash left unfinished. */
  | { readonly kind: "empty"; readonly torn: TornBytes | undefined }
  | {
    readonly kind: "chained";
    readonly head: AuditAnchor;
    readonly torn: TornBytes | undefined;
    /** Only the newline of the last line is missing. */
    readonly unended: boolean;
  }
  /** Its last line is an event without a chain. */
  | { readonly kind: "plain" }
  /** No writer left it like this, not even a killed one. */
  | { readonly kind: "damaged"; readonly problem: string };

const NEWLINE = 0x0a;
const FIRST_LOOK = 65_536;
const LAST_LOOK = 67_108_864;

/** Reads more and more of the end of a file, until that is enough. */
function readFromEnd<Tail>(
  file: Deno.FsFile,
  read: (bytes: Uint8Array, isWholeFile: boolean) => Tail | undefined,
): Tail | undefined {
  const { size } = file.statSync();
  for (let look = FIRST_LOOK; look <= LAST_LOOK; look *= 8) {
    const from = Math.max(0, size - look);
    const tail = read(readEnd(file, from, size), from === 0);
    if (tail !== undefined) return tail;
  }
  return undefined;
}

function readEnd(file: Deno.FsFile, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  let filled = 0;
  file.seekSync(from, Deno.SeekMode.Start);
  while (filled < bytes.length) {
    const count = file.readSync(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function tornBytes(
  bytes: Uint8Array,
  beginHash: BeginHash,
): TornBytes | undefined {
  return bytes.length === 0
    ? undefined
    : { bytes: bytes.length, hash: hashOf(beginHash, bytes) };
}

const EVENT_START = '{"timestamp":"';

/** Returns `true` for the beginning of an event, or the zeros of a power failure. */
function isUnfinished(bytes: Uint8Array): boolean {
  const zero = bytes.indexOf(0);
  const written = zero === -1 ? bytes : bytes.subarray(0, zero);
  if (bytes.length === 0) return false;
  if (bytes.subarray(written.length).some((byte) => byte !== 0)) return false;
  const text = new TextDecoder().decode(
    written.subarray(0, EVENT_START.length),
  );
  return EVENT_START.startsWith(text);
}

function startOfLine(bytes: Uint8Array, end: number): number {
  // An index of -1 means the last element.
  return end === 0 ? 0 : bytes.lastIndexOf(NEWLINE, end - 1) + 1;
}

/** Reads lines from last to first; returns `undefined` if it needs more bytes. */
function readChainedTail(
  bytes: Uint8Array,
  isWholeFile: boolean,
  beginHash: BeginHash,
): LogTail | undefined {
  if (bytes.length === 0) return { kind: "empty", torn: undefined };
  const unended = bytes.at(-1) !== NEWLINE;
  const last = unended ? bytes.length : bytes.length - 1;
  let isForeign = false;
  for (let end = last;;) {
    const start = startOfLine(bytes, end);
    if (start === 0 && !isWholeFile) return undefined;
    const line = bytes.subarray(start, end);
    isForeign ||= !isUnfinished(line);
    const link = readLink(line, beginHash);
    if (link !== undefined) {
      if (!link.genuine) {
        return damaged(
          "its last line was changed, or is hashed with another key",
        );
      }
      const torn = tornBytes(bytes.subarray(end + 1), beginHash);
      const { sequence, hash } = link;
      return {
        kind: "chained",
        head: { sequence, hash },
        torn,
        unended: unended && end === last,
      };
    }
    // A crash truncates the last line, and lines before it only if crash
    // followed crash. A truncated line is never JSON.
    if (isCompleteJson(line)) return { kind: "plain" };
    if (end === last && !unended) return damaged("its last line is incomplete");
    if (start === 0 && isForeign) return damaged("it is not an audit log");
    if (start === 0) {
      return { kind: "empty", torn: tornBytes(bytes, beginHash) };
    }
    end = start - 1;
  }
}

function damaged(problem: string): LogTail {
  return { kind: "damaged", problem };
}

/** The end of a log without a chain. */
type PlainTail = "ended" | "unended" | "chained" | "foreign";

/** Reads lines from last to first; returns `undefined` if it needs more bytes. */
function readPlainTail(
  bytes: Uint8Array,
  isWholeFile: boolean,
): PlainTail | undefined {
  const unended = bytes.length > 0 && bytes.at(-1) !== NEWLINE;
  let end = unended ? bytes.length : bytes.length - 1;
  while (end > 0) {
    const start = startOfLine(bytes, end);
    if (start === 0 && !isWholeFile) return undefined;
    const line = bytes.subarray(start, end);
    if (matchLink(line) !== null) return "chained";
    const event = parseEvent(new TextDecoder().decode(line));
    if (event !== undefined) return unended ? "unended" : "ended";
    // After the last event, only crashes leave anything.
    if (!isUnfinished(line) || isCompleteJson(line)) return "foreign";
    end = start - 1;
  }
  // No handler writes an empty line.
  return end === 0 ? "foreign" : unended ? "unended" : "ended";
}

/**
 * Finds the end of a log without a chain; returns `true` if its last line lacks
 * its newline.
 */
export function resumePlainLog(file: Deno.FsFile, path: string): boolean {
  switch (readFromEnd(file, readPlainTail)) {
    case "ended":
      return false;
    case "unended":
      return true;
    case "chained":
      throw unavailable(
        "open",
        path,
        "its lines are chained, and this handler has no chain",
        "Open it with the option chain, or name another file",
      );
    default:
      throw unavailable(
        "open",
        path,
        "it is not an audit log: its last line is not an event",
        "Name another file",
      );
  }
}

const MOVE_AWAY =
  "Move the file elsewhere unchanged, and check it with verifyAuditLog";

/** The state of a chain between two lines. */
export interface ChainState {
  /** The last line; number 0 before the first. */
  readonly head: AuditAnchor;
  /** The bytes that a crash left before the next line. */
  readonly torn: TornBytes | undefined;
  /** The next line is the first of its file. */
  readonly start: boolean;
}

/** The chain of a log that is written. */
export class LineChain {
  readonly #beginHash: BeginHash;
  #state: ChainState = {
    head: { sequence: 0, hash: GENESIS_HASH },
    torn: undefined,
    start: true,
  };

  constructor(key: string | Uint8Array | undefined) {
    this.#beginHash = createHashing(key);
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

  /** Returns the chain fields of the next line, except its hash. */
  fields({ head, torn, start }: ChainState): string {
    return linkFields(head.sequence + 1, head.hash, start, torn);
  }

  /** Returns the state after a line, given its bytes so far. */
  next({ head }: ChainState, bytes: Uint8Array): ChainState {
    return {
      head: {
        sequence: head.sequence + 1,
        hash: hashOf(this.#beginHash, bytes),
      },
      torn: undefined,
      start: false,
    };
  }

  /** Records that lines were written. */
  advance(state: ChainState): void {
    this.#state = state;
  }

  /**
   * Continues after the last line of a log; returns `true` if that line lacks
   * its newline.
   */
  resume(file: Deno.FsFile, path: string): boolean {
    const tail = this.#readTail(file);
    const head = tail.kind === "empty"
      ? this.#headOfRotated(rotatedPath(path, 1))
      : tail.kind === "chained"
      ? tail.head
      : undefined;
    return this.#enter(tail, path, head);
  }

  /** Continues in another file, after the last line that this chain wrote. */
  continueIn(file: Deno.FsFile, path: string): boolean {
    return this.#enter(this.#readTail(file), path);
  }

  #readTail(file: Deno.FsFile): LogTail {
    return readFromEnd(
      file,
      (bytes, isWholeFile) =>
        readChainedTail(bytes, isWholeFile, this.#beginHash),
    ) ?? damaged("its end holds no chained line");
  }

  #enter(tail: LogTail, path: string, head = this.#state.head): boolean {
    switch (tail.kind) {
      case "plain":
        throw unavailable(
          "open",
          path,
          "its last line is not chained",
          "Move the file elsewhere, or name another one: a chain cannot vouch for lines that were written without it",
        );
      case "damaged":
        throw unavailable("open", path, tail.problem, MOVE_AWAY);
    }
    this.#state = { head, torn: tail.torn, start: tail.kind === "empty" };
    return tail.torn !== undefined || tail.kind === "chained" && tail.unended;
  }

  /** Finds the last line of a file that was rotated just before a crash. */
  #headOfRotated(path: string): AuditAnchor | undefined {
    let tail: LogTail;
    try {
      using file = Deno.openSync(path);
      tail = this.#readTail(file);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    if (tail.kind === "empty" || tail.kind === "plain") return undefined;
    if (tail.kind === "chained" && tail.torn === undefined) return tail.head;
    throw unavailable("open", path, "its last line is incomplete", MOVE_AWAY);
  }
}
