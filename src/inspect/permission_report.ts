/** Reports the needed and granted permissions of a host, and the flags. Pure. */

import type { Problem } from "../base/errors.ts";
import { isAbsolutePath } from "../base/path.ts";
import {
  flagProblems,
  formatFlags,
  keepImportHosts,
  permissionFlags,
} from "../permissions/permission_flags.ts";
import type { Hazard, HazardContext } from "../permissions/path_hazards.ts";
import { normalForm } from "../permissions/normalize_permissions.ts";
import {
  permissionHazards,
  permissionSurplus,
  type SurplusReport,
} from "../permissions/permission_hazards.ts";
import {
  missingEntries,
  permissionKey,
  type PermissionQuery,
  queryPermissions,
} from "../permissions/permission_states.ts";
import {
  entriesOf,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { difference, union } from "../permissions/set_algebra.ts";
import { makePlan } from "../plan/plan.ts";
import { areReadable } from "../state/switches.ts";
import {
  type PermissionNeeds,
  permissionNeeds,
  withoutReadableSwitches,
} from "./permission_needs.ts";
import {
  type PluginSnapshot,
  replayAnswers,
  type ReportSnapshot,
  type Snapshot,
} from "./snapshot.ts";

/** The permissions that a host and its plugins need and have. */
export interface PermissionReport {
  /** The permissions that the application, this package and the plugins need. */
  readonly declared: PermissionSet;
  /** The part of `declared` that the process was granted. */
  readonly granted: PermissionSet;
  /** The part of `declared` that it was not granted. */
  readonly missing: PermissionSet;
  /** The granted permissions that nobody declared, as far as Deno shows them. */
  readonly surplus: SurplusReport;
  /** The permissions that are more dangerous than they look, the worst first. */
  readonly hazards: readonly {
    /** The plugin; `undefined` if the application itself declares it. */
    readonly id: string | undefined;
    /** The hazard. */
    readonly hazard: Hazard;
  }[];
  /** The minimal flags for `deno run`; empty if there are `flagProblems`. */
  readonly flags: readonly string[];
  /** The flags on one line, quoted for a shell. */
  readonly flagLine: string;
  /** The flags that also grant optional permissions, on one line. */
  readonly optionalFlagLine: string;
  /** The permissions that no flag can express: use `denoPermissionSet(report.declared)`. */
  readonly flagProblems: readonly Problem[];
  /** The permissions of each plugin, in the order of the plan. */
  readonly plugins: readonly {
    /** The plugin. */
    readonly id: string;
    /** The permissions that it requires. */
    readonly required: PermissionSet;
    /** The permissions that it uses if they are granted. */
    readonly optional: PermissionSet;
    /** The required permissions that were not granted. */
    readonly missing: PermissionSet;
    /** The level of trust. */
    readonly trust: "builtin" | "verified" | "local" | "unverified";
    /**
     * The declared permissions that it used so far. Only known of a plugin whose
     * process asks the host about each access.
     */
    readonly used?: PermissionSet;
    /** The declared permissions that it did not use so far, if that is known. */
    readonly unused?: PermissionSet;
  }[];
  /** True if a permission broker decides, so that grants are unknown. */
  readonly broker: boolean;
}

/** A hazard, and the plugin that declares it. */
export type PluginHazard = PermissionReport["hazards"][number];

/** Returns the known paths of programs: writing to one is as good as running it. */
function programsOf(
  deno: string,
  { application, library, plugins }: PermissionNeeds,
): readonly string[] {
  const declared = [application, library, ...plugins.values()]
    .flatMap(({ run }) => run === undefined || run === true ? [] : run);
  return [deno, ...declared.filter(isAbsolutePath)];
}

/** Returns the surroundings that all plugins share. */
function hazardContext(
  { surroundings }: ReportSnapshot,
  needs: PermissionNeeds,
): HazardContext {
  const { deno, auditFiles, jsrHost: _, ...places } = surroundings;
  const audited = new Set(auditFiles);
  const written = needs.library.write ?? [];
  return {
    ...places,
    programs: programsOf(deno, needs),
    auditFile: auditFiles[0],
    stateFile: written === true
      ? undefined
      : written.find((path) => !audited.has(path)),
  };
}

function hazardsOfPlugin(
  plugin: PluginSnapshot,
  context: HazardContext,
): readonly Hazard[] {
  const { directory, dataDirectory } = plugin;
  const own = plugin.runner === "subprocess"
    ? union(plugin.required, plugin.optional)
    : union(plugin.hostRequired, plugin.hostOptional);
  return permissionHazards(own, {
    ...context,
    ownDirectory: directory,
    dataDirectory,
  });
}

/** Returns what the host needs to start the processes of plugins, which get none of it. */
function runnerNeeds(plugins: readonly PluginSnapshot[]): PermissionSet {
  return union(
    ...plugins.filter(({ runner }) => runner === "subprocess").map((plugin) =>
      difference(
        union(plugin.hostRequired, plugin.hostOptional),
        union(plugin.required, plugin.optional),
      )
    ),
  );
}

/** Finds the hazards of each plugin of a snapshot, including those that are not loaded. Pure. */
export function pluginHazards(
  snapshot: ReportSnapshot,
): readonly (readonly Hazard[])[] {
  const { plugins } = snapshot;
  const context = hazardContext(snapshot, permissionNeeds(snapshot, plugins));
  return plugins.map((plugin) => hazardsOfPlugin(plugin, context));
}

function findHazards(
  snapshot: ReportSnapshot,
  plugins: readonly PluginSnapshot[],
  needs: PermissionNeeds,
): readonly PluginHazard[] {
  const context = hazardContext(snapshot, needs);
  const own = permissionHazards(
    union(needs.application, runnerNeeds(plugins)),
    context,
  );
  const theirs = plugins.flatMap((plugin) => {
    if (!plugin.found.ok) return [];
    const { id } = plugin.found.manifest;
    return hazardsOfPlugin(plugin, context).map((hazard) => ({ id, hazard }));
  });
  return [...own.map((hazard) => ({ id: undefined, hazard })), ...theirs];
}

/** Options of `PluginHost.permissionReport`. */
export interface PermissionReportOptions {
  /**
   * Makes undeclared environment variables read as unset (`--ignore-env`) instead
   * of throwing. Variables in `optionalPermissions` count as undeclared, except in
   * `optionalFlagLine`.
   *
   * @default {false}
   */
  readonly ignoreEnv?: boolean | undefined;
}

function flagsFor(
  set: PermissionSet,
  { ignoreEnv = false }: PermissionReportOptions,
): readonly string[] {
  return flagProblems(set).length > 0
    ? []
    : permissionFlags(set, ignoreEnv ? { ignoreEnv } : {});
}

/** Returns the plugins that would be loaded if everything were granted and agreed to. */
function wanted(snapshot: Snapshot): readonly PluginSnapshot[] {
  const facts = {
    ...snapshot,
    permissionMode: "report",
    canAsk: true,
  } as const;
  return makePlan(facts).steps
    .filter(({ decision }) =>
      decision.kind === "load" || decision.kind === "ask"
    )
    .map(({ index }) => snapshot.plugins[index])
    .filter((plugin) => plugin !== undefined);
}

/** Splits the declared permissions of a plugin by whether it used them. */
function splitByUse(
  declared: PermissionSet,
  used: ReadonlySet<string> | undefined,
): { readonly used?: PermissionSet; readonly unused?: PermissionSet } {
  if (used === undefined) return {};
  const isUsed = (entry: PermissionEntry) => used.has(permissionKey(entry));
  const entries = entriesOf(declared);
  return {
    used: normalForm(entries.filter(isUsed)),
    unused: normalForm(entries.filter((entry) => !isUsed(entry))),
  };
}

/** Reports the permissions that a host and its plugins need, and those they have. Pure. */
export function reportPermissions(
  snapshot: ReportSnapshot,
  options: PermissionReportOptions = {},
  query: PermissionQuery = replayAnswers(snapshot.answers),
  usedBy: (id: string) => ReadonlySet<string> | undefined = () => undefined,
): PermissionReport {
  const plugins = wanted(snapshot);
  const needs = permissionNeeds(snapshot, plugins);
  // What a plugin itself declares, and not what its host needs for it.
  const declaredBy = new Map(
    plugins.flatMap(({ found, required, optional }) =>
      found.ok ? [[found.manifest.id, union(required, optional)]] : []
    ),
  );
  const trustOf = new Map(
    plugins.flatMap(({ found, trust }) =>
      found.ok && trust !== undefined
        ? [[found.manifest.id, trust] as const]
        : []
    ),
  );
  const { jsrHost } = snapshot.surroundings;
  const declared = keepImportHosts(
    union(
      needs.application,
      needs.library,
      needs.switches,
      ...needs.plugins.values(),
    ),
    [jsrHost],
  );
  const optional = union(...needs.optional.values());
  const { broker, switches } = snapshot;
  const states = queryPermissions(entriesOf(declared), { broker, query });
  const missing = normalForm(withoutReadableSwitches(
    missingEntries(declared, states),
    switches !== undefined && areReadable({
      every: switches.every,
      byType: new Map(Object.entries(switches.byType)),
    }),
  ));
  const withFrozen = (flags: readonly string[]) =>
    snapshot.pinsModules === true && flags.length > 0
      ? [...flags, "--frozen"]
      : flags;
  const flags = withFrozen(flagsFor(declared, options));
  return Object.freeze({
    declared,
    missing,
    broker,
    flags,
    granted: difference(declared, missing),
    surplus: permissionSurplus(union(declared, optional), { query }),
    hazards: Object.freeze(findHazards(snapshot, plugins, needs)),
    flagLine: formatFlags(flags),
    optionalFlagLine: formatFlags(withFrozen(
      flagsFor(
        keepImportHosts(union(declared, optional), [jsrHost]),
        options,
      ),
    )),
    flagProblems: flagProblems(declared),
    plugins: Object.freeze([...needs.plugins].map(([id, required]) => ({
      id,
      required,
      optional: needs.optional.get(id) ?? {},
      trust: trustOf.get(id) ?? "unverified",
      missing: normalForm(missingEntries(
        required,
        queryPermissions(entriesOf(required), { broker, query }),
      )),
      ...splitByUse(declaredBy.get(id) ?? {}, usedBy(id)),
    }))),
  });
}
