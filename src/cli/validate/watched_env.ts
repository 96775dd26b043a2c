/** Notes which variables plugins read in their context, which asks Deno for nothing. */

import { importJson } from "../../manifest/source_system.ts";
import type { ModuleImporter } from "../../runners/in_process/imported_code.ts";

/** A variable that was read. */
export interface ReadVariable {
  readonly name: string;
  readonly isSet: boolean;
}

const METHODS = ["setup", "reconfigure", "healthCheck", "dispose"] as const;
const NAME_REGEXP = /^[a-z_]\w*$/i;
const MAX_VARIABLES = 2_000;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export class WatchedEnv {
  readonly #importer: ModuleImporter;
  readonly #read = new Map<string, boolean>();

  constructor(importer: ModuleImporter) {
    this.#importer = importer;
  }

  get read(): ReadVariable[] {
    return Array.from(this.#read, ([name, isSet]) => ({ name, isSet }));
  }

  /** Imports a module, and watches the plugin in it. */
  async import(
    specifier: string,
    options?: ImportCallOptions,
  ): Promise<unknown> {
    if (options !== undefined) {
      return { default: await importJson(specifier, undefined) };
    }
    const module = await this.#importer.import(specifier);
    const plugin: unknown = Reflect.get(Object(module), "default");
    return { default: isObject(plugin) ? this.#wrap(plugin) : plugin };
  }

  #wrap(plugin: object): object {
    const wrapped = Object.create(plugin);
    for (const name of METHODS) {
      const method: unknown = Reflect.get(plugin, name);
      if (typeof method !== "function") continue;
      Object.defineProperty(wrapped, name, {
        value: (...args: readonly unknown[]) =>
          Reflect.apply(method, plugin, args.map((one) => this.#watch(one))),
      });
    }
    return wrapped;
  }

  /** Replaces the variables of a context. */
  #watch(given: unknown): unknown {
    const env: unknown = isObject(given)
      ? Reflect.get(given, "env")
      : undefined;
    if (!isObject(env)) return given;
    // Only a proxy sees a name that is not there.
    const watched = new Proxy(env, {
      get: (target, name) => {
        this.#note(target, name);
        return Reflect.get(target, name);
      },
      has: (target, name) => {
        this.#note(target, name);
        return Reflect.has(target, name);
      },
    });
    return Object.freeze({ ...Object(given), env: watched });
  }

  #note(env: object, name: PropertyKey): void {
    const isVariable = typeof name === "string" && NAME_REGEXP.test(name) &&
      !Reflect.has(Object.prototype, name);
    if (!isVariable || this.#read.size >= MAX_VARIABLES) return;
    this.#read.set(name, Object.hasOwn(env, name));
  }
}
