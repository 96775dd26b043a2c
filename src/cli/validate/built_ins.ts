// Saved before a plugin's code runs, because it may replace them.
const { getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } =
  Reflect;

/** A place of a built-in. */
interface Slot {
  readonly owner: object;
  readonly key: PropertyKey;
  readonly part: "value" | "get" | "set" | "prototype";
  readonly builtIn: object;
  readonly name: string;
}

/**
 * The globals that a host depends on. Deno itself replaces others when a Node
 * module is loaded, and instrumentation replaces some.
 */
const WATCHED: readonly string[] = `
  AbortController AbortSignal AggregateError Array ArrayBuffer Atomics BigInt
  Boolean Crypto DataView Date Deno Error Event EventTarget Function Headers
  Iterator JSON Map Math Number Object Promise Proxy RangeError Reflect RegExp
  Request Response Set String SubtleCrypto Symbol SyntaxError TextDecoder
  TextEncoder TypeError URL Uint8Array WeakMap WeakRef WeakSet WebAssembly
  atob btoa clearInterval clearTimeout crypto eval isNaN parseInt
  queueMicrotask setInterval setTimeout structuredClone
`.trim().split(/\s+/);

/** Returns intrinsic objects that are not reachable by a global name. */
function hidden(): readonly (readonly [string, object])[] {
  async function* generate() {}
  const iterators = {
    Array: [][Symbol.iterator](),
    Map: new Map()[Symbol.iterator](),
    Set: new Set()[Symbol.iterator](),
    String: ""[Symbol.iterator](),
    RegExp: /a/[Symbol.matchAll](""),
    Generator: (function* () {})(),
    AsyncGenerator: generate(),
  };
  return [
    ...Object.entries(iterators).map(([name, one]) =>
      [`${name}Iterator`, one] as const
    ),
    ["AsyncFunction", async () => {}],
    ["AsyncGeneratorFunction", generate],
    ["TypedArray", Uint8Array],
  ];
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) ||
    typeof value === "function";
}

function slotsOf(
  owner: object,
  key: PropertyKey,
  name: string,
): readonly Slot[] {
  const descriptor = getOwnPropertyDescriptor(owner, key);
  return (["value", "get", "set"] as const).flatMap((part) => {
    const builtIn: unknown = descriptor?.[part];
    return isObject(builtIn) ? [{ owner, key, part, builtIn, name }] : [];
  });
}

function readSlots(
  roots: readonly (readonly [string, object])[],
): readonly Slot[] {
  const slots: Slot[] = [];
  const seen = new Set<object>([globalThis]);
  const pending = [...roots];
  for (let root = pending.pop(); root !== undefined; root = pending.pop()) {
    const [name, owner] = root;
    if (seen.has(owner)) continue;
    seen.add(owner);
    for (const key of ownKeys(owner)) {
      // Deno creates its internals lazily.
      if (owner === Deno && typeof key === "symbol") continue;
      const found = slotsOf(owner, key, `${name}.${String(key)}`);
      slots.push(...found);
      pending.push(
        ...found.filter(({ part }) => part === "value")
          .map((slot) => [slot.name, slot.builtIn] as const),
      );
    }
    const builtIn = getPrototypeOf(owner);
    if (builtIn !== null) {
      const key = "__proto__";
      const slot = { owner, key, part: "prototype", builtIn } as const;
      slots.push({ ...slot, name: `${name}.${key}` });
      pending.push([`${name}.${key}`, builtIn]);
    }
  }
  return slots;
}

function globals(): readonly (readonly [string, object])[] {
  return WATCHED.flatMap((name) => {
    const value: unknown = Reflect.get(globalThis, name);
    return isObject(value) ? [[name, value] as const] : [];
  });
}

function builtInAt({ owner, key, part }: Slot): unknown {
  if (part === "prototype") return getPrototypeOf(owner);
  const descriptor = getOwnPropertyDescriptor(owner, key);
  // Without a prototype, a missing part is not inherited.
  if (descriptor !== undefined) setPrototypeOf(descriptor, null);
  return descriptor?.[part];
}

/** Properties that would affect every object if a prototype had them. */
const INHERITED = ["toJSON", "then", "0"] as const;

/**
 * Remembers the built-ins and finds those that were replaced, without calling
 * anything that a plugin could have replaced.
 */
export class BuiltIns {
  readonly #slots: readonly Slot[];
  readonly #absent: readonly Omit<Slot, "part" | "builtIn">[];
  readonly #objectKeys = ownKeys(Object.prototype).length;

  /** Adds `classes` of the host that a plugin can reach. */
  constructor(classes: readonly (readonly [string, object])[]) {
    const found = globals();
    this.#slots = [
      ...found.flatMap(([name]) => slotsOf(globalThis, name, name)),
      ...readSlots([...classes, ...hidden(), ...found].toReversed()),
    ];
    this.#absent = found.flatMap(([name, value]) => {
      const owner: unknown = getOwnPropertyDescriptor(value, "prototype")
        ?.value;
      return !isObject(owner) ? [] : INHERITED
        .filter((key) => getOwnPropertyDescriptor(owner, key) === undefined)
        .map((key) => ({ owner, key, name: `${name}.prototype.${key}` }));
    });
  }

  /** Returns the names of changed built-ins, each after a space. */
  findReplaced(): string {
    let names = "";
    for (let index = 0; index < this.#slots.length; index++) {
      const slot = this.#slots[index];
      if (slot === undefined) continue;
      if (builtInAt(slot) !== slot.builtIn) names += ` ${slot.name}`;
    }
    if (ownKeys(Object.prototype).length > this.#objectKeys) {
      names += " Object.prototype";
    }
    for (let index = 0; index < this.#absent.length; index++) {
      const slot = this.#absent[index];
      if (slot === undefined) continue;
      if (getOwnPropertyDescriptor(slot.owner, slot.key) !== undefined) {
        names += ` ${slot.name}`;
      }
    }
    return names;
  }
}
