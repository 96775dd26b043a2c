/**
 * Frames on a pipe that a plugin also prints to. A random mark stands before each
 * frame; every other byte is text.
 *
 * mark, length of the head, number of segments (32 bits each, little endian), the
 * length of each segment, the head (JSON), the segments.
 */

import { Violation } from "./violation.ts";
import { type FrameLimits, mostHeadBytes } from "./wire_format.ts";

// Never part of UTF-8, so a text rarely looks like the start of a mark. It is only
// at the start of a mark: after a mismatch no byte is compared twice.
const MARK_START = 0xff;
const MARK_LENGTH = 17;
const FIXED_LENGTH = 8;
const LENGTH_BYTES = 4;

/** Makes the random mark of one session. */
export function createMark(): Uint8Array<ArrayBuffer> {
  const mark = crypto.getRandomValues(new Uint8Array(MARK_LENGTH));
  for (const [index, byte] of mark.entries()) {
    if (byte === MARK_START) mark[index] = 0;
  }
  mark[0] = MARK_START;
  return mark;
}

function checkMark(mark: Uint8Array): void {
  if (mark.length !== MARK_LENGTH || mark.lastIndexOf(MARK_START) !== 0) {
    throw new TypeError("Cannot use the mark of a session: it is invalid");
  }
}

const SMALLEST_BUFFER = 16_384;
const LARGEST_KEPT_BUFFER = 2_097_152;
// One UTF-16 code unit is at most three bytes of UTF-8.
const MOST_BYTES_PER_UNIT = 3;

/** Collects frames until they are written. */
export class FrameWriter {
  readonly #mark: Uint8Array;
  readonly #encoder = new TextEncoder();
  #spare: Uint8Array<ArrayBuffer> | undefined;
  #buffer = new Uint8Array(SMALLEST_BUFFER);
  #length = 0;

  constructor(mark: Uint8Array) {
    checkMark(mark);
    this.#mark = mark.slice();
  }

  /** The bytes of the frames that were not taken yet. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds a frame, with copies of its segments. Returns the bytes of its head and
   * segments, or `undefined` and adds nothing if it exceeds the limits.
   */
  add(
    head: string,
    segments: readonly Uint8Array[],
    limits: FrameLimits,
  ): number | undefined {
    const start = this.#length;
    let segmentBytes = 0;
    for (const segment of segments) segmentBytes += segment.length;
    const mostHead = Math.min(
      mostHeadBytes(limits),
      limits.frameBytes - segmentBytes,
    );
    if (head.length > mostHead) return undefined;
    const worst = head.length * MOST_BYTES_PER_UNIT;
    // Encodes a large head by itself: room for the worst case is mostly too much.
    const encoded = worst > SMALLEST_BUFFER || worst > mostHead
      ? this.#encoder.encode(head)
      : undefined;
    if (encoded !== undefined && encoded.length > mostHead) return undefined;
    const headBytes = encoded?.length ?? worst;
    this.#reserve(
      MARK_LENGTH + FIXED_LENGTH + segments.length * LENGTH_BYTES + headBytes +
        segmentBytes,
    );
    const buffer = this.#buffer;
    buffer.set(this.#mark, start);
    let at = start + MARK_LENGTH + FIXED_LENGTH;
    for (const { length } of segments) {
      writeLength(buffer, at, length);
      at += LENGTH_BYTES;
    }
    let headLength: number;
    if (encoded === undefined) {
      headLength =
        this.#encoder.encodeInto(head, buffer.subarray(at, at + worst)).written;
    } else {
      headLength = encoded.length;
      buffer.set(encoded, at);
    }
    at += headLength;
    writeLength(buffer, start + MARK_LENGTH, headLength);
    writeLength(buffer, start + MARK_LENGTH + LENGTH_BYTES, segments.length);
    for (const segment of segments) {
      buffer.set(segment, at);
      at += segment.length;
    }
    this.#length = at;
    return headLength + segmentBytes;
  }

  /** Returns all frames since the last call; pass them to `recycle()` afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#buffer.subarray(0, this.#length);
    this.#buffer = this.#spare ?? new Uint8Array(SMALLEST_BUFFER);
    this.#spare = undefined;
    this.#length = 0;
    return taken;
  }

  /** Reuses the memory of frames that were written. */
  recycle({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (buffer.byteLength > LARGEST_KEPT_BUFFER) return;
    this.#spare = new Uint8Array(buffer);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(
      this.#length === 0 ? needed : Math.max(needed, this.#buffer.length * 2),
    );
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

function writeLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length;
  bytes[at + 1] = length >>> 8;
  bytes[at + 2] = length >>> 16;
  bytes[at + 3] = length >>> 24;
}

function readLength(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | (bytes[at + 1] ?? 0) << 8;
  const high = (bytes[at + 2] ?? 0) | (bytes[at + 3] ?? 0) << 8;
  return low + high * 0x1_0000;
}

/** Gets what a {@linkcode FrameReader} finds, in its order. */
export interface FrameSink {
  /**
   * Gets a frame. Each segment has memory of its own; the head is only valid
   * during the call.
   */
  onFrame(head: Uint8Array, segments: readonly Uint8Array<ArrayBuffer>[]): void;
  /** Gets bytes that belong to no frame, only valid during the call. */
  onText(bytes: Uint8Array): void;
}

const NO_SEGMENTS: readonly Uint8Array<ArrayBuffer>[] = [];

type Part = "mark" | "fixed" | "lengths" | "head" | "segments";

/** Finds the frames in the chunks of a pipe. Takes time linear in the bytes. */
export class FrameReader {
  readonly #mark: Uint8Array;
  /** They may change after each frame. */
  limits: FrameLimits;
  readonly #sink: FrameSink;
  #part: Part = "mark";
  #matched = 0;
  /** The part that is read, if a chunk ended inside it. */
  #partial: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #headLength = 0;
  #head: Uint8Array = new Uint8Array();
  #lengths: number[] = [];
  #segments: Uint8Array<ArrayBuffer>[] = [];

  constructor(mark: Uint8Array, limits: FrameLimits, sink: FrameSink) {
    checkMark(mark);
    this.#mark = mark.slice();
    this.limits = limits;
    this.#sink = sink;
  }

  /** `true` if a frame has begun and not ended. */
  get isInsideFrame(): boolean {
    return this.#part !== "mark";
  }

  /**
   * Reads the next chunk, whose memory can be reused afterwards.
   *
   * @throws {Violation} when a frame exceeds a limit, before any memory is
   * allocated for it, or when the sink throws one. The reader is then of no use.
   */
  read(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      at = this.#part === "mark"
        ? this.#findMark(chunk, at)
        : this.#readPart(chunk, at);
    }
  }

  /** Passes on text that looked like the start of a mark. */
  end(): void {
    const matched = this.#matched;
    this.#matched = 0;
    if (matched > 0) this.#sink.onText(this.#mark.subarray(0, matched));
  }

  #findMark(chunk: Uint8Array, start: number): number {
    // The bytes of the match that an earlier chunk ended with.
    let carried = this.#matched;
    let at = start;
    while (at < chunk.length) {
      if (this.#matched === 0) {
        const found = chunk.indexOf(MARK_START, at);
        if (found === -1) {
          at = chunk.length;
          break;
        }
        at = found;
      }
      while (at < chunk.length && chunk[at] === this.#mark[this.#matched]) {
        at++;
        this.#matched++;
        if (this.#matched < MARK_LENGTH) continue;
        this.#matched = 0;
        this.#part = "fixed";
        this.#passText(chunk, start, at - MARK_LENGTH);
        return at;
      }
      if (at === chunk.length) break;
      // It was text after all.
      if (carried > 0) this.#sink.onText(this.#mark.subarray(0, carried));
      carried = 0;
      this.#matched = 0;
    }
    this.#passText(chunk, start, at - this.#matched);
    return at;
  }

  #passText(chunk: Uint8Array, start: number, end: number): void {
    if (end > start) this.#sink.onText(chunk.subarray(start, end));
  }

  #readPart(chunk: Uint8Array, start: number): number {
    const length = this.#partLength();
    const missing = length - this.#filled;
    if (this.#partial === undefined && chunk.length - start >= length) {
      this.#finishPart(chunk, start, start + length, false);
      return start + length;
    }
    this.#partial ??= new Uint8Array(length);
    const end = Math.min(start + missing, chunk.length);
    this.#partial.set(chunk.subarray(start, end), this.#filled);
    this.#filled += end - start;
    if (this.#filled === length) {
      const partial = this.#partial;
      this.#partial = undefined;
      this.#filled = 0;
      this.#finishPart(partial, 0, length, true);
    }
    return end;
  }

  #partLength(): number {
    switch (this.#part) {
      case "mark":
      case "fixed":
        return FIXED_LENGTH;
      case "lengths":
        return this.#lengths.length * LENGTH_BYTES;
      case "head":
        return this.#headLength;
      case "segments":
        return this.#lengths[this.#segments.length] ?? 0;
    }
  }

  /** `isOwn` says that the part fills its memory, which nothing else uses. */
  #finishPart(
    bytes: Uint8Array,
    start: number,
    end: number,
    isOwn: boolean,
  ): void {
    switch (this.#part) {
      case "mark":
      case "fixed":
        this.#readFixed(bytes, start);
        break;
      case "lengths":
        this.#readLengths(bytes, start);
        break;
      case "head":
        this.#readHead(bytes.subarray(start, end), isOwn);
        break;
      case "segments":
        // A copy of its own: aligned, and no small array keeps a large chunk alive.
        this.#segments.push(
          isOwn && bytes.buffer instanceof ArrayBuffer
            ? new Uint8Array(bytes.buffer)
            : new Uint8Array(bytes.subarray(start, end)),
        );
        break;
    }
    this.#skipEmptyParts();
  }

  #readFixed(bytes: Uint8Array, start: number): void {
    const head = readLength(bytes, start);
    const segments = readLength(bytes, start + LENGTH_BYTES);
    const most = mostHeadBytes(this.limits);
    if (head > most) throw tooLarge("the head of a frame", head, most);
    if (segments > this.limits.segments) {
      throw new Violation(
        `a frame has ${segments} segments, and at most ${this.limits.segments} are allowed`,
      );
    }
    this.#headLength = head;
    this.#part = segments === 0 ? "head" : "lengths";
    if (segments > 0) this.#lengths = new Array(segments).fill(0);
  }

  #readLengths(bytes: Uint8Array, start: number): void {
    let total = this.#headLength;
    for (let index = 0; index < this.#lengths.length; index++) {
      const length = readLength(bytes, start + index * LENGTH_BYTES);
      total += length;
      this.#lengths[index] = length;
    }
    const most = this.limits.frameBytes;
    if (total > most) throw tooLarge("a frame", total, most);
    this.#part = "head";
  }

  #readHead(bytes: Uint8Array, isOwn: boolean): void {
    if (this.#lengths.length === 0) {
      this.#part = "mark";
      this.#sink.onFrame(bytes, NO_SEGMENTS);
      return;
    }
    // The next chunk may overwrite this one.
    this.#head = isOwn ? bytes : bytes.slice();
    this.#part = "segments";
  }

  // An empty part ends without a byte.
  #skipEmptyParts(): void {
    if (this.#part === "head" && this.#headLength === 0) {
      throw new Violation("a frame has no head");
    }
    if (this.#part !== "segments") return;
    while (
      this.#segments.length < this.#lengths.length &&
      this.#lengths[this.#segments.length] === 0
    ) this.#segments.push(new Uint8Array());
    if (this.#segments.length < this.#lengths.length) return;
    const segments = this.#segments;
    const head = this.#head;
    this.#part = "mark";
    this.#segments = [];
    this.#lengths = [];
    this.#head = new Uint8Array();
    this.#sink.onFrame(head, segments);
  }
}

function tooLarge(what: string, bytes: number, most: number): Violation {
  return new Violation(
    `${what} has ${bytes} bytes, and at most ${most} are allowed`,
  );
}
