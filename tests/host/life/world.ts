/** The plugins of a random life, and what a test can do to them. */

import {
  type Builtin,
  type Clock,
  definePlugin,
  type PluginHostOptions,
} from "@semantik/plugins";
import { systemClock } from "../../../src/base/timing.ts";
import type { JsonObject } from "../../../src/base/json.ts";
import { subprocess } from "@semantik/plugins/subprocess";
import type { StandardSchema } from "@semantik/plugins/plugin";
import { manifestOf, requires } from "../builtin.ts";

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
export interface World {
  /** Gives a plugin a fault, or takes it away. */
  spoil(id: Id, fault: Fault, isOn: boolean): void;
  /** Returns whether a plugin has a fault. */
  has(id: Id, fault: Fault): boolean;
  /** Lets a live plugin, with the given object, leave a rejection unhandled. */
  crash(id: Id, api: unknown): void;
  /**
   * The crashes after which a plugin is not started again: docs/subprocess.md lists
   * that as a difference.
   */
  readonly lastCrash: number;
  /** The options of a host, for its plugins. */
  readonly options: Partial<PluginHostOptions>;
}

class Faults {
  readonly #faults = new Set<string>();

  set(id: Id, fault: Fault, isOn: boolean): void {
    if (isOn) this.#faults.add(`${id} ${fault}`);
    else this.#faults.delete(`${id} ${fault}`);
  }

  has(id: Id, fault: Fault): boolean {
    return this.#faults.has(`${id} ${fault}`);
  }

  of(id: Id): readonly string[] {
    return [...this.#faults].filter((one) => one.startsWith(`${id} `))
      .map((one) => one.slice(id.length + 1));
  }
}

/** Plugins that are objects in the process of the host. */
export class ObjectWorld implements World {
  readonly #faults = new Faults();
  readonly #crashes = new Map<Id, () => void>();
  readonly lastCrash = 1;

  spoil(id: Id, fault: Fault, isOn: boolean): void {
    this.#faults.set(id, fault, isOn);
  }

  has(id: Id, fault: Fault): boolean {
    return this.#faults.has(id, fault);
  }

  crash(id: Id): void {
    this.#crashes.get(id)?.();
  }

  /** Not in the order of what they require. */
  get options(): Partial<PluginHostOptions> {
    return { builtins: [...IDS].reverse().map((id) => this.#builtin(id)) };
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

/** The same plugin as a module, which reads its faults beside itself. */
function moduleOf(id: Id): string {
  return `
const FAULTS = new URL("./faults.txt", import.meta.url);
const has = (fault) => Deno.readTextFileSync(FAULTS).split(" ").includes(fault);
let config;
function take(fault, given) {
  if (has(fault) || given?.v === ${UNBEARABLE}) {
    throw new Error("${id} cannot " + fault);
  }
  config = given;
}
const validate = (value) =>
  value?.v === ${INVALID}
    ? { issues: [{ message: "it is negative", path: ["v"] }] }
    : { value };
export default {
  configSchema: { "~standard": { version: 1, vendor: "test", validate } },
  setup(context) {
    take("setup", context.config);
    return { config: () => config, crash() { Promise.reject(null); } };
  },
  ${
    RECONFIGURABLE.has(id)
      ? 'reconfigure(context) { take("reconfigure", context.config); },'
      : ""
  }
  healthCheck: () => !has("dispose"),
  dispose() { if (has("dispose")) throw new Error("${id} cannot dispose"); },
};
`;
}

/** Waits for the next start of a process take no time; limits of time hold. */
const HASTY_CLOCK: Clock = {
  ...systemClock,
  after: (milliseconds, callback) =>
    systemClock.after(
      milliseconds > 200 && milliseconds <= 2_000 ? 1 : milliseconds,
      callback,
    ),
};

/** Plugins that are files, each in a process of its own. */
export class FileWorld implements World, Disposable {
  readonly #folder = Deno.realPathSync(Deno.makeTempDirSync());
  readonly #faults = new Faults();
  // That many in five minutes.
  readonly lastCrash = 5;

  constructor() {
    for (const id of IDS) {
      const folder = `${this.#folder}/${id}`;
      Deno.mkdirSync(folder);
      const manifest = manifestOf(id, requires(...REQUIRES[id]));
      Deno.writeTextFileSync(`${folder}/plugin.json`, JSON.stringify(manifest));
      Deno.writeTextFileSync(`${folder}/mod.ts`, moduleOf(id));
      this.#write(id);
    }
  }

  #write(id: Id): void {
    Deno.writeTextFileSync(
      `${this.#folder}/${id}/faults.txt`,
      this.#faults.of(id).join(" "),
    );
  }

  spoil(id: Id, fault: Fault, isOn: boolean): void {
    this.#faults.set(id, fault, isOn);
    this.#write(id);
  }

  has(id: Id, fault: Fault): boolean {
    return this.#faults.has(id, fault);
  }

  crash(_id: Id, api: unknown): void {
    const crash: unknown = Reflect.get(Object(api), "crash");
    if (typeof crash !== "function") throw new TypeError("It cannot crash");
    // Its process may end before it can reply.
    Promise.resolve(crash()).catch(() => {});
  }

  get options(): Partial<PluginHostOptions> {
    return {
      sources: [...IDS].reverse().map((id) => `${this.#folder}/${id}`),
      runner: subprocess(),
      clock: HASTY_CLOCK,
      // Several tests share the processors.
      timeouts: { load: 60_000, setup: 60_000, health: 60_000 },
    };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
