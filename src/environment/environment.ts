/**
 * The sources of variables: this process, as far as it may read them, or an
 * object.
 *
 * @module
 */

import { argumentError, isRecord } from "../base/argument.ts";
import type { Problem } from "../base/errors.ts";

/**
 * A source of variables: the process, a `.env` file, a record, or several in
 * layers. None of its methods throws, and none asks anybody for a permission.
 */
export interface Environment {
  /**
   * Reads a variable.
   *
   * @param name Its name.
   * @returns Its value, or `undefined` where it is not set or may not be read.
   */
  get(name: string): string | undefined;
  /**
   * All variables that can be listed. Where Deno permits single variables only,
   * they can be read by name and not be listed.
   *
   * @returns Names and values.
   */
  toRecord(): Readonly<Record<string, string>>;
  /**
   * Whether a variable is set here and needs no permission of Deno to be read:
   * what a source supplies by itself counts as granted.
   *
   * @param name Its name.
   * @returns Whether the source supplies it.
   */
  supplies(name: string): boolean;
  /**
   * Whether `get` can answer for a variable, be it set or not.
   *
   * @param name Its name.
   * @returns `false` where a permission of Deno is missing.
   */
  permits(name: string): boolean;
  /**
   * Lines of a file that set nothing or whose value was cut. A host writes each
   * of them to its trail at its first `load()`.
   */
  readonly notices?: readonly Problem[];
}

/** What is asked of Deno about the environment. */
export interface EnvironmentSystem {
  /** How the permission stands for one variable, or for all of them. */
  query(variable?: string): Deno.PermissionState;
  /** Reads a variable. */
  get(name: string): string | undefined;
  /** Reads all variables. */
  toObject(): Record<string, string>;
}

/** The real ones. */
const denoEnvironmentSystem: EnvironmentSystem = {
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
   * @default {denoEnvironmentSystem}
   */
  readonly system?: EnvironmentSystem | undefined;
}

// What the operating system cannot have as a name, Deno throws at.
function isName(name: string): boolean {
  return name !== "" && !name.includes("=") && !name.includes("\0");
}

class ProcessEnvironment implements Environment {
  readonly #broker: boolean;
  readonly #system: EnvironmentSystem;

  constructor(broker: boolean, system: EnvironmentSystem) {
    this.#broker = broker;
    this.#system = system;
  }

  get(name: string): string | undefined {
    if (!isName(name) || !this.#mayRead(name)) return undefined;
    try {
      return this.#system.get(name);
    } catch {
      // Refused by the broker, or a value that is no text.
      return undefined;
    }
  }

  toRecord(): Readonly<Record<string, string>> {
    if (!this.#mayRead()) return {};
    try {
      return this.#system.toObject();
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
      this.#system.get(name);
      return true;
    } catch (thrown) {
      return !(thrown instanceof Deno.errors.NotCapable);
    }
  }

  /** Reading in the state "prompt" would ask a person. */
  #mayRead(name?: string): boolean {
    return this.#broker || this.#system.query(name) === "granted";
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
 * import { processEnvironment } from "@semantik/plugins/environment";
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
  const { broker = false, system = denoEnvironmentSystem } = options;
  return Object.freeze(new ProcessEnvironment(broker, system));
}

/** Variables by name; what is `undefined` is not set. */
export type VariableRecord = Readonly<Record<string, string | undefined>>;

/** An environment made of an object, or of a file that was read. */
export class RecordEnvironment implements Environment {
  readonly notices: readonly Problem[];
  readonly #record: Readonly<Record<string, string>>;

  constructor(variables: VariableRecord, notices: readonly Problem[] = []) {
    this.notices = Object.freeze([...notices]);
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
 * import { recordEnvironment } from "@semantik/plugins/environment";
 * import { assertEquals } from "@std/assert";
 *
 * const environment = recordEnvironment({ MODEL: "small" });
 *
 * assertEquals(environment.get("MODEL"), "small");
 * ```
 *
 * @param variables The variables.
 * @returns The environment.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when it is given no object.
 */
export function recordEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): Environment {
  if (!isRecord(variables)) {
    throw argumentError(variables, {
      action: "make an environment",
      expected: "variables by name",
      remedy: 'Call recordEnvironment({ NAME: "value" })',
    });
  }
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
