/**
 * What a benchmark is: one measurement, and the rows of the table it fills.
 *
 * @module
 */

import type { Comparison, Unit } from "./measure/comparison.ts";

/** A row of the table. */
export interface Row {
  /** What the measurement is found by, and what `--only` names. */
  readonly id: string;
  /** What was done. */
  readonly what: string;
  /** What ours divided by theirs may be; `undefined` where nothing was asked for. */
  readonly target?: number;
  /** The work that grows with N, and its N. */
  readonly growth?: {
    /** The work. */
    readonly of: string;
    /** The size. */
    readonly size: number;
  };
}

/** One measurement, and the rows that it fills. */
export interface Bench {
  /** What it is called. */
  readonly name: string;
  /** What was compared, and why that is fair. */
  readonly fair: string;
  /** What is measured: milliseconds or bytes. */
  readonly unit: Unit;
  /** The rows. */
  readonly rows: readonly Row[];
  /** Measures; answers by the rows' ids. */
  measure(): Promise<Readonly<Record<string, Comparison>>>;
}

/** What the benchmarks are told. */
export interface BenchSettings {
  /** Whether they are only to be seen to run. */
  readonly quick: boolean;
  /** A directory of their own, which is removed afterwards. */
  readonly directory: string;
  /** The directory of this project. */
  readonly root: string;
}
