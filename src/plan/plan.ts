/** The plan: what happens to each plugin, and in which order. */

import type { Problem } from "../base/errors.ts";
import type { UnreadablePlugin } from "../manifest/manifest.ts";
import type {
  PermissionEntry,
  PermissionSet,
} from "../permissions/permission_set.ts";
import { consentMissing } from "../policy/consent.ts";
import {
  checkClaimedId,
  checkPlugin,
  type HostFacts,
  type KnownPlugin,
  missingPermissions,
  type PluginFacts,
  type Skipped,
  skipReason,
} from "../policy/checks.ts";
import {
  type Blocked,
  type Claimants,
  dependencyProblems,
  failedBecause,
  isRequired,
  loadOrder,
  refusedBecause,
  skippedBecause,
} from "./dependencies.ts";

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
    /** The process that it gets, if its manifest could be read. */
    runner?: "in-process" | "subprocess";
    /** The level of trust, as `docs/provenance.md` lists them. */
    trust?: "builtin" | "verified" | "local" | "unverified";
  }>
  & Readonly<
    /** Its code is imported and set up. */
    | { kind: "load" }
    /** A person is asked first. */
    | {
      kind: "ask";
      /** The permissions that Deno asks for. */
      missing: readonly PermissionEntry[];
      /** The yes that is missing, if its code needs one. */
      consent?: Readonly<{
        /**
         * The reason: nobody agreed yet, the plugin asks for more, it comes from
         * another source, or its files have another digest.
         */
        reason: "first" | "permissions" | "source" | "digest";
        /** The place of its code. */
        source: string;
        /** The permissions that it requires and that nobody agreed to. */
        added: PermissionSet;
        /** The permissions that it would use and that nobody agreed to. */
        optional: PermissionSet;
        /** The flags for `added`; empty if no flag can express them. */
        flags: readonly string[];
        /** The last consent, if there was one. */
        before?: Readonly<{ source: string; by?: string; at: string }>;
      }>;
    }
    /** It is skipped: disabled in the stored state, or switched off. */
    | { kind: "skip"; reason: "disabled" | "switch" }
    /** Its code must not run. */
    | { kind: "refuse"; problems: readonly Problem[] }
  >;

type WithoutSubject<One> = One extends Decision
  ? Omit<One, "id" | "type" | "version" | "source" | "runner" | "trust">
  : never;

/** Makes a frozen decision about a plugin. */
export function decide(
  { found, runner, trust }: PluginFacts,
  verdict: WithoutSubject<Decision>,
): Decision {
  if (!found.ok) {
    return Object.freeze({ id: found.id, source: found.source, ...verdict });
  }
  const { id, type, version } = found.manifest;
  return Object.freeze({
    id,
    type,
    version,
    source: found.source,
    ...runner === undefined ? {} : { runner },
    ...trust === undefined ? {} : { trust },
    ...verdict,
  });
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

/** Has a person asked before a plugin is loaded: by Deno, too, if that prompts. */
export function ask(facts: PluginFacts, prompts = true): Decision {
  const missing = frozenCopies(prompts ? facts.missing : []);
  const { waiting } = facts;
  return decide(
    facts,
    waiting === undefined
      ? { kind: "ask", missing }
      : { kind: "ask", missing, consent: waiting },
  );
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

/** A claim of a plugin to an id, even if its manifest cannot be used. */
interface Claim {
  readonly id: string;
  readonly namedAfterId: boolean;
  readonly own: PluginFacts;
  readonly index: number;
}

function claimsOf(own: PluginFacts, index: number): readonly Claim[] {
  const { found, keeps = [] } = own;
  if (!found.ok) return keeps.map((kept) => ({ ...kept, own, index }));
  const { manifest: { id }, namedAfterId } = found;
  return [{ id, namedAfterId, own, index }];
}

function hasPriorityOver(claim: Claim, holder: Claim): boolean {
  if (holder.own.isLive === true) return false;
  if (claim.own.isLive === true) return true;
  const { found: { origin }, sourceIndex } = claim.own;
  if (origin !== holder.own.found.origin) return origin === "builtin";
  if (sourceIndex !== holder.own.sourceIndex) {
    return sourceIndex < holder.own.sourceIndex;
  }
  return claim.namedAfterId && !holder.namedAfterId;
}

/**
 * Finds the holder of each id: a live plugin before any other, then a builtin,
 * then the earlier source, then the plugin whose directory is named after the id.
 */
function findHolders(
  plugins: readonly PluginFacts[],
): ReadonlyMap<string, Claim> {
  const holders = new Map<string, Claim>();
  for (const claim of plugins.flatMap(claimsOf)) {
    const holder = holders.get(claim.id);
    if (holder === undefined || hasPriorityOver(claim, holder)) {
      holders.set(claim.id, claim);
    }
  }
  return holders;
}

function requiredBy(
  claimants: Claimants,
): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  for (const { manifest } of claimants.values()) {
    for (const requirement of manifest.requires) {
      if (!isRequired(requirement)) continue;
      const { id } = requirement;
      const list = dependents.get(id);
      if (list === undefined) dependents.set(id, [manifest.id]);
      else list.push(manifest.id);
    }
  }
  return dependents;
}

/** Decides about each plugin. Plugins that do not hold their id are the last steps. */
export function makePlan(facts: PlanFacts): Plan {
  const live = new Set(facts.live);
  const skipped: Skipped = {
    disabled: new Set(facts.disabled),
    switchedOff: new Set(facts.switchedOff),
  };
  const holders = findHolders(facts.plugins);
  const claimants = new Map<string, KnownPlugin>();
  const kept = new Map<string, UnreadablePlugin>();
  const blocked = new Map<string, Blocked>();
  for (const [id, { own: { found } }] of holders) {
    if (found.ok) {
      claimants.set(id, found);
    } else {
      kept.set(id, found);
      blocked.set(id, refusedBecause(id, found.problems));
    }
  }
  const { order, cycles, after } = loadOrder(claimants);

  function decideClaimant(plugin: KnownPlugin, own: PluginFacts): Decision {
    const { id } = plugin.manifest;
    if (live.has(id)) return decide(own, { kind: "load" });
    const reason = skipReason(plugin, skipped);
    if (reason !== undefined) {
      blocked.set(id, skippedBecause(id, reason));
      return decide(own, { kind: "skip", reason });
    }
    const problems = checkPlugin(plugin, own, facts);
    const dependency = dependencyProblems(
      plugin,
      claimants,
      blocked,
      cycles.get(id),
    );
    if (problems.length > 0 || dependency.length > 0) {
      const first = problems.length > 0 ? undefined : dependency[0]?.blocks;
      blocked.set(id, first ?? refusedBecause(id, problems));
      return refuse(own, [
        ...problems,
        ...dependency.map(({ problem }) => problem),
      ]);
    }
    const prompts = facts.permissionMode === "prompt" && own.missing.length > 0;
    return prompts || own.waiting !== undefined
      ? ask(own, prompts)
      : decide(own, { kind: "load" });
  }

  const steps: PlanStep[] = [];
  const places = new Map<string, number>();
  for (const id of order) {
    const holder = holders.get(id);
    const plugin = claimants.get(id);
    if (holder === undefined || plugin === undefined) continue;
    const { own, index } = holder;
    places.set(id, steps.length);
    steps.push({
      index,
      facts: own,
      plugin,
      after: after.get(id) ?? [],
      decision: decideClaimant(plugin, own),
    });
  }
  for (const [index, own] of facts.plugins.entries()) {
    const { found } = own;
    const holder = found.ok ? holders.get(found.manifest.id) : undefined;
    const problems = checkClaimedId(found, holder?.own.found);
    if (problems.length === 0) continue;
    steps.push({
      index,
      facts: own,
      plugin: undefined,
      after: [],
      decision: refuse(own, problems),
    });
  }
  return {
    steps,
    places,
    claimants,
    kept,
    live,
    dependents: requiredBy(claimants),
  };
}

/** A fact that arrives after a plan was made. */
export type NewFact =
  /** A plugin's code ran and failed. */
  | {
    readonly kind: "failed";
    readonly id: string;
    /** The reason, in one line. */
    readonly message: string;
  }
  /** A person replied to a question. */
  | {
    readonly kind: "answered";
    readonly id: string;
    /** True if the yes that it waits for was given. */
    readonly isConsented?: boolean;
    /** The permissions that are still not granted. */
    readonly missing: readonly PermissionEntry[];
    /** The remedy for those, e.g. the flags to add. */
    readonly remedy: string;
  };

function isStillToLoad({ decision }: PlanStep): boolean {
  return decision.kind === "load" || decision.kind === "ask";
}

/**
 * Returns the places of the direct and indirect dependents, in the order of the
 * plan. A live plugin and its dependents are not affected.
 */
function affected(plan: Plan, id: string): readonly number[] {
  const reached = new Set([id]);
  for (const at of reached) {
    for (const dependent of plan.dependents.get(at) ?? []) {
      if (!plan.live.has(dependent)) reached.add(dependent);
    }
  }
  reached.delete(id);
  return [...reached]
    .map((one) => plan.places.get(one))
    .filter((place) => place !== undefined)
    .sort((a, b) => a - b);
}

function blockDependents(plan: Plan, id: string, reason: Blocked): Plan {
  const steps = [...plan.steps];
  const blocked = new Map([[id, reason]]);
  for (const at of affected(plan, id)) {
    const dependent = steps[at];
    if (dependent?.plugin === undefined || !isStillToLoad(dependent)) continue;
    const [first, ...others] = dependencyProblems(
      dependent.plugin,
      plan.claimants,
      blocked,
      undefined,
    );
    if (first === undefined) continue;
    blocked.set(dependent.plugin.manifest.id, first.blocks);
    const problems = [first, ...others].map(({ problem }) => problem);
    steps[at] = { ...dependent, decision: refuse(dependent.facts, problems) };
  }
  return { ...plan, steps };
}

/** Makes the next plan from a new fact. Returns the same plan if nothing changes. */
export function revisePlan(plan: Plan, fact: NewFact): Plan {
  const { id } = fact;
  if (fact.kind === "failed") {
    if (!plan.dependents.has(id)) return plan;
    return blockDependents(plan, id, failedBecause(id, fact.message));
  }
  const place = plan.places.get(id);
  const step = place === undefined ? undefined : plan.steps[place];
  if (place === undefined || step?.decision.kind !== "ask") return plan;
  const { consent } = step.decision;
  const problems = [
    ...consent === undefined || fact.isConsented === true
      ? []
      : [consentMissing(id, consent)],
    ...fact.missing.length === 0
      ? []
      : [missingPermissions(id, fact.missing, fact.remedy)],
  ];
  const decision = problems.length === 0
    ? decide(step.facts, { kind: "load" })
    : refuse(step.facts, problems);
  const next = {
    ...plan,
    steps: plan.steps.with(place, { ...step, decision }),
  };
  return problems.length === 0
    ? next
    : blockDependents(next, id, refusedBecause(id, problems));
}

/** The result of running a plan. */
export interface PlanOutcome {
  /** The plan after all new facts. */
  readonly plan: Plan;
  /** The problems of plugins whose code ran, by id. */
  readonly failures: ReadonlyMap<string, readonly Problem[]>;
}

/** Treats every prompt that was not shown as refused. */
function refuseUnanswered(plan: Plan): Plan {
  let current = plan;
  for (const { decision } of plan.steps) {
    if (decision.kind !== "ask" || decision.id === undefined) continue;
    current = revisePlan(current, {
      kind: "answered",
      id: decision.id,
      missing: decision.missing,
      remedy: "Grant it when the host starts, or accept it when the host asks",
    });
  }
  return current;
}

/**
 * Runs a plan. `start` resolves to the problems of a plugin, if any. When it
 * rejects, `runPlan` does so too, after every plugin that was started settled.
 */
export async function runPlan(
  plan: Plan,
  start: (step: PlanStep, id: string) => Promise<readonly Problem[]>,
): Promise<PlanOutcome> {
  let current = refuseUnanswered(plan);
  const failures = new Map<string, readonly Problem[]>();
  const ready = new Map<string, Promise<void>>();

  async function run(
    id: string,
    place: number,
    after: readonly string[],
  ): Promise<void> {
    if (after.length > 0) {
      await Promise.all(after.map((other) => ready.get(other)));
    }
    const step = current.steps[place];
    if (step?.decision.kind !== "load") return;
    const problems = await start(step, id);
    const [first] = problems;
    if (first === undefined) return;
    failures.set(id, problems);
    current = revisePlan(current, {
      kind: "failed",
      id,
      message: first.message,
    });
  }

  current.steps.forEach(({ plugin, after }, place) => {
    if (plugin === undefined) return;
    const { id } = plugin.manifest;
    ready.set(id, run(id, place, after));
  });
  // Not Promise.all: it would return while other plugins still start.
  const settled = await Promise.allSettled(ready.values());
  for (const result of settled) {
    if (result.status === "rejected") throw result.reason;
  }
  return { plan: current, failures };
}
