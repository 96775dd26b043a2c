/**
 * The form of values in a head. Everything that JSON lacks is an object with the
 * key `$`, whose value names the kind.
 *
 * Data is a tree: shared objects are copied and cycles refused. A small message
 * could otherwise make whoever walks its value walk for ever.
 */

/** Reserved for the tag; an object with such a key is written as a list of entries. */
export const TAG = "$";

export interface FrameLimits {
  /** The most bytes of a message. */
  readonly frameBytes: number;
  /** The most segments of a message. */
  readonly segments: number;
}

export interface WireLimits extends FrameLimits {
  /** The most levels of arrays and objects in the JSON of a message. */
  readonly depth: number;
}

/** The most bytes of a head: parsing it costs far more than copying segments. */
export function mostHeadBytes({ frameBytes }: FrameLimits): number {
  return Math.ceil(frameBytes / 4);
}

/** The most that the values of a message may weigh. */
export function mostWeight(limits: FrameLimits): number {
  // A short `[],` is many times as large in memory: 16 bytes for each is as much
  // as honest data needs.
  return Math.ceil(mostHeadBytes(limits) / 16) + 1_024;
}

export const WEIGHTS = {
  plain: 1,
  segment: 4,
  collection: 4,
  heavy: 8,
} as const;

/** A longer text is a segment, which is not parsed. */
export const MOST_INLINE_TEXT = 4_096;
/** Parsing may be slower than linear beyond it. */
export const MOST_BIGINT_DIGITS = 262_144;
export const MOST_PATTERN_LENGTH = 65_536;
export const MOST_HOLES = 1_024;
export const MOST_STACK_LENGTH = 8_192;

/**
 * Tests for a text such as `"42"`. V8 hashes those by their number, so that a
 * hostile `JSON.parse` of 60,000 takes seconds. They are written as numbers.
 */
export function isIndexText(text: string): boolean {
  return text.length <= MOST_INDEX_DIGITS && INDEX_REGEXP.test(text);
}

export const MOST_INDEX_DIGITS = 10;
const INDEX_REGEXP = /^(?:0|[1-9][0-9]*)$/;

/** The kinds of values that stay in their process, under a number. */
export type ReferenceKind = "function" | "iterable" | "iterator" | "signal";

type TypedArrayClass =
  & (new (buffer: ArrayBuffer) => ArrayBufferView<ArrayBuffer>)
  & { readonly BYTES_PER_ELEMENT: number };

export const TYPED_ARRAYS: ReadonlyMap<string, TypedArrayClass> = new Map<
  string,
  TypedArrayClass
>([
  ["Int8Array", Int8Array],
  ["Uint8Array", Uint8Array],
  ["Uint8ClampedArray", Uint8ClampedArray],
  ["Int16Array", Int16Array],
  ["Uint16Array", Uint16Array],
  ["Float16Array", Float16Array],
  ["Int32Array", Int32Array],
  ["Uint32Array", Uint32Array],
  ["Float32Array", Float32Array],
  ["Float64Array", Float64Array],
  ["BigInt64Array", BigInt64Array],
  ["BigUint64Array", BigUint64Array],
]);
