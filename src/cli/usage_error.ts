/**
 * What is wrong with how a command was called.
 *
 * @module
 */

/** Thrown where a command cannot do what it was asked for as it was asked. */
export class UsageError extends Error {
  /** Always `"UsageError"`. */
  override readonly name = "UsageError";
  /** What a person can do about it. */
  readonly remedy: string;

  /**
   * Makes an error.
   *
   * @param message What is the case, in one line.
   * @param remedy What a person can do about it, in one line.
   */
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}
