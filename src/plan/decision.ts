/**
 * What a host decides about a plugin before any of its code runs.
 *
 * @module
 */

import type { Problem } from "../errors.ts";
import type { PluginFacts } from "./facts.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";

/** Who a decision is about. */
export type DecisionSubject = Readonly<{
  /** The plugin's id, where it could be read. */
  id: string | undefined;
  /** What it plugs into. */
  type?: string;
  /** Its version. */
  version?: string;
  /** Where it comes from. */
  source: string;
}>;

/** Why a plugin is passed over: that is no fault of it. */
export type SkipReason =
  /** It is disabled in the stored state. */
  | "disabled"
  /** A switch in the environment turns plugins off. */
  | "switch";

/** What is decided. */
export type Verdict = Readonly<
  /** Its code is imported and set up. */
  | { kind: "load" }
  /** A person is asked for these permissions first. */
  | { kind: "ask"; missing: readonly PermissionEntry[] }
  /** It is passed over. */
  | { kind: "skip"; reason: SkipReason }
  /** Its code must not run. */
  | { kind: "refuse"; problems: readonly Problem[] }
>;

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
export type Decision = DecisionSubject & Verdict;

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
