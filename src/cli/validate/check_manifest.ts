import {
  PluginError,
  type PluginErrorCode,
  type Problem,
} from "../../base/errors.ts";
import { quote } from "../../base/text.ts";
import type { Inspection } from "../../inspect/inspector.ts";
import type { ReportSnapshot } from "../../inspect/snapshot.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import { declaredPaths } from "../../permissions/normalize_permissions.ts";
import { type Hazard, reach } from "../../permissions/path_hazards.ts";
import { permissionHazards } from "../../permissions/permission_hazards.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import { covers, union } from "../../permissions/set_algebra.ts";
import { makePlan, type Plan, type PlanStep } from "../../plan/plan.ts";
import type { Findings } from "./plugin_check.ts";

/** The plugins to validate, planned for a host that grants what they declare. */
export interface PluginSet {
  readonly inspection: Inspection<ReportSnapshot>;
  readonly plan: Plan;
}

export interface ManifestFindings extends Findings {
  readonly hazards: readonly Hazard[];
}

type ManifestField = "permissions" | "optionalPermissions";

// A plugin validated alone is valid even if the plugins it requires are elsewhere.
const DEPENDENCY_CODES: ReadonlySet<PluginErrorCode> = new Set([
  "PLUGIN_DEPENDENCY_MISSING",
  "PLUGIN_DEPENDENCY_FAILED",
]);
const SOCKET_PREFIX = "unix:";

/** Plans plugins for a host that grants what they declare and disables none. */
export function planFreely(inspection: PluginSet["inspection"]): PluginSet {
  return {
    inspection,
    plan: makePlan({
      ...inspection.snapshot,
      permissionMode: "report",
      disabled: [],
      switchedOff: [],
      stateProblem: undefined,
    }),
  };
}

/** Finds paths that climb out of the plugin's directory: they depend on the installation. */
function climbingProblems({ manifest }: ReadPlugin): readonly Problem[] {
  return (["permissions", "optionalPermissions"] as const).flatMap((field) =>
    declaredPaths(manifest[field])
      .filter((path) => /^\.\.(?:[\\/]|$)/.test(path))
      .map((path) => ({
        code: "PLUGIN_MANIFEST_INVALID",
        message: `The path ${
          quote(path)
        } leaves the plugin's directory, so it differs between installations`,
        remedy:
          "Move the file into the plugin's directory, use $DATA, or take the path from the configuration",
        path: field,
      }))
  );
}

/** Finds Unix sockets whose path is not granted: Deno needs `read` and `write` of it. */
function socketProblems(
  { net }: PermissionSet,
  granted: PermissionSet,
  field: ManifestField,
): readonly Problem[] {
  const sockets = net === undefined || net === true
    ? []
    : net.filter((value) => value.startsWith(SOCKET_PREFIX));
  return sockets.flatMap((socket): Problem[] => {
    const path = socket.slice(SOCKET_PREFIX.length);
    const kinds = (["read", "write"] as const)
      .filter((kind) => !covers(granted, { [kind]: [path] }));
    const fields = kinds.map((kind) => `${field}.${kind}`).join(" and ");
    return kinds.length === 0 ? [] : [{
      code: "PLUGIN_PERMISSION_MISSING",
      message: `The Unix socket ${quote(path)} also needs ${
        kinds.join(" and ")
      } of its path, which the manifest does not declare`,
      remedy: `Add ${quote(path)} to ${fields}`,
      path: `${field}.net`,
    }];
  });
}

function outsideNotes(
  { read = [], write = [] }: PermissionSet,
  directories: readonly (string | undefined)[],
): readonly string[] {
  const isInside = (path: string) =>
    directories.some((directory) =>
      directory !== undefined && reach(directory, path) === "covers"
    );
  const outside = (list: true | readonly string[], verb: string) =>
    list === true
      ? [`It ${verb} everywhere`]
      : list.filter((path) => !isInside(path))
        .map((path) => `It ${verb} outside its directory: ${quote(path)}`);
  return [...outside(read, "reads"), ...outside(write, "writes")];
}

function nameNotes(plugin: ReadPlugin): readonly string[] {
  const { directory, namedAfterId, manifest: { id } } = plugin;
  return directory === undefined || namedAfterId ? [] : [
    `Its directory is not named ${
      quote(id)
    }: if two plugins have the same id, the one in the directory of that name is loaded`,
  ];
}

/**
 * Checks a plugin by its manifest and the plugins beside it. `isRun` requires
 * that its dependencies are among them.
 */
export function checkManifest(
  { inspection: { found: all, snapshot } }: PluginSet,
  { decision, index }: PlanStep,
  isRun: boolean,
): ManifestFindings {
  const found = all[index];
  const known = snapshot.plugins[index];
  const refused = decision.kind === "refuse" ? decision.problems : [];
  if (!found?.ok || known === undefined) {
    return { problems: refused, hazards: [], notes: [] };
  }
  const isNote = ({ code }: Problem) => !isRun && DEPENDENCY_CODES.has(code);
  const { required, optional, directory, dataDirectory } = known;
  const { homeDirectory, denoDirectory } = snapshot.surroundings;
  const declared = union(required, optional);
  // A plugin may always read its own directory.
  const own = directory === undefined ? {} : { read: [directory] };
  try {
    return {
      problems: [
        ...refused.filter((one) => !isNote(one)),
        ...climbingProblems(found),
        ...socketProblems(required, union(required, own), "permissions"),
        ...socketProblems(
          optional,
          union(declared, own),
          "optionalPermissions",
        ),
      ],
      hazards: permissionHazards(declared, {
        ownDirectory: directory,
        dataDirectory,
        homeDirectory,
        denoDirectory,
      }),
      notes: [
        ...refused.filter(isNote).map(({ message }) => message),
        ...outsideNotes(declared, [
          directory,
          dataDirectory,
          ...Object.values(found.npmDirectories ?? {}).flat(),
        ]),
        ...nameNotes(found),
      ],
    };
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    const problems = [...refused, ...thrown.problems];
    return { problems, hazards: [], notes: [] };
  }
}
