/**
 * How a log ends, as its next writer finds it.
 *
 * @module
 */

import { isJsonObject, parseEvent } from "./audit_event.ts";
import {
  type AuditAnchor,
  bearsLink,
  type Digest,
  readLink,
  type TornBytes,
} from "./chain_link.ts";

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

/**
 * Finds where a chain ends.
 *
 * @param file The file, open for reading.
 * @param digest What makes the hashes of the chain.
 * @returns How it ends.
 */
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

/**
 * Finds how a log ends that is to be written without a chain.
 *
 * @param file The file, open for reading.
 * @returns How it ends.
 */
export function readPlainTail(file: Deno.FsFile): PlainTail {
  const { size } = file.statSync();
  for (let look = FIRST_LOOK; look <= LAST_LOOK; look *= 8) {
    const from = Math.max(0, size - look);
    const tail = readPlainBackwards(readEnd(file, from, size), from === 0);
    if (tail !== undefined) return tail;
  }
  return { kind: "foreign" };
}
