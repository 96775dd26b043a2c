/** A host that is too simple to be wrong: what is stored, and what is live. */

import type { PluginState } from "@semantik/plugins";
import type { JsonObject } from "../../../src/base/json.ts";
import type { StoreFault } from "./subject.ts";
import {
  type Id,
  IDS,
  INVALID,
  numberOf,
  OPTIONS,
  RECONFIGURABLE,
  REQUIRES,
  UNBEARABLE,
  type World,
} from "./world.ts";

/** Thrown where the host is to reject. */
export class Refused extends Error {}

function same(one: unknown, other: unknown): boolean {
  return numberOf(one) === numberOf(other);
}

/** A model of the host. */
export class Model {
  readonly stored: Map<string, PluginState> = new Map();
  /** The live plugins, with the configuration of each. */
  readonly live: Map<Id, unknown> = new Map();
  /** The expected number of events of each kind. */
  readonly events: Map<string, number> = new Map();
  /** The fault that makes the store reject a change. */
  fault: StoreFault | undefined;
  readonly #world: World;
  /** The crashes of each live plugin since its setup by the host. */
  readonly #crashes = new Map<Id, number>();
  #isLoaded = false;

  constructor(world: World) {
    this.#world = world;
  }

  load(): void {
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    IDS.forEach((id) => this.#start(id));
  }

  restart(): void {
    this.#isLoaded = false;
    this.live.clear();
    this.events.clear();
  }

  enable(id: Id): void {
    if (!this.#isEnabled(id)) {
      const { enabled: _, ...others } = this.stored.get(id) ?? {};
      this.#store(id, others);
      this.#count("plugin.enabled");
    }
    this.#withRequired(id).forEach((one) => this.#start(one));
    if (!this.live.has(id)) throw new Refused();
  }

  disable(id: Id, dependents: "refuse" | "disable"): void {
    const affected = [...this.#liveDependents(id), id];
    if (affected.length > 1 && dependents === "refuse") throw new Refused();
    const changed = affected.filter((one) => this.#isEnabled(one));
    if (changed.length > 0 && this.fault !== undefined) throw new Refused();
    for (const one of changed) {
      this.#store(one, { ...this.stored.get(one), enabled: false });
      this.#count("plugin.disabled");
    }
    if (!this.#end(affected)) throw new Refused();
  }

  configure(id: Id, config: JsonObject): boolean {
    const isLive = this.live.has(id);
    if (isLive && numberOf(config) === INVALID) throw new Refused();
    const inForce = this.#configOf(id);
    if (same(inForce, config)) return isLive;
    const before = this.stored.get(id);
    this.#store(id, { ...before, config });
    if (isLive && !this.#apply(id, config, inForce)) {
      if (before === undefined) this.stored.delete(id);
      else this.stored.set(id, before);
      throw new Refused();
    }
    this.#count("plugin.config.updated");
    return isLive;
  }

  /** Returns true if the plugin is not started again. */
  crash(id: Id): boolean {
    const crashes = (this.#crashes.get(id) ?? 0) + 1;
    this.#crashes.set(id, crashes);
    const isLast = crashes >= this.#world.lastCrash;
    if (isLast) this.#end([...this.#liveDependents(id), id]);
    return isLast;
  }

  /** Somebody else stores something. */
  storeForeign(id: string, config: JsonObject): void {
    this.stored.set(id, { config });
  }

  #apply(id: Id, config: JsonObject, inForce: unknown): boolean {
    const isBearable = numberOf(config) !== UNBEARABLE;
    if (RECONFIGURABLE.has(id)) {
      const takes = isBearable && !this.#world.has(id, "reconfigure");
      if (takes) this.live.set(id, config);
      else this.#startAgain(id, inForce);
      return takes;
    }
    const takes = isBearable && !this.#world.has(id, "setup");
    this.#startAgain(id, takes ? config : inForce);
    return takes;
  }

  #startAgain(id: Id, config: unknown): void {
    const dependents = this.#liveDependents(id);
    this.#end([...dependents, id]);
    this.#start(id, config);
    IDS.filter((one) => dependents.includes(one))
      .forEach((one) => this.#start(one));
  }

  #start(id: Id, config: unknown = this.#configOf(id)): void {
    const isReady = REQUIRES[id].every((one) => this.live.has(one));
    const value = numberOf(config);
    const isGood = value !== INVALID && value !== UNBEARABLE &&
      !this.#world.has(id, "setup");
    if (!this.live.has(id) && this.#isEnabled(id) && isReady && isGood) {
      this.live.set(id, config);
      this.#crashes.delete(id);
    }
  }

  /** Ends plugins, and returns `true` if all of them could be disposed. */
  #end(ids: readonly Id[]): boolean {
    return ids.map((id) =>
      !this.live.delete(id) || !this.#world.has(id, "dispose")
    ).every((isWell) => isWell);
  }

  #store(id: Id, state: PluginState): void {
    if (this.fault !== undefined) throw new Refused();
    if (Object.keys(state).length === 0) this.stored.delete(id);
    else this.stored.set(id, state);
  }

  #count(action: string): void {
    this.events.set(action, (this.events.get(action) ?? 0) + 1);
  }

  #isEnabled(id: Id): boolean {
    return this.stored.get(id)?.enabled !== false;
  }

  #configOf(id: Id): unknown {
    return this.stored.get(id)?.config ?? OPTIONS[id] ?? {};
  }

  #withRequired(id: Id): readonly Id[] {
    return [...REQUIRES[id].flatMap((one) => this.#withRequired(one)), id];
  }

  #liveDependents(id: Id): readonly Id[] {
    if (!this.live.has(id)) return [];
    return [...IDS].reverse().filter((one) =>
      one !== id && this.live.has(one) && this.#withRequired(one).includes(id)
    );
  }
}
