/**
 * A plan: what is to be done with each plugin, and in which order.
 *
 * @module
 */

import type { ReadPlugin } from "../manifest/found_plugin.ts";
import type { Decision } from "./decision.ts";
import type { PluginFacts } from "./facts.ts";

/** One plugin's place in a plan. */
export interface PlanStep {
  /** What is known of it. */
  readonly facts: PluginFacts;
  /** What is decided. */
  readonly decision: Decision;
  /** The plugin, where it bears its id alone; otherwise it is not one to load. */
  readonly plugin: ReadPlugin | undefined;
  /** The ids of this plan that must be ready before it, optional ones included. */
  readonly after: readonly string[];
}

/** What is to be done with each plugin. Immutable. */
export interface Plan {
  /** One step a plugin: a dependency before what depends on it. */
  readonly steps: readonly PlanStep[];
  /** The place in `steps` of a plugin. */
  readonly places: ReadonlyMap<string, number>;
  /** The plugins that bear their id alone. */
  readonly claimants: ReadonlyMap<string, ReadPlugin>;
  /** The ids that are live: nothing that is learnt later stands against them. */
  readonly live: ReadonlySet<string>;
  /** The ids that require an id. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}
