/** Contracts: the interfaces that the plugins of each type implement. */

import { argumentError } from "../base/argument.ts";
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
 * @param methods The names of the methods that a plugin must have.
 * @returns The contract.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if a name is not a string.
 */
export function contract<Api extends object>(
  ...methods: readonly {
    [Name in keyof Api & string]: Api[Name] extends
      (...args: never[]) => unknown ? Name
      : never;
  }[keyof Api & string][]
): Contract<Api> {
  const wrong: unknown = methods.find((name) => typeof name !== "string");
  if (wrong !== undefined) {
    throw argumentError(wrong, {
      action: "create a contract",
      expected: "names of methods",
      remedy: 'Pass each name as an argument, e.g. contract("embed", "count")',
    });
  }
  return Object.freeze({ methods: Object.freeze([...methods]) });
}

function isSchema(one: AnyContract): one is StandardSchema {
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
    if (!isSchema(expected)) {
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
