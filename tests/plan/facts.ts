/** Facts for plans. */

import { assert } from "@std/assert";
import type { Decision, Manifest, Problem } from "@semantik/plugins";
import type { PermissionEntry } from "@semantik/plugins/permissions";
import type {
  Origin,
  ReadPlugin,
  Requirement,
} from "../../src/manifest/manifest.ts";
import type { Plan, PlanFacts } from "../../src/plan/plan.ts";
import type { PluginFacts } from "../../src/policy/checks.ts";

/** The parts of a plugin besides its id. */
export interface PluginParts {
  /** The requirements: an id for any version, or `id@range`; `?` at the end makes it optional. */
  readonly requires?: readonly string[];
  readonly manifest?: Partial<Manifest>;
  readonly origin?: Origin;
  readonly source?: string;
  readonly sourceIndex?: number;
  readonly namedAfterId?: boolean;
  readonly missing?: readonly PermissionEntry[];
  readonly problems?: readonly Problem[];
}

function requirement(text: string): Requirement {
  const [id = "", version = "*"] = text.replace(/\?$/, "").split("@");
  return text.endsWith("?") ? { id, version, optional: true } : { id, version };
}

/** Makes the facts of a plugin that was read. */
export function plugin(id: string, parts: PluginParts = {}): PluginFacts {
  const { requires = [], manifest = {}, source = `./${id}` } = parts;
  const found: ReadPlugin = {
    ok: true,
    source,
    origin: parts.origin ?? "external",
    manifest: {
      id,
      type: "test",
      version: "1.0.0",
      requires: requires.map(requirement),
      permissions: {},
      optionalPermissions: {},
      ...manifest,
    },
    code: { kind: "module", specifier: `file:///${id}/mod.ts` },
    directory: `/${id}`,
    namedAfterId: parts.namedAfterId ?? true,
  };
  return {
    found,
    sourceIndex: parts.sourceIndex ?? 0,
    missing: parts.missing ?? [],
    remedy: parts.missing === undefined ? "" : `Grant ${parts.missing.length}`,
    problems: parts.problems ?? [],
  };
}

/** Makes the facts of a source that could not be read. */
export function unreadable(
  source: string,
  problems: readonly Problem[],
  id?: string,
): PluginFacts {
  return {
    found: { ok: false, source, origin: "external", id, problems },
    sourceIndex: 0,
    missing: [],
    remedy: "",
    problems: [],
  };
}

/** A problem of a test. */
export function problem(message: string): Problem {
  return { code: "PLUGIN_CONFIG_INVALID", message, remedy: "Correct it" };
}

/** Everything that a plan depends on. */
export function factsOf(
  plugins: readonly PluginFacts[],
  others: Partial<Omit<PlanFacts, "plugins">> = {},
): PlanFacts {
  return {
    hostVersion: "1.0.0",
    permissionMode: "enforce",
    live: [],
    disabled: [],
    switchedOff: [],
    ...others,
    plugins,
  };
}

/** Returns the decision about the plugin with this id. */
export function decisionOf(plan: Plan, id: string): Decision {
  const place = plan.places.get(id);
  assert(place !== undefined, `${id} has no place`);
  const step = plan.steps[place];
  assert(step !== undefined);
  return step.decision;
}

/** Returns the reasons why the plugin with this id is refused. */
export function problemsOf(plan: Plan, id: string): readonly Problem[] {
  const decision = decisionOf(plan, id);
  assert(decision.kind === "refuse", `${id}: ${decision.kind}`);
  return decision.problems;
}

/** Lists the decisions by id, in the order of the plan. */
export function kinds(plan: Plan): readonly string[] {
  return plan.steps.map(({ decision }) => `${decision.id} ${decision.kind}`);
}
