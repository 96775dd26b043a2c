import type { Result, Unit } from "./measure/comparison.ts";

/** A row of the table. */
export interface Row {
  /** The key of the measurement. */
  readonly id: string;
  /** The first cell of the row. */
  readonly what: string;
  /**
   * The highest ratio of ours to theirs; without it the row is only there to
   * compare.
   */
  readonly target?: number;
  /** The most that ours may take, in the unit of the benchmark. */
  readonly most?: number;
  /** The work that grows with N, and its N. */
  readonly growth?: {
    readonly of: string;
    readonly size: number;
  };
}

/** One measurement, and the rows that it fills; bench/README.md has the method. */
export interface Bench {
  /** The name that `--only` is compared with. */
  readonly name: string;
  readonly unit: Unit;
  readonly rows: readonly Row[];
  /** Measures, and returns one result for each row's id. */
  measure(): Promise<Readonly<Record<string, Result>>>;
}

/** The settings that all benchmarks share. */
export interface BenchSettings {
  /** `true` if the run only checks that everything runs. */
  readonly quick: boolean;
  /** A directory for generated files, which is removed afterwards. */
  readonly directory: string;
  readonly root: string;
}
