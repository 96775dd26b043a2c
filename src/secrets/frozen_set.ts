/**
 * A set that stays what it is.
 *
 * @module
 */

const READING_METHODS = [
  "has",
  "keys",
  "values",
  "entries",
  Symbol.iterator,
  "union",
  "intersection",
  "difference",
  "symmetricDifference",
  "isSubsetOf",
  "isSupersetOf",
  "isDisjointFrom",
] as const;

function refuseChange(): never {
  throw new TypeError("Cannot change a set of this package: it is read-only");
}

/**
 * A set that nobody can change, not even through `Set.prototype.add.call`: it
 * is a `Set` to all who ask, and its members are held where nobody else gets.
 *
 * `Object.freeze` alone freezes the properties of a set, not its members.
 *
 * @param values The members.
 * @returns A set whose members never change.
 */
export function frozenSet<T>(values: Iterable<T>): ReadonlySet<T> {
  const kept: ReadonlySet<T> = new Set(values);
  const set: ReadonlySet<T> = Object.create(Set.prototype);
  function define(key: PropertyKey, value: unknown): void {
    Object.defineProperty(set, key, { value });
  }

  for (const key of ["add", "delete", "clear"]) define(key, refuseChange);
  for (const key of READING_METHODS) define(key, kept[key].bind(kept));
  define("size", kept.size);
  define("forEach", (visit: Parameters<ReadonlySet<T>["forEach"]>[0]) => {
    for (const value of kept) visit(value, value, set);
  });
  define(
    Symbol.for("Deno.customInspect"),
    (inspect: (value: unknown, options: unknown) => string, options: unknown) =>
      inspect(new Set(kept), options),
  );
  return Object.freeze(set);
}
