/**
 * What a plan is: the facts that it is made from, what is decided about a
 * plugin before any of its code runs, and the steps in their order.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import type { UnreadablePlugin } from "../manifest/manifest.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";
import type { HostFacts, KnownPlugin, PluginFacts } from "../policy/facts.ts";

/** Everything that a plan depends on: plain data that JSON can hold. */
export interface PlanFacts extends HostFacts {
  /** The plugins: builtins first, then in the order of the sources. */
  readonly plugins: readonly PluginFacts[];
  /** The ids that are live: nothing stands against them any more. */
  readonly live: readonly string[];
}

/**
 * A decision about one plugin, taken before any of its code runs.
 *
 * @example Saying what stands in the way
 * ```ts
 * import type { Decision } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * function explain(decision: Decision): string {
 *   return decision.kind === "refuse"
 *     ? decision.problems.map((problem) => problem.remedy).join("; ")
 *     : decision.kind;
 * }
 *
 * assertEquals(explain({ id: "x", source: "./x", kind: "load" }), "load");
 * ```
 */
export type Decision =
  & Readonly<{
    /** The plugin's id, if it could be read. */
    id: string | undefined;
    /** The type that it plugs into. */
    type?: string;
    /** Its version. */
    version?: string;
    /** Its source. */
    source: string;
  }>
  & Readonly<
    /** Its code is imported and set up. */
    | { kind: "load" }
    /** A person is asked for these permissions first. */
    | { kind: "ask"; missing: readonly PermissionEntry[] }
    /** It is passed over: disabled in the stored state, or by a switch. */
    | { kind: "skip"; reason: "disabled" | "switch" }
    /** Its code must not run. */
    | { kind: "refuse"; problems: readonly Problem[] }
  >;

type WithoutSubject<One> = One extends Decision
  ? Omit<One, "id" | "type" | "version" | "source">
  : never;

type Verdict = WithoutSubject<Decision>;

/**
 * Puts a verdict to who it is about.
 *
 * @param facts What is known of the plugin.
 * @param verdict What is decided.
 * @returns The decision, frozen.
 */
export function decide(facts: PluginFacts, verdict: Verdict): Decision {
  const { found } = facts;
  if (!found.ok) {
    return Object.freeze({ id: found.id, source: found.source, ...verdict });
  }
  const { id, type, version } = found.manifest;
  return Object.freeze({ id, type, version, source: found.source, ...verdict });
}

/**
 * Refuses a plugin.
 *
 * @param facts What is known of the plugin.
 * @param problems Why; at least one.
 * @returns The decision, frozen.
 */
export function refuse(
  facts: PluginFacts,
  problems: readonly Problem[],
): Decision {
  return decide(facts, {
    kind: "refuse",
    problems: Object.freeze(problems.map((one) => Object.freeze({ ...one }))),
  });
}

/**
 * Has a person asked before a plugin is loaded.
 *
 * @param facts What is known of the plugin.
 * @returns The decision, frozen.
 */
export function ask(facts: PluginFacts): Decision {
  return decide(facts, {
    kind: "ask",
    missing: Object.freeze(
      facts.missing.map((one) => Object.freeze({ ...one })),
    ),
  });
}

/** One plugin's place in a plan. */
export interface PlanStep {
  /** The place of the plugin in `PlanFacts.plugins`. */
  readonly index: number;
  /** What is known of it. */
  readonly facts: PluginFacts;
  /** What is decided. */
  readonly decision: Decision;
  /** The plugin, where it bears its id alone; otherwise it is not one to load. */
  readonly plugin: KnownPlugin | undefined;
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
  readonly claimants: ReadonlyMap<string, KnownPlugin>;
  /** The plugins that keep an id though their manifest cannot be used. */
  readonly kept: ReadonlyMap<string, UnreadablePlugin>;
  /** The ids that are live: nothing that is learnt later stands against them. */
  readonly live: ReadonlySet<string>;
  /** The ids that require an id. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}

/**
 * Cuts a plan down to a plugin and all that it requires, directly or not.
 *
 * @param plan The plan.
 * @param id The plugin.
 * @returns A plan of these steps alone, in the same order.
 */
export function selectPlan(plan: Plan, id: string): Plan {
  const needed = new Set([id]);
  for (const at of needed) {
    const requires = plan.claimants.get(at)?.manifest.requires ?? [];
    for (const requirement of requires) {
      if (requirement.optional !== true) needed.add(requirement.id);
    }
  }
  const steps = plan.steps.filter(({ plugin }) =>
    plugin !== undefined && needed.has(plugin.manifest.id)
  );
  const places = new Map<string, number>();
  steps.forEach(({ plugin }, place) => {
    if (plugin !== undefined) places.set(plugin.manifest.id, place);
  });
  return { ...plan, steps, places };
}
