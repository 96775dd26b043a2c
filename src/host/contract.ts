/** The contracts of a host: the interface that the plugins of a type fulfil. */

import { argumentError } from "../base/argument.ts";
import type { StandardSchema } from "../base/standard_schema.ts";
import { describeThrown, onOneLine } from "../base/text.ts";

/** The methods that the plugins of a type have; carries their interface as a type. */
export interface Contract<Api extends object> {
  /** The names of the methods. */
  readonly methods: readonly string[];
  /** Carries the type alone; never there at run time. */
  readonly api?: Api;
}

/**
 * What the plugins of each type fulfil, by type: a contract, or a Standard
 * Schema that is used as a predicate.
 */
export type Contracts = Readonly<
  Record<string, Contract<object> | StandardSchema>
>;

/** One of {@linkcode Contracts}. */
export type AnyContract = Contracts[string];

/** The interface that a contract stands for. */
export type ApiOf<Of> = Of extends StandardSchema<unknown, infer Output>
  ? Output
  : Of extends Contract<infer Api> ? Api
  : never;

/**
 * Makes a contract: the plugins of a type have these methods.
 *
 * Type the methods so that a caller awaits them: a plugin may be made to run
 * in another process one day.
 *
 * @example Embeddings
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
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a name is not a text.
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
      action: "make a contract",
      expected: "names of methods",
      remedy: 'Give each name by itself, as in contract("embed", "count")',
    });
  }
  return Object.freeze({ methods: Object.freeze([...methods]) });
}

function isSchema(one: AnyContract): one is StandardSchema {
  return "~standard" in one;
}

/**
 * Says how an object breaks a contract. What a schema makes of the object is
 * thrown away: the plugin's own object is what callers get.
 *
 * @param api What a plugin's `setup` made.
 * @param expected The contract.
 * @returns Each breach in a few words; nothing where the contract is kept.
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
