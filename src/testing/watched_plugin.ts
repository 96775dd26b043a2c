/** Watches a plugin from outside: what it is given, and what it throws. */

import type { Plugin } from "../base/plugin.ts";
import type { Builtin } from "../manifest/manifest.ts";

const METHODS = ["setup", "reconfigure", "healthCheck", "dispose"] as const;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** A plugin object around another, which a host takes in its place. */
export class WatchedPlugin {
  #context: unknown;
  #thrown: unknown;

  /** The context that the plugin was given last. */
  get context(): unknown {
    return this.#context;
  }

  /** The value that the plugin threw last. */
  get thrown(): unknown {
    return this.#thrown;
  }

  /** Wraps what a plugin's module exports; returns anything that is no object as it is. */
  wrap(plugin: unknown): unknown {
    if (!isObject(plugin)) return plugin;
    const wrapped = {};
    // Getters: what the plugin's own throw is thrown where a host looks.
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

  /** Wraps the plugin of a builtin. */
  wrapBuiltin(builtin: Builtin): Builtin {
    // A host checks that it is a plugin, and this is one exactly if that is.
    return { ...builtin, plugin: this.wrap(builtin.plugin) as Plugin };
  }

  /** Imports a module, and wraps its default export. */
  async import(specifier: string): Promise<unknown> {
    try {
      const module: unknown = await import(specifier);
      return { default: this.wrap(Reflect.get(Object(module), "default")) };
    } catch (thrown) {
      this.#thrown = thrown;
      throw thrown;
    }
  }

  #method(owner: object, method: unknown): unknown {
    if (typeof method !== "function") return method;
    return async (...args: readonly unknown[]) => {
      const [context] = args;
      if (isObject(context)) this.#context = context;
      try {
        return await Reflect.apply(method, owner, args);
      } catch (thrown) {
        this.#thrown = thrown;
        throw thrown;
      }
    };
  }

  #schema(schema: unknown): unknown {
    const standard: unknown = isObject(schema) || typeof schema === "function"
      ? Reflect.get(schema, "~standard")
      : undefined;
    if (!isObject(standard)) return schema;
    const validate: unknown = Reflect.get(standard, "validate");
    if (typeof validate !== "function") return schema;
    return {
      "~standard": {
        validate: async (value: unknown) => {
          try {
            return await Reflect.apply(validate, standard, [value]);
          } catch (thrown) {
            this.#thrown = thrown;
            throw thrown;
          }
        },
      },
    };
  }
}
