/** The measurements of a row, round by round. */
export interface Comparison {
  /** Ours, one a round: milliseconds or bytes. */
  readonly ours: readonly number[];
  /** Those of each peer, one a round, in the same unit. */
  readonly theirs: Readonly<Record<string, readonly number[]>>;
}

/** A row that this machine cannot measure. */
export interface NotMeasured {
  readonly notMeasured: string;
}

export type Result = Comparison | NotMeasured;

export type Unit = "ms" | "bytes";
