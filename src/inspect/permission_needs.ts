/** The permissions that the application, this package and the plugins need. Pure. */

import { fromFileUrl, resolvePath } from "../base/path.ts";
import { parseSource } from "../manifest/source.ts";
import {
  hostOf,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { jsrHost } from "../permissions/permission_states.ts";
import { union } from "../permissions/set_algebra.ts";
import { SWITCHES_PATTERN } from "../state/switches.ts";
import type { InspectionSettings } from "./settings.ts";
import type { PluginSnapshot, Snapshot } from "./snapshot.ts";

function absolute(
  needs: PermissionDeclaration,
  directory: string,
): PermissionDeclaration {
  const { read, write, ...others } = needs;
  const resolve = (paths: true | readonly string[]) =>
    paths === true ? paths : paths.map((path) => resolvePath(path, directory));
  return {
    ...others,
    ...read === undefined ? {} : { read: resolve(read) },
    ...write === undefined ? {} : { write: resolve(write) },
  };
}

function sourceNeeds(
  source: string | URL,
  directory: string,
): PermissionDeclaration {
  const parsed = parseSource(source, directory);
  if (!parsed.ok) return {};
  const { location } = parsed;
  if (location.kind === "file") return { read: [fromFileUrl(location.url)] };
  if (location.kind === "remote") return { import: [hostOf(location.url)] };
  return location.specifier.startsWith("jsr:") ? { import: [jsrHost()] } : {};
}

/** Returns the permissions to read the sources of a host. */
export function sourcesNeeds(
  { sources, workingDirectory: directory }: Pick<
    InspectionSettings,
    "sources" | "workingDirectory"
  >,
): PermissionSet {
  return union(
    ...sources.map((source) =>
      absolute(sourceNeeds(source, directory), directory)
    ),
  );
}

/** A package from a server may load more modules from there. */
function packageNeeds(): PermissionDeclaration {
  const url = new URL(import.meta.url);
  return /^https?:$/.test(url.protocol) ? { import: [hostOf(url)] } : {};
}

/**
 * Returns the permissions that this package itself needs: to read sources, and to
 * write the state and the audit trail. A set can express them even if no flag can.
 */
export function libraryNeeds(
  { audit: { files }, workingDirectory }: Pick<
    InspectionSettings,
    "audit" | "workingDirectory"
  >,
  sources: PermissionSet,
  state: PermissionDeclaration,
): PermissionSet {
  const audit = files.length === 0 ? {} : { read: files, write: files };
  return union(
    ...[sources, packageNeeds(), audit, state]
      .map((one) => absolute(one, workingDirectory)),
  );
}

/** Returns the permissions to read the switches. */
export function switchNeeds(
  { switches, sources }: Pick<InspectionSettings, "switches" | "sources">,
): PermissionSet {
  return switches && sources.length > 0 ? { env: [SWITCHES_PATTERN] } : {};
}

/** Drops the pattern of all switches if each switch can be read by itself. */
export function withoutReadableSwitches(
  missing: readonly PermissionEntry[],
  areReadable: boolean,
): readonly PermissionEntry[] {
  return areReadable
    ? missing.filter(({ kind, value }) =>
      kind !== "env" || value !== SWITCHES_PATTERN
    )
    : missing;
}

/** The permissions that a host needs, by who needs them. */
export interface PermissionNeeds {
  readonly application: PermissionSet;
  /** This package, except the switches. */
  readonly library: PermissionSet;
  readonly switches: PermissionSet;
  /** Each plugin, by id. */
  readonly plugins: ReadonlyMap<string, PermissionSet>;
  readonly optional: ReadonlyMap<string, PermissionSet>;
}

/** Collects the permissions that a host needs to run certain plugins of a snapshot. */
export function permissionNeeds(
  { application, library, switchNeeds }: Snapshot,
  wanted: readonly PluginSnapshot[],
): PermissionNeeds {
  const plugins = new Map<string, PermissionSet>();
  const optional = new Map<string, PermissionSet>();
  const reading = new Set<PermissionSet>();
  for (const one of wanted) {
    if (!one.found.ok) continue;
    const { id } = one.found.manifest;
    plugins.set(id, one.hostRequired);
    optional.set(id, one.hostOptional);
    if (one.reading !== NOTHING) reading.add(one.reading);
  }
  return {
    application,
    library: reading.size === 0 ? library : union(library, ...reading),
    switches: switchNeeds,
    plugins,
    optional,
  };
}

/** No permission, which is enough to read most plugins. */
export const NOTHING: PermissionSet = Object.freeze({});

/** Drops the variables that the host's environment supplies without Deno. */
export function omitHostVariables(
  set: PermissionSet,
  supplies: (name: string) => boolean,
): PermissionSet {
  const { env } = set;
  if (env === undefined || env === true || !env.some(supplies)) return set;
  const { env: _, ...others } = set;
  const asked = env.filter((name) => !supplies(name));
  return asked.length === 0 ? others : { ...others, env: asked };
}
