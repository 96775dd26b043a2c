/**
 * A set that stays what it is.
 *
 * @module
 */

function refuseChange(): never {
  throw new TypeError("Cannot change a set of this package: it is read-only");
}

/**
 * A set that nobody can change, not even through `Set.prototype.add.call`:
 * what it answers comes from a set that is never handed out.
 *
 * `Object.freeze` alone freezes the properties of a set, not its members.
 *
 * @param values The members.
 * @returns A `Set` whose members never change.
 */
export function frozenSet<T>(values: Iterable<T>): ReadonlySet<T> {
  const kept: ReadonlySet<T> = new Set(values);
  const set = new Set(kept);
  const own = {
    add: refuseChange,
    delete: refuseChange,
    clear: refuseChange,
    has: (value: T) => kept.has(value),
    keys: () => kept.keys(),
    values: () => kept.values(),
    entries: () => kept.entries(),
    [Symbol.iterator]: () => kept.values(),
    forEach(visit: (value: T, key: T, set: ReadonlySet<T>) => void): void {
      for (const value of kept) visit(value, value, set);
    },
  };
  for (const key of Reflect.ownKeys(own)) {
    Object.defineProperty(set, key, { value: Reflect.get(own, key) });
  }
  Object.defineProperty(set, "size", { value: kept.size });
  return Object.freeze(set);
}
