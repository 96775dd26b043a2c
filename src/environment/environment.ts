import {
  argumentError,
  hasMethods,
  isRecord,
  type Problem,
} from "../base/errors.ts";

/**
 * A source of variables: the process, a `.env` file, a record, or layers of them.
 * Its methods never throw and never prompt for a permission.
 */
export interface Environment {
  /**
   * Reads a variable.
   *
   * @param name Its name.
   * @returns Its value, or `undefined` if it is unset or may not be read.
   */
  get(name: string): string | undefined;
  /**
   * Returns all variables that can be listed. If Deno permits only single
   * variables, they can be read by name, but not listed.
   *
   * @returns Names and values.
   */
  toRecord(): Readonly<Record<string, string>>;
  /**
   * Tests if a variable is set here and can be read without a permission of
   * Deno. Such a variable counts as granted.
   *
   * @param name Its name.
   * @returns True if the source supplies it.
   */
  supplies(name: string): boolean;
  /**
   * Tests if `get` can read a variable, whether it is set or not.
   *
   * @param name Its name.
   * @returns False if a permission of Deno is missing.
   */
  permits(name: string): boolean;
  /**
   * The lines of a file that set nothing or whose value was cut. A host records
   * each of them in its audit trail at its first `load()`.
   */
  readonly notices?: readonly Problem[];
}

/** The part of Deno that the environment of the process needs. */
export interface EnvironmentSystem {
  /** Queries the permission to read one variable, or all of them. */
  query(variable?: string): Deno.PermissionState;
  /** Reads a variable. */
  get(name: string): string | undefined;
  /** Reads all variables. */
  toObject(): Record<string, string>;
}

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
   * Set this if a permission broker decides for this process. Queries then say
   * nothing, and reading a variable asks the broker.
   *
   * @default {false}
   */
  readonly broker?: boolean | undefined;
  /**
   * The part of Deno that is used.
   *
   * @default {denoEnvironmentSystem}
   */
  readonly system?: EnvironmentSystem | undefined;
}

// Deno throws for a name that the operating system does not allow.
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
      // The broker denied it, or the value is not text.
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

  // Reading in the state "prompt" would prompt.
  #mayRead(name?: string): boolean {
    return this.#broker || this.#system.query(name) === "granted";
  }
}

/**
 * Returns the environment of this process, as far as it may be read. Never
 * prompts and never throws.
 *
 * Reading needs `env` permission, for all variables or for single ones.
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

/** Variables by name; `undefined` means unset. */
export type VariableRecord = Readonly<Record<string, string | undefined>>;

/** An environment from an object, or from a file. */
export class RecordEnvironment implements Environment {
  readonly notices: readonly Problem[];
  readonly #record: Readonly<Record<string, string>>;

  constructor(variables: VariableRecord, notices: readonly Problem[] = []) {
    this.notices = Object.freeze([...notices]);
    // Without a prototype, "__proto__" and "constructor" are ordinary names.
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
 * Creates an environment from an object, which is copied. Printing or
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
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if `variables` is not an object.
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

/** Tests if a source is an environment instead of a record, whose values are strings. */
export function isEnvironment(
  source: Environment | VariableRecord,
): source is Environment {
  return hasMethods(source, "get", "toRecord", "supplies", "permits");
}

class LayeredEnvironment implements Environment {
  readonly notices: readonly Problem[];
  readonly #layers: readonly Environment[];

  constructor(layers: readonly Environment[]) {
    this.notices = Object.freeze(
      layers.flatMap(({ notices }) => notices ?? []),
    );
    this.#layers = layers;
  }

  get(name: string): string | undefined {
    for (const layer of this.#layers) {
      const value = layer.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  toRecord(): Readonly<Record<string, string>> {
    const record: Record<string, string> = Object.create(null);
    for (const layer of this.#layers.toReversed()) {
      for (const [name, value] of Object.entries(layer.toRecord())) {
        record[name] = value;
      }
    }
    return record;
  }

  supplies(name: string): boolean {
    return this.#layers.some((layer) => layer.supplies(name));
  }

  permits(name: string): boolean {
    return this.supplies(name) ||
      this.#layers.every((layer) => layer.permits(name));
  }
}

/**
 * Layers environments: a variable comes from the first one that has it. An
 * empty variable (`A=`) is set.
 *
 * @example What the process sets wins over the file
 * ```ts
 * import {
 *   layerEnvironments,
 *   recordEnvironment,
 * } from "@semantik/plugins/environment";
 * import { assertEquals } from "@std/assert";
 *
 * const environment = layerEnvironments(
 *   recordEnvironment({ MODEL: "large" }),
 *   recordEnvironment({ MODEL: "small", REGION: "eu" }),
 * );
 *
 * assertEquals(environment.get("MODEL"), "large");
 * assertEquals(environment.get("REGION"), "eu");
 * ```
 *
 * @param environments The environments; the first has precedence.
 * @returns One environment.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if one is not an environment.
 */
export function layerEnvironments(
  ...environments: readonly Environment[]
): Environment {
  for (const one of environments) {
    if (isEnvironment(one)) continue;
    throw argumentError(one, {
      action: "layer environments",
      expected: "an environment",
      remedy:
        'Give each as an argument, as in layerEnvironments(processEnvironment(), readDotenv(".env"))',
    });
  }
  return Object.freeze(new LayeredEnvironment([...environments]));
}
