/** Objects whose methods run in another process. Both ends use it. */

/** A method of an object, as its process describes it. */
export interface MethodInfo {
  readonly name: string;
  /** True if it is an async generator: calling it returns an iterable at once. */
  readonly isIterable: boolean;
}

// An object with a `then` would be called by each await.
const OMITTED: ReadonlySet<string> = new Set(["constructor", "then"]);

const ASYNC_GENERATOR: unknown = Object.getPrototypeOf(async function* () {});

// Bounds what a hostile plugin may make of its object.
const MAX_METHODS = 1_000;
const MAX_PROTOTYPES = 16;

/** Lists the methods of an object and of its classes. Runs no getter. */
export function methodsOf(api: object): readonly MethodInfo[] {
  const methods = new Map<string, MethodInfo>();
  let at: unknown = api;
  for (let depth = 0; depth < MAX_PROTOTYPES; depth++) {
    if (typeof at !== "object" || at === null || at === Object.prototype) break;
    for (const name of Object.getOwnPropertyNames(at)) {
      if (OMITTED.has(name) || methods.has(name)) continue;
      const value: unknown = Object.getOwnPropertyDescriptor(at, name)?.value;
      if (typeof value !== "function" || methods.size === MAX_METHODS) continue;
      const isIterable = Object.getPrototypeOf(value) === ASYNC_GENERATOR;
      methods.set(name, { name, isIterable });
    }
    at = Object.getPrototypeOf(at);
  }
  return [...methods.values()];
}

/** Reads the methods that another process describes, which may send anything. */
export function readMethods(value: unknown): readonly MethodInfo[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_METHODS).flatMap((one: unknown) => {
    const name: unknown = Reflect.get(Object(one), "name");
    const isIterable = Reflect.get(Object(one), "isIterable") === true;
    return typeof name !== "string" || OMITTED.has(name)
      ? []
      : [{ name, isIterable }];
  });
}

/** Calls a method in the other process. */
export type CallMethod = (
  name: string,
  args: readonly unknown[],
) => Promise<unknown>;

async function* iterate(call: () => Promise<unknown>): AsyncGenerator<unknown> {
  const result = await call();
  if (
    typeof result !== "object" || result === null ||
    !(Symbol.asyncIterator in result)
  ) throw new TypeError("The method did not return an iterable");
  yield* result as AsyncIterable<unknown>;
}

/** Creates a frozen object without a prototype that has these methods. */
export function createRemoteApi(
  methods: readonly MethodInfo[],
  call: CallMethod,
): object {
  const api: Record<string, unknown> = Object.create(null);
  for (const { name, isIterable } of methods) {
    api[name] = isIterable
      ? (...args: unknown[]) => iterate(() => call(name, args))
      : (...args: unknown[]) => call(name, args);
  }
  return Object.freeze(api);
}

/** Finds what `methodsOf` lists: what every object has could change this one. */
function findMethod(api: object, name: string): unknown {
  if (OMITTED.has(name)) return undefined;
  let at: unknown = api;
  for (let depth = 0; depth < MAX_PROTOTYPES; depth++) {
    if (typeof at !== "object" || at === null) return undefined;
    if (at === Object.prototype) return undefined;
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property !== undefined) return property.value;
    at = Object.getPrototypeOf(at);
  }
  return undefined;
}

/** Calls a method of an object by name, as another process asks for it. */
export function callMethod(
  api: object,
  name: string,
  args: readonly unknown[],
): unknown {
  const method = findMethod(api, name);
  if (typeof method !== "function") {
    throw new TypeError(`${JSON.stringify(name)} is not a method`);
  }
  return Reflect.apply(method, api, args);
}
