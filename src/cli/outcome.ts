/**
 * What a command comes to.
 *
 * @module
 */

/** How a command ends: 0 is fine, 1 are findings, 2 is wrong usage or work that cannot be done. */
export type ExitCode = 0 | 1 | 2;

/** What a command comes to, for machines and for people. */
export interface Outcome {
  /** The result, as JSON. */
  readonly result: unknown;
  /** The same for people: whole lines; what is foreign in them was escaped. */
  readonly text: string;
  /** How the command ends. */
  readonly exitCode: ExitCode;
}
