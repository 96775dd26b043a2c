/**
 * Objects that are not our own: reading a property, and what to write of one
 * that is neither plain nor an array.
 */

/** Stands for a property whose getter threw. */
export class Unreadable {
  /** What was thrown. */
  readonly thrown: unknown;

  /** Keeps what was thrown. */
  constructor(thrown: unknown) {
    this.thrown = thrown;
  }
}

/** Reads a property, whatever its getter does. */
export function read(target: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(target, key);
  } catch (thrown) {
    return new Unreadable(thrown);
  }
}

/** How an object is to be written. */
export type ObjectShape =
  /** As this text. */
  | { readonly kind: "text"; readonly text: string }
  /** As another value. */
  | { readonly kind: "value"; readonly value: unknown }
  /** As an object of these properties of it. */
  | { readonly kind: "keys"; readonly keys: readonly PropertyKey[] }
  /** As an object, or as a list of pairs where a key is not text. */
  | {
    readonly kind: "entries";
    readonly entries: Iterable<readonly [unknown, unknown]>;
    readonly size: number;
  }
  /** As an array. */
  | {
    readonly kind: "items";
    readonly items: Iterable<unknown>;
    readonly size: number;
  };

function text(value: string): ObjectShape {
  return { kind: "text", text: value };
}

/** The properties of an object that are its own and enumerable, symbols too. */
export function ownKeys(value: object): PropertyKey[] {
  const keys: PropertyKey[] = Object.keys(value);
  for (const symbol of Object.getOwnPropertySymbols(value)) {
    if (Object.prototype.propertyIsEnumerable.call(value, symbol)) {
      keys.push(symbol);
    }
  }
  return keys;
}

function errorKeys(error: Error): readonly PropertyKey[] {
  const keys = new Set<PropertyKey>(["name", "message"]);
  for (const key of ownKeys(error)) keys.add(key);
  if ("cause" in error) keys.add("cause");
  if ("errors" in error) keys.add("errors");
  return [...keys];
}

function describeBytes(
  value: ArrayBufferView | ArrayBuffer | SharedArrayBuffer,
): ObjectShape {
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return text(`[${name} of ${value.byteLength} bytes]`);
}

function describeBoxed(value: object): ObjectShape | undefined {
  // The prototypes' own methods: a method that the object brings is not asked.
  if (value instanceof String) {
    return { kind: "value", value: String.prototype.valueOf.call(value) };
  }
  if (value instanceof Number) {
    return { kind: "value", value: Number.prototype.valueOf.call(value) };
  }
  if (value instanceof Boolean) {
    return { kind: "value", value: Boolean.prototype.valueOf.call(value) };
  }
  if (value instanceof BigInt) {
    return { kind: "value", value: BigInt.prototype.valueOf.call(value) };
  }
  if (value instanceof Symbol) {
    return { kind: "value", value: Symbol.prototype.valueOf.call(value) };
  }
  return undefined;
}

function describeDate(date: Date): ObjectShape {
  const time = Date.prototype.getTime.call(date);
  return text(
    Number.isNaN(time) ? "Invalid Date" : new Date(time).toISOString(),
  );
}

/** The values of each name; of a name that is there twice, a list of them. */
function gatherValues(
  entries: Iterable<readonly [string, unknown]>,
): ReadonlyMap<string, unknown> {
  const gathered = new Map<string, unknown[]>();
  for (const [name, value] of entries) {
    const values = gathered.get(name);
    if (values === undefined) gathered.set(name, [value]);
    else values.push(value);
  }
  return new Map(
    [...gathered].map((
      [name, values],
    ) => [name, values.length === 1 ? values[0] : values]),
  );
}

/** Describes how to write an object that is neither plain nor an array. */
export function describeObject(value: object): ObjectShape | undefined {
  if (value instanceof Error) return { kind: "keys", keys: errorKeys(value) };
  if (value instanceof Date) return describeDate(value);
  if (value instanceof Map) {
    return {
      kind: "entries",
      entries: Map.prototype.entries.call(value),
      size: value.size,
    };
  }
  if (value instanceof Set) {
    return {
      kind: "items",
      items: Set.prototype.values.call(value),
      size: value.size,
    };
  }
  if (
    value instanceof Headers || value instanceof URLSearchParams ||
    value instanceof FormData
  ) {
    const entries = gatherValues(value.entries());
    return { kind: "entries", entries, size: entries.size };
  }
  if (value instanceof Blob) {
    return text(`[${value.constructor.name} of ${value.size} bytes]`);
  }
  if (
    ArrayBuffer.isView(value) || value instanceof ArrayBuffer ||
    value instanceof SharedArrayBuffer
  ) {
    return describeBytes(value);
  }
  if (value instanceof URL) return text(value.href);
  if (value instanceof RegExp) {
    return text(RegExp.prototype.toString.call(value));
  }
  if (value instanceof Promise) return text("[Promise]");
  if (value instanceof WeakMap) return text("[WeakMap]");
  if (value instanceof WeakSet) return text("[WeakSet]");
  if (value instanceof WeakRef) return text("[WeakRef]");
  return describeBoxed(value);
}
