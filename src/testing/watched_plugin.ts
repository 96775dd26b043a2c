import type { Plugin } from "../base/plugin.ts";
import type { Builtin } from "../manifest/manifest.ts";
import { ModuleImporter } from "../runners/in_process/module_importer.ts";

const METHODS = ["setup", "reconfigure", "healthCheck", "dispose"] as const;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Wraps a plugin, and remembers its last context and the last error it threw. */
export class WatchedPlugin {
  readonly #importer = new ModuleImporter();
  #context: unknown;
  #thrown: unknown;

  get context(): unknown {
    return this.#context;
  }

  get thrown(): unknown {
    return this.#thrown;
  }

  /** Wraps a plugin; returns other values unchanged. */
  wrap(plugin: unknown): unknown {
    if (!isObject(plugin)) return plugin;
    const wrapped = {};
    // Getters, so that a property that throws does so when the host reads it.
    for (const name of METHODS) {
      Object.defineProperty(wrapped, name, {
        get: () => this.#method(plugin, Reflect.get(plugin, name)),
      });
    }
    Object.defineProperty(wrapped, "configSchema", {
      get: () => this.#schema(Reflect.get(plugin, "configSchema")),
    });
    return wrapped;
  }

  wrapBuiltin(builtin: Builtin): Builtin {
    // The wrapper is a valid plugin exactly if the original is one.
    return { ...builtin, plugin: this.wrap(builtin.plugin) as Plugin };
  }

  /** Imports a module, and wraps its default export. */
  async import(specifier: string): Promise<unknown> {
    const module = await this.#remember(() => this.#importer.import(specifier));
    return { default: this.wrap(Reflect.get(Object(module), "default")) };
  }

  async #remember(call: () => unknown): Promise<unknown> {
    try {
      return await call();
    } catch (thrown) {
      this.#thrown = thrown;
      throw thrown;
    }
  }

  #method(owner: object, method: unknown): unknown {
    if (typeof method !== "function") return method;
    return (...args: readonly unknown[]) => {
      const [context] = args;
      if (isObject(context)) this.#context = context;
      return this.#remember(() => Reflect.apply(method, owner, args));
    };
  }

  #schema(schema: unknown): unknown {
    const standard: unknown = isObject(schema) || typeof schema === "function"
      ? Reflect.get(schema, "~standard")
      : undefined;
    if (!isObject(standard)) return schema;
    const validate: unknown = Reflect.get(standard, "validate");
    return typeof validate !== "function" ? schema : {
      "~standard": {
        validate: (value: unknown) =>
          this.#remember(() => Reflect.apply(validate, standard, [value])),
      },
    };
  }
}
