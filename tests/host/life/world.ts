/** The plugins of a random life, and what a test can do to them. */

import type { Builtin } from "@semantik/plugins";
import type { JsonObject } from "../../../src/base/json.ts";
import { definePlugin } from "@semantik/plugins";
import type { StandardSchema } from "@semantik/plugins/plugin";
import { requires } from "../builtin.ts";

/** The ids of the plugins, each after what it requires. */
export const IDS = ["a", "b", "c", "d", "e"] as const;

/** The id of a plugin. */
export type Id = typeof IDS[number];

/** The requirements of each plugin. */
export const REQUIRES: Readonly<Record<Id, readonly Id[]>> = {
  a: [],
  b: ["a"],
  c: ["b"],
  d: [],
  e: ["d"],
};

/** Those that take a new configuration without a new setup. */
export const RECONFIGURABLE: ReadonlySet<Id> = new Set<Id>(["b", "d"]);

/** The options of the host. */
export const OPTIONS: Readonly<Partial<Record<Id, JsonObject>>> = {
  d: { v: 1 },
};

/** The faults that a plugin can have. */
export type Fault = "setup" | "dispose" | "reconfigure";

/** A configuration that the schema does not accept. */
export const INVALID = -1;

/** A configuration with which setup and reconfigure throw. */
export const UNBEARABLE = 7;

/** The object of a plugin. */
export interface Shown {
  config(): unknown;
}

const SCHEMA: StandardSchema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      Reflect.get(Object(value), "v") === INVALID
        ? { issues: [{ message: "it is negative", path: ["v"] }] }
        : { value },
  },
};

/** Reads the number of a configuration. */
export function numberOf(config: unknown): unknown {
  return Reflect.get(Object(config), "v");
}

/** The plugins, as they live on from one host to the next. */
export class World {
  /** The current faults, as `id fault`. */
  readonly faults: Set<string> = new Set();
  readonly #crashes = new Map<Id, () => void>();

  /** Returns whether a plugin has a fault. */
  has(id: Id, fault: Fault): boolean {
    return this.faults.has(`${id} ${fault}`);
  }

  /** Lets a live plugin leave a rejection unhandled. */
  crash(id: Id): void {
    this.#crashes.get(id)?.();
  }

  /** The plugins, to be handed to a host: not in the order of what they require. */
  builtins(): readonly Builtin[] {
    return [...IDS].reverse().map((id) => this.#builtin(id));
  }

  #builtin(id: Id): Builtin {
    let config: unknown;
    const take = (fault: Fault, given: unknown) => {
      if (this.has(id, fault) || numberOf(given) === UNBEARABLE) {
        throw new Error(`${id} cannot ${fault}`);
      }
      config = given;
    };
    const plugin = definePlugin({
      configSchema: SCHEMA,
      setup: (context): Shown => {
        take("setup", context.config);
        const crash = Promise.withResolvers<void>();
        crash.promise.then(() => {
          throw null;
        });
        this.#crashes.set(id, crash.resolve);
        return { config: () => config };
      },
      ...RECONFIGURABLE.has(id)
        ? {
          reconfigure: (context: { readonly config: unknown }) =>
            take("reconfigure", context.config),
        }
        : {},
      healthCheck: () => !this.has(id, "dispose"),
      dispose: () => {
        if (this.has(id, "dispose")) throw new Error(`${id} cannot dispose`);
      },
    });
    const manifest = { id, type: "thing", version: "1.0.0" };
    return { manifest: { ...manifest, ...requires(...REQUIRES[id]) }, plugin };
  }
}
