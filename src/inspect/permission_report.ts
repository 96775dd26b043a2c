/**
 * What a host and its plugins need of Deno, what they have, and the flags.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import { isAbsolutePath } from "../base/path.ts";
import { formatFlags } from "../permissions/format_flags.ts";
import type { Hazard, HazardContext } from "../permissions/hazard.ts";
import { normalForm } from "../permissions/normal_form.ts";
import {
  flagProblems,
  permissionFlags,
} from "../permissions/permission_flags.ts";
import { permissionHazards } from "../permissions/permission_hazards.ts";
import type { PermissionQuery } from "../permissions/permission_query.ts";
import { JSR_HOST } from "../permissions/permission_remedy.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  entriesOf,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import {
  missingEntries,
  queryPermissions,
} from "../permissions/permission_states.ts";
import {
  permissionSurplus,
  type SurplusReport,
} from "../permissions/permission_surplus.ts";
import { difference, union } from "../permissions/set_algebra.ts";
import { makePlan } from "../plan/make_plan.ts";
import { areReadable } from "../state/switches.ts";
import {
  type PermissionNeeds,
  permissionNeeds,
  withoutReadableSwitches,
} from "./permission_needs.ts";
import { replayAnswers } from "./recorded_answers.ts";
import type { PluginSnapshot, ReportSnapshot, Snapshot } from "./snapshot.ts";

/** What a host and its plugins need of Deno, and what they have. */
export interface PermissionReport {
  /** All that is needed: by the application, this package and the plugins. */
  readonly declared: PermissionSet;
  /** What of that the process was granted. */
  readonly granted: PermissionSet;
  /** What of that it was not. */
  readonly missing: PermissionSet;
  /** What it was granted that nobody declared, as far as Deno tells. */
  readonly surplus: SurplusReport;
  /** What is more dangerous than it looks, the worst first. */
  readonly hazards: readonly {
    /** The plugin; `undefined` if the application itself declares it. */
    readonly id: string | undefined;
    /** The hazard. */
    readonly hazard: Hazard;
  }[];
  /** The smallest flags for `deno run`; empty where a problem stands against any. */
  readonly flags: readonly string[];
  /** The flags on one line, quoted for a shell. */
  readonly flagLine: string;
  /** The flags that would grant what is optional as well, on one line. */
  readonly optionalFlagLine: string;
  /** What no flag can say: use `denoPermissionSet(report.declared)` then. */
  readonly flagProblems: readonly Problem[];
  /** What each plugin declares and misses, in the order of the plan. */
  readonly plugins: readonly {
    /** The plugin. */
    readonly id: string;
    /** The permissions that it requires. */
    readonly required: PermissionSet;
    /** The permissions that it uses if they are granted. */
    readonly optional: PermissionSet;
    /** The required permissions that were not granted. */
    readonly missing: PermissionSet;
  }[];
  /** Whether a permission broker decides, so that what is granted is not to be known. */
  readonly broker: boolean;
}

/** A hazard, and the plugin that declares it. */
export type PluginHazard = PermissionReport["hazards"][number];

/** If a program's path is known, writing to it is as good as running it. */
function programsOf(
  deno: string,
  { application, library, plugins }: PermissionNeeds,
): readonly string[] {
  const declared = [application, library, ...plugins.values()]
    .flatMap(({ run }) => run === undefined || run === true ? [] : run);
  return [deno, ...declared.filter(isAbsolutePath)];
}

/** Finds the surroundings that all plugins share once, not for each plugin. */
function hazardContext(
  { surroundings }: ReportSnapshot,
  needs: PermissionNeeds,
): HazardContext {
  const { deno, auditFiles, ...places } = surroundings;
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

function findHazards(
  snapshot: ReportSnapshot,
  plugins: readonly PluginSnapshot[],
  needs: PermissionNeeds,
): readonly PluginHazard[] {
  const context = hazardContext(snapshot, needs);
  const own = permissionHazards(needs.application, context);
  const theirs = plugins.flatMap(({ found, directory, dataDirectory }) => {
    if (!found.ok) return [];
    const { id } = found.manifest;
    const all = union(
      needs.plugins.get(id) ?? {},
      needs.optional.get(id) ?? {},
    );
    return permissionHazards(all, {
      ...context,
      ownDirectory: directory,
      dataDirectory,
    }).map((hazard) => ({ id, hazard }));
  });
  return [...own.map((hazard) => ({ id: undefined, hazard })), ...theirs];
}

/**
 * A flag `--allow-import` takes the place of the hosts that Deno imports from by
 * itself. Of those, this package's own modules come from one; whatever else is
 * in use of them is declared.
 */
function keepImports(set: PermissionSet): PermissionSet {
  const hosts = set.import;
  if (hosts === undefined || hosts === true) return set;
  const own = difference({ import: hosts }, { import: DEFAULT_IMPORT_HOSTS });
  return own.import === undefined ? set : union(set, { import: [JSR_HOST] });
}

/** What {@linkcode reportPermissions} is given. */
export interface PermissionReportOptions {
  /**
   * Whether the flags let every variable of the environment that nobody declares
   * read as unset (`--ignore-env`) instead of throwing. Variables under
   * `optionalPermissions` count as not declared, except in `optionalFlagLine`.
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

/** The plugins that would be loaded if everything were granted. */
function wanted(snapshot: Snapshot): readonly PluginSnapshot[] {
  return makePlan({ ...snapshot, permissionMode: "report" }).steps
    .filter(({ decision }) => decision.kind === "load")
    .map(({ index }) => snapshot.plugins[index])
    .filter((plugin) => plugin !== undefined);
}

/** Reports the permissions that a host and its plugins need, and those they have. Pure. */
export function reportPermissions(
  snapshot: ReportSnapshot,
  options: PermissionReportOptions = {},
  query: PermissionQuery = replayAnswers(snapshot.answers),
): PermissionReport {
  const plugins = wanted(snapshot);
  const needs = permissionNeeds(snapshot, plugins);
  const declared = keepImports(union(
    needs.application,
    needs.library,
    needs.switches,
    ...needs.plugins.values(),
  ));
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
  const flags = flagsFor(declared, options);
  return Object.freeze({
    declared,
    missing,
    broker,
    flags,
    granted: difference(declared, missing),
    surplus: permissionSurplus(union(declared, optional), { query }),
    hazards: Object.freeze(findHazards(snapshot, plugins, needs)),
    flagLine: formatFlags(flags),
    optionalFlagLine: formatFlags(
      flagsFor(keepImports(union(declared, optional)), options),
    ),
    flagProblems: flagProblems(declared),
    plugins: Object.freeze([...needs.plugins].map(([id, required]) => ({
      id,
      required,
      optional: needs.optional.get(id) ?? {},
      missing: normalForm(missingEntries(
        required,
        queryPermissions(entriesOf(required), { broker, query }),
      )),
    }))),
  });
}
