import { PluginError } from "../base/errors.ts";
import { isJsonObject, parseEvent } from "./audit_event.ts";
import { rotatedPath, unavailable } from "./log_paths.ts";

const MIN_KEY_BYTES = 16;

/** Makes digests as lower-case hexadecimal text. */
export interface Digest {
  /** Digests some bytes. */
  of(bytes: Uint8Array): string;
  /** Digests bytes that come in pieces. */
  begin(): DigestInProgress;
}

/** A digest whose bytes come in pieces. */
export interface DigestInProgress {
  /** Adds bytes. */
  add(bytes: Uint8Array): void;
  /** Ends it. */
  end(): string;
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

/**
 * Makes what digests the lines of a chain.
 *
 * The module that does it is loaded here and not where this module is
 * imported: a host without a chain never pays for it.
 */
export function createDigest(key: string | Uint8Array | undefined): Digest {
  const crypto = globalThis.process.getBuiltinModule("node:crypto");
  const secret = key === undefined ? undefined : keyBytes(key);
  const start = secret === undefined
    ? () => crypto.createHash("sha256")
    : () => crypto.createHmac("sha256", secret);
  return {
    of: (bytes) => start().update(bytes).digest("hex"),
    begin() {
      const digest = start();
      return {
        add: (bytes) => void digest.update(bytes),
        end: () => digest.digest("hex"),
      };
    },
  };
}

/** A place in a chain: kept elsewhere, it shows whether the end was cut off. */
export interface AuditAnchor {
  /** The sequence number of a line; the first one is 1. */
  readonly sequence: number;
  /** The hash of that line. */
  readonly hash: string;
}

/** What a crash left unfinished between two lines. */
export interface TornBytes {
  /** How many bytes. */
  readonly bytes: number;
  /** Their hash. */
  readonly hash: string;
}

/** The fields of a chain in one line. */
export interface ChainLink extends AuditAnchor {
  /** The hash of the line before. */
  readonly previous: string;
  /** Whether the line says that it is the first of its file. */
  readonly start: boolean;
  /** The unfinished bytes that the line says stand before it. */
  readonly torn: TornBytes | undefined;
  /** Whether the hash is the one of the line's bytes. */
  readonly genuine: boolean;
}

/** The hash before the first line. */
export const GENESIS_HASH = "0".repeat(64);

// `,"chain_hash":"`, 64 digits, `"}`.
const HASH_FIELD_LENGTH = 81;

/** More bytes than the fields of a chain ever take. */
export const LONGEST_LINK = 512;

const LINK_REGEXP =
  /,"chain_sequence":([1-9]\d{0,15}),"chain_previous":"([0-9a-f]{64})"(,"chain_start":true)?(?:,"chain_torn":\{"bytes":(\d{1,16}),"hash":"([0-9a-f]{64})"\})?,"chain_hash":"([0-9a-f]{64})"\}$/;

/** The fields of a link but its last. */
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

/** The last field of a link, and the end of the line. */
export function linkEnd(hash: string): string {
  return `,"chain_hash":"${hash}"}\n`;
}

/** The bytes of a line that its hash is made of. */
export function hashedBytes(line: Uint8Array): Uint8Array {
  return line.subarray(0, line.length - HASH_FIELD_LENGTH);
}

function matchLink(line: Uint8Array): RegExpExecArray | null {
  return LINK_REGEXP.exec(
    new TextDecoder().decode(line.subarray(-LONGEST_LINK)),
  );
}

/** Whether a line ends in the fields of a chain, genuine or not. */
export function bearsLink(line: Uint8Array): boolean {
  return matchLink(line) !== null;
}

/** Reads the fields of a chain from a line. */
export function readLink(
  line: Uint8Array,
  digest: Digest,
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
    genuine: digest.of(hashedBytes(line)) === hash,
  };
}

/** How a log ends. */
export type LogTail =
  /** It holds nothing, or nothing but a line that a crash left unfinished. */
  | { readonly kind: "empty"; readonly torn: TornBytes | undefined }
  /** Its last line is of a chain. */
  | {
    readonly kind: "chained";
    readonly head: AuditAnchor;
    readonly torn: TornBytes | undefined;
    /** Whether nothing but the newline of that line is missing. */
    readonly unended: boolean;
  }
  /** Its last line is not of a chain. */
  | { readonly kind: "plain" }
  /** What it ends in was not left by a writer, whole or killed. */
  | { readonly kind: "damaged"; readonly problem: string };

const NEWLINE = 0x0a;
const FIRST_LOOK = 65_536;
const LAST_LOOK = 67_108_864;

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
  digest: Digest,
): TornBytes | undefined {
  return bytes.length === 0
    ? undefined
    : { bytes: bytes.length, hash: digest.of(bytes) };
}

const EVENT_START = '{"timestamp":"';

/**
 * Tells bytes that a crash can leave in the place of an event: its beginning, or
 * the zeros of a power failure.
 */
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
  // An index of -1 would be taken for the last one.
  return end === 0 ? 0 : bytes.lastIndexOf(NEWLINE, end - 1) + 1;
}

/** Reads the lines from the last to the first; `undefined` where more of them must be seen. */
function readBackwards(
  bytes: Uint8Array,
  whole: boolean,
  digest: Digest,
): LogTail | undefined {
  if (bytes.length === 0) return { kind: "empty", torn: undefined };
  const unended = bytes.at(-1) !== NEWLINE;
  const last = unended ? bytes.length : bytes.length - 1;
  let isForeign = false;
  for (let end = last;;) {
    const start = startOfLine(bytes, end);
    if (start === 0 && !whole) return undefined;
    const line = bytes.subarray(start, end);
    isForeign ||= !isUnfinished(line);
    const link = readLink(line, digest);
    if (link !== undefined) {
      if (!link.genuine) {
        return damaged(
          "its last line was changed, or is hashed with another key",
        );
      }
      const torn = tornBytes(bytes.subarray(end + 1), digest);
      const { sequence, hash } = link;
      return {
        kind: "chained",
        head: { sequence, hash },
        torn,
        unended: unended && end === last,
      };
    }
    // A crash cuts off the last line; what stands before it is cut off only
    // where crash followed crash. No beginning of a line is JSON.
    if (isJsonObject(line)) return { kind: "plain" };
    if (end === last && !unended) return damaged("its last line is not whole");
    if (start === 0 && isForeign) return damaged("it is not an audit log");
    if (start === 0) return { kind: "empty", torn: tornBytes(bytes, digest) };
    end = start - 1;
  }
}

function damaged(problem: string): LogTail {
  return { kind: "damaged", problem };
}

/** Finds where a chain ends. */
export function readChainedTail(file: Deno.FsFile, digest: Digest): LogTail {
  const { size } = file.statSync();
  for (let look = FIRST_LOOK; look <= LAST_LOOK; look *= 8) {
    const from = Math.max(0, size - look);
    const tail = readBackwards(readEnd(file, from, size), from === 0, digest);
    if (tail !== undefined) return tail;
  }
  return damaged("it ends in too much that is no line of a chain");
}

/** The end of a log without a chain. */
export type PlainTail =
  /** It holds nothing, or its last whole line is an event. */
  | { readonly kind: "log"; readonly unended: boolean }
  /** Its last whole line is of a chain. */
  | { readonly kind: "chained" }
  /** It ends in a line that no handler wrote. */
  | { readonly kind: "foreign" };

function readPlainBackwards(
  bytes: Uint8Array,
  whole: boolean,
): PlainTail | undefined {
  const unended = bytes.length > 0 && bytes.at(-1) !== NEWLINE;
  let end = unended ? bytes.length : bytes.length - 1;
  while (end > 0) {
    const start = startOfLine(bytes, end);
    if (start === 0 && !whole) return undefined;
    const line = bytes.subarray(start, end);
    if (bearsLink(line)) return { kind: "chained" };
    const event = parseEvent(new TextDecoder().decode(line));
    if (event !== undefined) return { kind: "log", unended };
    // What crashes left unfinished stands after the last event.
    if (!isUnfinished(line) || isJsonObject(line)) return { kind: "foreign" };
    end = start - 1;
  }
  // A line without anything in it is none of ours.
  return { kind: end === 0 ? "foreign" : "log", unended };
}

/** Finds how a log ends that is to be written without a chain. */
export function readPlainTail(file: Deno.FsFile): PlainTail {
  const { size } = file.statSync();
  for (let look = FIRST_LOOK; look <= LAST_LOOK; look *= 8) {
    const from = Math.max(0, size - look);
    const tail = readPlainBackwards(readEnd(file, from, size), from === 0);
    if (tail !== undefined) return tail;
  }
  return { kind: "foreign" };
}

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

  /** Makes a chain that has no line yet. */
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

  /** Writes the fields of a line, except its hash. */
  fields({ head, torn, start }: ChainState): string {
    return linkFields(head.sequence + 1, head.hash, start, torn);
  }

  /** Hashes a line. */
  next({ head }: ChainState, bytes: Uint8Array): ChainState {
    return {
      head: { sequence: head.sequence + 1, hash: this.#digest.of(bytes) },
      torn: undefined,
      start: false,
    };
  }

  /** Goes on after lines that were written. */
  advance(state: ChainState): void {
    this.#state = state;
  }

  /** Has the next line say that it is the first of its file. */
  beginFile(): void {
    if (!this.#state.start) this.#state = { ...this.#state, start: true };
  }

  /** Goes on at the end of a log, after the line that stands there. */
  resume(file: Deno.FsFile, path: string): boolean {
    const tail = this.#readTail(file, path);
    if (tail.kind === "chained") this.#goOnAfter(tail.head);
    else this.#resumeAfter(rotatedPath(path, 1));
    return this.#enter(tail);
  }

  /** Goes on in another file, after the line that this chain wrote last. */
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
