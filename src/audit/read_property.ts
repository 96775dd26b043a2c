/**
 * Reading a property of a foreign object.
 *
 * @module
 */

/** Stands for a property whose getter threw. */
export class Unreadable {
  /** What was thrown. */
  readonly thrown: unknown;

  /**
   * Keeps what was thrown.
   *
   * @param thrown What was thrown.
   */
  constructor(thrown: unknown) {
    this.thrown = thrown;
  }
}

/**
 * Reads a property, whatever its getter does.
 *
 * @param target The object.
 * @param key The property.
 * @returns Its value, or what says that it could not be read.
 */
export function read(target: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(target, key);
  } catch (thrown) {
    return new Unreadable(thrown);
  }
}
