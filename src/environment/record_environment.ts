/**
 * Variables that are given as an object.
 *
 * @module
 */

import type { Environment } from "./environment.ts";

/** Variables by name; what is `undefined` is not set. */
export type VariableRecord = Readonly<Record<string, string | undefined>>;

class RecordEnvironment implements Environment {
  readonly #record: Readonly<Record<string, string>>;

  constructor(variables: VariableRecord) {
    // Without a prototype "__proto__" and "constructor" are names like others.
    const record: Record<string, string> = Object.create(null);
    for (const [name, value] of Object.entries(variables)) {
      if (typeof value === "string") record[name] = value;
    }
    this.#record = Object.freeze(record);
  }

  get(name: string): string | undefined {
    return this.#record[name];
  }

  toRecord(): Readonly<Record<string, string>> {
    return this.#record;
  }

  supplies(name: string): boolean {
    return this.#record[name] !== undefined;
  }

  permits(_name: string): boolean {
    return true;
  }
}

/**
 * Makes an environment of an object. The object is copied; printing or
 * serializing the environment shows none of its values.
 *
 * @example Variables for a test
 * ```ts
 * import { recordEnvironment } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const environment = recordEnvironment({ MODEL: "small" });
 *
 * assertEquals(environment.get("MODEL"), "small");
 * ```
 *
 * @param variables The variables.
 * @returns The environment.
 */
export function recordEnvironment(variables: VariableRecord): Environment {
  return Object.freeze(new RecordEnvironment(variables));
}

/**
 * Whether an object is an environment and not a record of variables, whose
 * values are texts.
 *
 * @param source Either of them.
 * @returns Whether it is an environment.
 */
export function isEnvironment(
  source: Environment | VariableRecord,
): source is Environment {
  return typeof source.get === "function" &&
    typeof source.toRecord === "function" &&
    typeof source.supplies === "function" &&
    typeof source.permits === "function";
}
