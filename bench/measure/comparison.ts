/**
 * What was measured of ours and of theirs, round by round.
 *
 * @module
 */

/** The measurements of a row. */
export interface Comparison {
  /** Ours, one a round: milliseconds or bytes. */
  readonly ours: readonly number[];
  /** Those of each peer, one a round, in the same unit. */
  readonly theirs: Readonly<Record<string, readonly number[]>>;
}

/** What a measurement counts. */
export type Unit = "ms" | "bytes";
