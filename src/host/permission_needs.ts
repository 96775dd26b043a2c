/**
 * What this host needs of Deno: the application, this package, the plugins.
 *
 * @module
 */

import type { ReadPlugin } from "../manifest/found_plugin.ts";
import { fromFileUrl } from "../manifest/file_url.ts";
import { parseSource } from "../manifest/source.ts";
import type {
  PermissionDeclaration,
  PermissionSet,
} from "../permissions/permission_set.ts";
import { resolvePath } from "../permissions/permission_path.ts";
import { SetIndex } from "../permissions/set_index.ts";
import { union } from "../permissions/union.ts";
import type { HostCore } from "./core.ts";
import { resolveDeclarations } from "./declared_permissions.ts";
import type { HostSettings } from "./settings.ts";

/** The host that this package and its dependencies are imported from. */
export const JSR_HOST = "jsr.io:443";

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
 * @returns The permissions.
 */
async function libraryNeeds(
  core: HostCore,
  plugins: readonly ReadPlugin[],
): Promise<PermissionSet> {
  const { settings } = core;
  const { workingDirectory: directory, state } = settings;
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
    await state.permissions?.() ?? {},
  ];
  // Not checked as a declaration is: these are places that are there, and a
  // permission set says them where no flag can.
  return union(...needs.map((one) => absolute(one, directory)));
}

/** What a host needs, and who needs it. */
export interface PermissionNeeds {
  /** What the application says it needs. */
  readonly application: PermissionSet;
  /** What this package needs. */
  readonly library: PermissionSet;
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
 * @returns What is needed, and who needs it.
 */
export async function permissionNeeds(
  core: HostCore,
  wanted: readonly ReadPlugin[],
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
    library: await libraryNeeds(core, wanted),
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
