/** Plans: the facts they are made from, and an ordered decision for each plugin. */

import type { Problem } from "../base/errors.ts";
import type { UnreadablePlugin } from "../manifest/manifest.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";
import type { HostFacts, KnownPlugin, PluginFacts } from "../policy/facts.ts";
import { type Claimants, isRequired } from "./load_order.ts";

/** Everything that a plan depends on: plain data that JSON can hold. */
export interface PlanFacts extends HostFacts {
  /** The plugins: builtins first, then in the order of the sources. */
  readonly plugins: readonly PluginFacts[];
  /** The ids that are live, and are therefore never refused. */
  readonly live: readonly string[];
}

/**
 * A decision about one plugin, made before any of its code runs.
 *
 * @example Explaining a decision
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
    /** It is skipped: disabled in the stored state, or switched off. */
    | { kind: "skip"; reason: "disabled" | "switch" }
    /** Its code must not run. */
    | { kind: "refuse"; problems: readonly Problem[] }
  >;

type WithoutSubject<One> = One extends Decision
  ? Omit<One, "id" | "type" | "version" | "source">
  : never;

/** Makes a frozen decision about a plugin. */
export function decide(
  { found }: PluginFacts,
  verdict: WithoutSubject<Decision>,
): Decision {
  if (!found.ok) {
    return Object.freeze({ id: found.id, source: found.source, ...verdict });
  }
  const { id, type, version } = found.manifest;
  return Object.freeze({ id, type, version, source: found.source, ...verdict });
}

function frozenCopies<Item extends object>(
  items: readonly Item[],
): readonly Item[] {
  return Object.freeze(items.map((item) => Object.freeze({ ...item })));
}

export function refuse(
  facts: PluginFacts,
  problems: readonly Problem[],
): Decision {
  return decide(facts, { kind: "refuse", problems: frozenCopies(problems) });
}

/** Has a person asked before a plugin is loaded. */
export function ask(facts: PluginFacts): Decision {
  return decide(facts, { kind: "ask", missing: frozenCopies(facts.missing) });
}

/** The place of one plugin in a plan. */
export interface PlanStep {
  /** The place of the plugin in `PlanFacts.plugins`. */
  readonly index: number;
  readonly facts: PluginFacts;
  readonly decision: Decision;
  /** The plugin, if it holds its id; no other can be loaded. */
  readonly plugin: KnownPlugin | undefined;
  /** The ids of this plan that must be ready before it, including optional ones. */
  readonly after: readonly string[];
}

/** An immutable plan. */
export interface Plan {
  /** One step per plugin, a dependency before its dependents. */
  readonly steps: readonly PlanStep[];
  /** The index in `steps` of a plugin. */
  readonly places: ReadonlyMap<string, number>;
  /** The plugins that hold their id. */
  readonly claimants: Claimants;
  /** The plugins that keep an id although their manifest cannot be used. */
  readonly kept: ReadonlyMap<string, UnreadablePlugin>;
  /** The ids that are live: no later fact changes their decision. */
  readonly live: ReadonlySet<string>;
  /** The ids that require an id. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}

/** Reduces a plan to a plugin and its direct and indirect requirements. */
export function selectPlan(plan: Plan, id: string): Plan {
  const needed = new Set([id]);
  for (const at of needed) {
    const requires = plan.claimants.get(at)?.manifest.requires ?? [];
    for (const requirement of requires) {
      if (isRequired(requirement)) needed.add(requirement.id);
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
