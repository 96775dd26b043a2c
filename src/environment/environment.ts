/**
 * Where variables come from.
 *
 * @module
 */

/**
 * A source of variables: the process, a `.env` file, a record, or several in
 * layers. None of its methods throws, and none asks anybody for a permission.
 */
export interface Environment {
  /**
   * Reads a variable.
   *
   * @param name Its name.
   * @returns Its value, or `undefined` where it is not set or may not be read.
   */
  get(name: string): string | undefined;
  /**
   * All variables that can be listed. Where Deno permits single variables only,
   * they can be read by name and not be listed.
   *
   * @returns Names and values.
   */
  toRecord(): Readonly<Record<string, string>>;
  /**
   * Whether a variable is set here and needs no permission of Deno to be read:
   * what a source supplies by itself counts as granted.
   *
   * @param name Its name.
   * @returns Whether the source supplies it.
   */
  supplies(name: string): boolean;
  /**
   * Whether `get` can answer for a variable, be it set or not.
   *
   * @param name Its name.
   * @returns `false` where a permission of Deno is missing.
   */
  permits(name: string): boolean;
}
