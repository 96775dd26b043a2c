/**
 * Options that may be given several times.
 *
 * @module
 */

/**
 * Adds a value to those that were given before.
 *
 * @param value The value.
 * @param before The values before it.
 * @returns All of them.
 */
export function collect(
  value: string,
  before: readonly string[] = [],
): readonly string[] {
  return [...before, value];
}
