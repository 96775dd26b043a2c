/** Notes which variables plugins read in their context, which asks Deno for nothing. */

import { importJson } from "../../manifest/source_system.ts";
import type { ModuleImporter } from "../../runners/in_process/imported_code.ts";

const METHODS = ["setup", "reconfigure", "healthCheck", "dispose"] as const;
const NAME_REGEXP = /^[a-z_]\w*$/i;
const MAX_VARIABLES = 2_000;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export class WatchedEnv {
  readonly #importer: ModuleImporter;
  readonly #read = new Set<string>();

  constructor(importer: ModuleImporter) {
    this.#importer = importer;
  }

  /** The names of the variables that were read. */
  get read(): string[] {
    return [...this.#read];
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
        this.#note(name);
        return Reflect.get(target, name);
      },
      has: (target, name) => {
        this.#note(name);
        return Reflect.has(target, name);
      },
    });
    return Object.freeze({ ...Object(given), env: watched });
  }

  #note(name: PropertyKey): void {
    const isVariable = typeof name === "string" && NAME_REGEXP.test(name) &&
      !Reflect.has(Object.prototype, name);
    if (isVariable && this.#read.size < MAX_VARIABLES) this.#read.add(name);
  }
}
