/**
 * The variables of this process, as far as they may be read.
 *
 * @module
 */

import type { Environment } from "./environment.ts";

/** What is asked of Deno about the environment. */
export interface ProcessPowers {
  /** How the permission stands for one variable, or for all of them. */
  query(variable?: string): Deno.PermissionState;
  /** Reads a variable. */
  get(name: string): string | undefined;
  /** Reads all variables. */
  toObject(): Record<string, string>;
}

/** The real ones. */
export const denoProcessPowers: ProcessPowers = {
  query: (variable) =>
    Deno.permissions.querySync(
      variable === undefined ? { name: "env" } : { name: "env", variable },
    ).state,
  get: (name) => Deno.env.get(name),
  toObject: () => Deno.env.toObject(),
};

/** Options of {@linkcode processEnvironment}. */
export interface ProcessEnvironmentOptions {
  /**
   * Whether a permission broker decides about this process: what Deno then says
   * about permissions means nothing, and reading a variable asks the broker.
   *
   * @default {false}
   */
  readonly broker?: boolean | undefined;
  /**
   * What is asked of Deno.
   *
   * @default {denoProcessPowers}
   */
  readonly powers?: ProcessPowers | undefined;
}

// What the operating system cannot have as a name, Deno throws at.
function isName(name: string): boolean {
  return name !== "" && !name.includes("=") && !name.includes("\0");
}

class ProcessEnvironment implements Environment {
  readonly #broker: boolean;
  readonly #powers: ProcessPowers;

  constructor(broker: boolean, powers: ProcessPowers) {
    this.#broker = broker;
    this.#powers = powers;
  }

  get(name: string): string | undefined {
    if (!isName(name) || !this.#mayRead(name)) return undefined;
    try {
      return this.#powers.get(name);
    } catch {
      // Refused by the broker, or a value that is no text.
      return undefined;
    }
  }

  toRecord(): Readonly<Record<string, string>> {
    if (!this.#mayRead()) return {};
    try {
      return this.#powers.toObject();
    } catch {
      return {};
    }
  }

  supplies(_name: string): boolean {
    return false;
  }

  permits(name: string): boolean {
    if (!isName(name)) return true;
    if (!this.#broker) return this.#mayRead(name);
    try {
      this.#powers.get(name);
      return true;
    } catch (thrown) {
      return !(thrown instanceof Deno.errors.NotCapable);
    }
  }

  /** Reading in the state "prompt" would ask a person. */
  #mayRead(name?: string): boolean {
    return this.#broker || this.#powers.query(name) === "granted";
  }
}

/**
 * The variables of this process, as far as they may be read: never asks a
 * person, never throws.
 *
 * Reading needs `env` permission, for all variables or for the single ones.
 *
 * @example A variable that may or may not be readable
 * ```ts
 * import { processEnvironment } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const environment = processEnvironment();
 *
 * assertEquals(environment.get("A_VARIABLE_THAT_NOBODY_SETS"), undefined);
 * ```
 *
 * @param options Options.
 * @returns The environment.
 */
export function processEnvironment(
  options: ProcessEnvironmentOptions = {},
): Environment {
  const { broker = false, powers = denoProcessPowers } = options;
  return Object.freeze(new ProcessEnvironment(broker, powers));
}
