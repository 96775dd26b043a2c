/**
 * What can be said of a plugin by its manifest and its modules, without running
 * a line of it.
 *
 * @module
 */

import {
  PluginError,
  type PluginErrorCode,
  type Problem,
} from "../../base/errors.ts";
import type { HostCore } from "../../host/core.ts";
import {
  dataDirectoryOf,
  resolveDeclarations,
  type ResolvedPermissions,
} from "../../host/declared_permissions.ts";
import type { Facts } from "../../host/gather_facts.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import { declaredPaths } from "../../permissions/normalize_permissions.ts";
import { type Hazard, reach } from "../../permissions/hazard.ts";
import { permissionHazards } from "../../permissions/permission_hazards.ts";
import { union } from "../../permissions/set_algebra.ts";
import { makePlan } from "../../plan/make_plan.ts";
import type { Plan, PlanStep } from "../../plan/plan.ts";
import { quote } from "../../base/text.ts";
import { socketProblems } from "./socket_problems.ts";

/** Plugins side by side, as a host that grants everything would plan them. */
export interface PluginSet {
  /** The host that they are judged for. */
  readonly core: HostCore;
  /** The plan. */
  readonly plan: Plan;
}

/**
 * Plans plugins for a host that grants what they declare and disables none.
 *
 * @param core The host.
 * @param facts What is known of it.
 * @returns The plugins.
 */
export function planFreely(core: HostCore, facts: Facts): PluginSet {
  return {
    core,
    plan: makePlan({
      ...facts,
      permissionMode: "report",
      disabled: new Set(),
      isSwitchedOff: () => false,
      stateProblem: undefined,
    }),
  };
}

// A plugin by itself is not wrong where what it requires is elsewhere.
const ELSEWHERE: ReadonlySet<PluginErrorCode> = new Set([
  "PLUGIN_DEPENDENCY_MISSING",
  "PLUGIN_DEPENDENCY_FAILED",
]);

/** What is declared, and empty where that cannot be resolved: a problem says so. */
export function declarationOf(
  { core }: PluginSet,
  plugin: ReadPlugin,
): ResolvedPermissions {
  return resolveDeclarations(core.settings, [plugin]).declared.get(plugin) ??
    { required: {}, optional: {} };
}

function hazardsOf(set: PluginSet, plugin: ReadPlugin): readonly Hazard[] {
  const { required, optional } = declarationOf(set, plugin);
  const { settings } = set.core;
  return permissionHazards(union(required, optional), {
    ownDirectory: plugin.directory,
    dataDirectory: dataDirectoryOf(settings, plugin.manifest.id),
    homeDirectory: settings.environment.get("HOME"),
    denoDirectory: settings.environment.get("DENO_DIR"),
  });
}

/** Paths that climb out of the plugin's directory mean another place in each installation. */
function climbingProblems({ manifest }: ReadPlugin): readonly Problem[] {
  return (["permissions", "optionalPermissions"] as const).flatMap((field) =>
    declaredPaths(manifest[field])
      .filter((path) => /^\.\.(?:[\\/]|$)/.test(path))
      .map((path) => ({
        code: "PLUGIN_MANIFEST_INVALID",
        message: `The path ${
          quote(path)
        } leaves the plugin's directory, and is another place wherever it is installed`,
        remedy:
          "Put the file into the plugin's directory, use $DATA, or take the path from the configuration",
        path: field,
      }))
  );
}

function outsideNotes(set: PluginSet, plugin: ReadPlugin): readonly string[] {
  const { directory } = plugin;
  const data = dataDirectoryOf(set.core.settings, plugin.manifest.id);
  const { required, optional } = declarationOf(set, plugin);
  const { read = [], write = [] } = union(required, optional);
  const places = [directory, data].filter((place) => place !== undefined);
  const within = (path: string) =>
    places.some((place) => reach(place, path) === "covers");
  const outside = (list: true | readonly string[], verb: string) =>
    list === true
      ? [`It ${verb} everywhere`]
      : list.filter((path) => !within(path))
        .map((path) => `It ${verb} outside of its directory: ${quote(path)}`);
  return [...outside(read, "reads"), ...outside(write, "writes")];
}

function nameNotes(plugin: ReadPlugin): readonly string[] {
  const { directory, namedAfterId, manifest: { id } } = plugin;
  return directory === undefined || namedAfterId ? [] : [
    `Its directory is not named ${
      quote(id)
    }: of two plugins of one id, the one whose directory is named so is loaded`,
  ];
}

/** What a manifest, and the plugins beside it, tell of a plugin. */
export interface ManifestCheck {
  /** What is wrong. */
  readonly problems: readonly Problem[];
  /** What is more dangerous than it looks. */
  readonly hazards: readonly Hazard[];
  /** What is worth knowing. */
  readonly notes: readonly string[];
}

/**
 * Checks a plugin by its manifest and the plugins beside it.
 *
 * @param set The plugins.
 * @param step The plugin's place in their plan.
 * @param isRun Whether it is to be run, so that what it requires has to be there.
 * @returns What was found.
 */
export function checkManifest(
  set: PluginSet,
  step: PlanStep,
  isRun: boolean,
): ManifestCheck {
  const { decision, facts: { found } } = step;
  const refused = decision.kind === "refuse" ? decision.problems : [];
  if (!found.ok) return { problems: refused, hazards: [], notes: [] };
  const isNote = ({ code }: Problem) => !isRun && ELSEWHERE.has(code);
  try {
    const { required, optional } = declarationOf(set, found);
    return {
      problems: [
        ...refused.filter((one) => !isNote(one)),
        ...climbingProblems(found),
        ...socketProblems(required, optional, found.directory),
      ],
      hazards: hazardsOf(set, found),
      notes: [
        ...refused.filter(isNote).map(({ message }) => message),
        ...outsideNotes(set, found),
        ...nameNotes(found),
      ],
    };
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    return {
      problems: [...refused, ...thrown.problems],
      hazards: [],
      notes: [],
    };
  }
}
