import type { Plugin } from "../base/plugin.ts";
import type { Builtin } from "../manifest/manifest.ts";
import { importJson, type ImportModule } from "../manifest/source_system.ts";
import { ModuleImporter } from "../runners/in_process/imported_code.ts";

const METHODS = ["setup", "reconfigure", "healthCheck", "dispose"] as const;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Wraps a plugin, and remembers its last context and why it could not be set up. */
export class WatchedPlugin {
  readonly #importModule: ImportModule | undefined;
  readonly #importer = new ModuleImporter();
  #context: unknown;
  #thrown: unknown;

  constructor(importModule?: ImportModule) {
    this.#importModule = importModule;
  }

  get context(): unknown {
    return this.#context;
  }

  /** The value that its import, a getter, its schema or its setup threw. */
  get thrown(): unknown {
    return this.#thrown;
  }

  /** Wraps a plugin; returns other values unchanged. */
  wrap(plugin: unknown): unknown {
    if (!isObject(plugin)) return plugin;
    const wrapped = {};
    // Getters, so that a property that throws does so when the host reads it.
    const define = (name: string, read: () => unknown) =>
      Object.defineProperty(wrapped, name, {
        get: () => {
          try {
            return read();
          } catch (thrown) {
            return this.#note(thrown);
          }
        },
      });
    for (const name of METHODS) define(name, () => this.#method(plugin, name));
    define(
      "configSchema",
      () => this.#schema(Reflect.get(plugin, "configSchema")),
    );
    return wrapped;
  }

  wrapBuiltin(builtin: Builtin): Builtin {
    // The wrapper is a valid plugin exactly if the original is one.
    return { ...builtin, plugin: this.wrap(builtin.plugin) as Plugin };
  }

  /** Imports a module, and wraps its default export, unless it is a manifest. */
  async import(
    specifier: string,
    options?: ImportCallOptions,
  ): Promise<unknown> {
    const own = this.#importModule;
    if (options !== undefined) {
      return { default: await importJson(specifier, own) };
    }
    const module = await this.#remember(() =>
      own === undefined ? this.#importer.import(specifier) : own(specifier)
    );
    return { default: this.wrap(Reflect.get(Object(module), "default")) };
  }

  #note(thrown: unknown): never {
    this.#thrown = thrown;
    throw thrown;
  }

  async #remember(call: () => unknown): Promise<unknown> {
    try {
      return await call();
    } catch (thrown) {
      return this.#note(thrown);
    }
  }

  #method(owner: object, name: (typeof METHODS)[number]): unknown {
    const method: unknown = Reflect.get(owner, name);
    if (typeof method !== "function") return method;
    return (...args: readonly unknown[]) => {
      const [context] = args;
      if (isObject(context)) this.#context = context;
      const call = () => Reflect.apply(method, owner, args);
      return name === "setup" ? this.#remember(call) : call();
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
