/**
 * What this host needs of Deno, the application, this package and the plugins.
 *
 * @module
 */

import { fromFileUrl } from "../base/file_url.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { parseSource } from "../manifest/source.ts";
import { resolvePath } from "../base/path.ts";
import { JSR_HOST } from "../permissions/permission_remedy.ts";
import type {
  PermissionDeclaration,
  PermissionEntry,
  PermissionSet,
} from "../permissions/permission_set.ts";
import { SetIndex, union } from "../permissions/set_algebra.ts";
import { SWITCHES_PATTERN } from "../state/switches.ts";
import { configFileNeeds } from "./config_files.ts";
import type { HostCore } from "./core.ts";
import { resolveDeclarations } from "./declared_permissions.ts";
import type { HostSettings } from "./settings.ts";

function importHost(url: URL): string {
  const port = url.port || (url.protocol === "http:" ? "80" : "443");
  return `${url.hostname}:${port}`;
}

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

/** What bringing in one source needs. */
function sourceNeeds(
  source: string | URL,
  directory: string,
): PermissionDeclaration {
  const parsed = parseSource(source, directory);
  if (!parsed.ok) return {};
  const { location } = parsed;
  if (location.kind === "file") return { read: [fromFileUrl(location.url)] };
  if (location.kind === "remote") return { import: [importHost(location.url)] };
  return location.specifier.startsWith("jsr:") ? { import: [JSR_HOST] } : {};
}

/** A package that came from a server may bring in more of itself from there. */
function packageNeeds(): PermissionDeclaration {
  const url = new URL(import.meta.url);
  return url.protocol === "https:" ? { import: [importHost(url)] } : {};
}

/** The directories of plugins that do not lie in a source as it was written. */
function directoriesBeside(
  sources: PermissionSet,
  plugins: readonly ReadPlugin[],
): readonly string[] {
  const index = new SetIndex(sources);
  const directories: string[] = [];
  for (const { origin, directory: value } of plugins) {
    if (origin !== "external" || value === undefined) continue;
    if (!index.covers({ kind: "read", value })) directories.push(value);
  }
  return directories;
}

function auditNeeds({ audit }: HostSettings): PermissionDeclaration {
  const { files } = audit;
  return files.length === 0 ? {} : { read: files, write: files };
}

/**
 * What this package needs to work as it was told to: to read plugins, and to
 * write state and the audit trail. Needs no permission to be found out, but for
 * what the state store needs.
 *
 * @param core The host.
 * @param plugins The plugins that are to be brought in.
 * @param configs The configuration of each plugin, with references, by id.
 * @returns The permissions.
 */
async function libraryNeeds(
  core: HostCore,
  plugins: readonly ReadPlugin[],
  configs: ReadonlyMap<string, unknown>,
): Promise<PermissionSet> {
  const { settings } = core;
  const { workingDirectory: directory } = settings;
  const sources = union(
    ...settings.sources.map((source) =>
      absolute(sourceNeeds(source, directory), directory)
    ),
  );
  const directories = directoriesBeside(sources, plugins);
  const needs: readonly PermissionDeclaration[] = [
    sources,
    directories.length === 0 ? {} : { read: directories },
    packageNeeds(),
    auditNeeds(settings),
    configFileNeeds(
      settings,
      plugins.map(({ manifest }) => configs.get(manifest.id)),
    ),
    await core.state.permissions(),
  ];
  // Not checked as a declaration is: these are places that are there, and a
  // permission set says them where no flag can.
  return union(...needs.map((one) => absolute(one, directory)));
}

/** The switches by which external plugins are kept out. */
function switchNeeds({ switches, sources }: HostSettings): PermissionSet {
  return switches && sources.length > 0 ? { env: [SWITCHES_PATTERN] } : {};
}

/**
 * Takes the pattern of all switches out of what is missing when each switch
 * that there is can be read by itself.
 *
 * @param missing What is missing.
 * @param areReadable True when each switch can be read.
 * @returns What is missing besides.
 */
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

/** What a host needs, and who needs it. */
export interface PermissionNeeds {
  /** What the application says it needs. */
  readonly application: PermissionSet;
  /** What this package needs, except the switches. */
  readonly library: PermissionSet;
  /** The switches of the environment, if the host reads them. */
  readonly switches: PermissionSet;
  /** What each plugin cannot do without, by id. */
  readonly plugins: ReadonlyMap<string, PermissionSet>;
  /** What each plugin would use besides, by id. */
  readonly optional: ReadonlyMap<string, PermissionSet>;
}

/**
 * Gathers what a host needs to run certain plugins.
 *
 * @param core The host.
 * @param wanted The plugins.
 * @param configs The configuration of each, with references, by id.
 * @returns What is needed, and who needs it.
 */
export async function permissionNeeds(
  core: HostCore,
  wanted: readonly ReadPlugin[],
  configs: ReadonlyMap<string, unknown>,
): Promise<PermissionNeeds> {
  const plugins = new Map<string, PermissionSet>();
  const optional = new Map<string, PermissionSet>();
  const { declared } = resolveDeclarations(core.settings, wanted);
  for (const [{ manifest }, { required, optional: besides }] of declared) {
    plugins.set(manifest.id, withoutSupplied(core, required));
    optional.set(manifest.id, withoutSupplied(core, besides));
  }
  return {
    application: core.settings.hostPermissions,
    library: await libraryNeeds(core, wanted, configs),
    switches: switchNeeds(core.settings),
    plugins,
    optional,
  };
}

/**
 * Takes out of a set the variables that the host's environment supplies: they
 * need no permission of Deno.
 *
 * @param core The host.
 * @param set The set.
 * @returns What Deno has to grant.
 */
export function withoutSupplied(
  core: HostCore,
  set: PermissionSet,
): PermissionSet {
  const { environment } = core.settings;
  const { env } = set;
  if (env === undefined || env === true) return set;
  const supplies = (name: string) => environment.supplies(name);
  if (!env.some(supplies)) return set;
  const { env: _, ...others } = set;
  const asked = env.filter((name) => !supplies(name));
  return asked.length === 0 ? others : { ...others, env: asked };
}
