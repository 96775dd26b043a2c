/** Contracts: the interfaces that the plugins of each type implement. */

import { argumentError } from "../base/errors.ts";
import type { StandardSchema } from "../base/standard_schema.ts";
import { describeThrown, onOneLine } from "../base/text.ts";

/** The methods that the plugins of a type must have, with their interface as a type. */
export interface Contract<Api extends object> {
  /** The names of the methods. */
  readonly methods: readonly string[];
  /** Carries the type. It is never set at run time. */
  readonly api?: Api;
}

/**
 * The contracts of a host, by type of plugin: a contract, or a Standard Schema
 * that is used as a predicate.
 */
export type Contracts = Readonly<
  Record<string, Contract<object> | StandardSchema>
>;

export type AnyContract = Contracts[string];

/** The interface that a contract describes. */
export type ApiOf<Of> = Of extends StandardSchema<unknown, infer Output>
  ? Output
  : Of extends Contract<infer Api> ? Api
  : never;

/**
 * Creates a contract: the plugins of a type must have these methods.
 *
 * Declare methods that return promises: a later version may run a plugin in
 * another process.
 *
 * @example Declaring the interface of embeddings
 * ```ts
 * import { contract } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * interface Embedding {
 *   embed(texts: readonly string[]): Promise<readonly Float32Array[]>;
 * }
 *
 * assertEquals(contract<Embedding>("embed").methods, ["embed"]);
 * ```
 *
 * @typeParam Api The interface.
 * @param method The name of a method that a plugin must have.
 * @param others The names of its other methods.
 * @returns The contract.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if a name is not a string or is
 * empty, or if no name is given.
 */
export function contract<Api extends object>(
  method: {
    [Name in keyof Api & string]: Api[Name] extends
      (...args: never[]) => unknown ? Name
      : never;
  }[keyof Api & string],
  ...others: readonly (typeof method)[]
): Contract<Api> {
  const methods = Object.freeze([method, ...others]);
  if (!isListOfMethods(methods)) {
    throw argumentError(methods.find((name) => !isName(name)), {
      action: "create a contract",
      expected: "names of methods",
      remedy: 'Pass each name as an argument, e.g. contract("embed", "count")',
    });
  }
  return Object.freeze({ methods });
}

function isName(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** Tests for the methods of a contract. A contract without any checks nothing. */
export function isListOfMethods(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isName);
}

/** Tests if a contract is a predicate over the object of a plugin. */
export function isPredicate(one: AnyContract): one is StandardSchema {
  return "~standard" in one;
}

/**
 * Lists how an object breaks a contract. The output of a schema is ignored,
 * because callers get the plugin's own object.
 */
export async function contractBreaches(
  api: object,
  expected: AnyContract,
): Promise<readonly string[]> {
  try {
    if (!isPredicate(expected)) {
      return expected.methods
        .filter((name) => typeof Reflect.get(api, name) !== "function")
        .map((name) => `it has no method "${name}"`);
    }
    const { issues } = await expected["~standard"].validate(api);
    return (issues ?? []).map(({ message, path }) => {
      const at = path?.map((key) =>
        String(typeof key === "object" ? key.key : key)
      ).join(".");
      return onOneLine(at ? `${at}: ${message}` : String(message), 500);
    });
  } catch (thrown) {
    return [`it cannot be checked: ${describeThrown(thrown)}`];
  }
}
