/**
 * The live plugins of a host, as an application uses them: by what it expects
 * of the plugins of a type.
 *
 * @module
 */

import { argumentError } from "../base/argument.ts";
import type { StandardSchema } from "../base/standard_schema.ts";
import { describeThrown, onOneLine } from "../base/text.ts";
import type { Lease } from "./live_plugin.ts";
import { findLive, type Registry } from "./registry.ts";

/** The names of the methods of an interface. */
export type MethodName<Api> = {
  [Name in keyof Api & string]: Api[Name] extends (...args: never[]) => unknown
    ? Name
    : never;
}[keyof Api & string];

/** The methods that the plugins of a type have; carries their interface as a type. */
export interface Contract<Api extends object> {
  /** The names of the methods. */
  readonly methods: readonly string[];
  /** Carries the type alone; never there at run time. */
  readonly api?: Api;
}

/** A contract, or a Standard Schema that is used as a predicate. */
export type AnyContract = Contract<object> | StandardSchema;

/** What the plugins of each type fulfil, by type. */
export type Contracts = Readonly<Record<string, AnyContract>>;

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
  ...methods: readonly MethodName<Api>[]
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

/**
 * The live plugins of a host: to look up, to list, to call.
 *
 * @typeParam Types What the plugins of each type must be, by type.
 */
export abstract class PluginAccess<Types extends Contracts> {
  readonly #registry: Registry;

  /**
   * Makes one.
   *
   * @param registry What is live.
   */
  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /**
   * The live plugin of an id: the plugin's own object, without a wrapper.
   * Whoever keeps it can call it also after the plugin was disabled; see
   * {@linkcode PluginHost.use} for calls that a disable waits for.
   *
   * @param id The id.
   * @param type The type that it must be of.
   * @returns The object, or `undefined` where no such plugin is live.
   */
  get<Type extends keyof Types & string>(
    id: string,
    type: Type,
  ): ApiOf<Types[Type]> | undefined;
  /**
   * The live plugin of an id, of whatever type.
   *
   * @param id The id.
   * @returns The object, or `undefined` where no such plugin is live.
   */
  get(id: string, type?: string): unknown;
  get(id: string, type?: string): unknown {
    const live = this.#registry.get(id);
    if (live === undefined) return undefined;
    return type === undefined || live.plugin.manifest.type === type
      ? live.api
      : undefined;
  }

  /**
   * The live plugins of a type, in the order of the plan.
   *
   * @param type The type.
   * @returns The plugins' own objects, in a frozen list.
   */
  byType<Type extends keyof Types & string>(
    type: Type,
  ): readonly ApiOf<Types[Type]>[];
  /**
   * The live plugins of a type for which the host has no contract.
   *
   * @param type The type.
   * @returns The plugins' own objects, in a frozen list.
   */
  byType(type: string): readonly unknown[];
  byType(type: string): readonly unknown[] {
    return this.#registry.byType(type);
  }

  /**
   * Calls a plugin under a lease: a disable waits for the call to end, and
   * aborts its signal when it takes too long. The audit trail records what the
   * call throws, with the plugin's name and, if Deno refused something, the flag
   * that grants it. The caller gets it unchanged.
   *
   * A rejection that a method leaves behind ends the plugin, not the process.
   *
   * @param id The plugin.
   * @param type The type that it must be of.
   * @param callback What to do with the plugin.
   * @returns What the callback returns.
   * @throws {PluginError} `PLUGIN_NOT_LIVE` when the plugin is not live,
   * `PLUGIN_NOT_FOUND` when it is of another type.
   */
  use<Type extends keyof Types & string, Result>(
    id: string,
    type: Type,
    callback: (
      plugin: ApiOf<Types[Type]>,
      lease: Lease,
    ) => Result | PromiseLike<Result>,
  ): Promise<Result> {
    // Not an async function of its own: this is the way of every call.
    try {
      const live = findLive(this.#registry, id, type);
      // The contract of the type was checked when the plugin was loaded.
      const api = live.api as ApiOf<Types[Type]>;
      return live.lease(api, callback);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }
}
