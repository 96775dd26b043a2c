/**
 * What this host needs of Deno, the application, this package and the plugins,
 * and how a person grants what is missing.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import { fromFileUrl } from "../base/file_url.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { parseSource } from "../manifest/source.ts";
import { isNarrowerThanDenial } from "../permissions/denial.ts";
import { normalForm } from "../permissions/normal_form.ts";
import { startRemedy } from "../permissions/permission_flags.ts";
import { resolvePath } from "../base/path.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  PERMISSION_KINDS,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import type { PermissionState } from "../permissions/permission_states.ts";
import { difference, SetIndex, union } from "../permissions/set_algebra.ts";
import { SWITCHES_PATTERN } from "../state/switches.ts";
import { configFileNeeds } from "./config_files.ts";
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

/** What a remedy depends on besides what is missing. */
export interface RemedyFacts {
  /** Asks Deno how a permission stands. */
  readonly ask: (entry: PermissionEntry) => PermissionState;
  /** The hosts that somebody declares to import from. */
  readonly imports: readonly string[];
  /** Whether the host was sealed: what it gave up does not come back. */
  readonly isSealed: boolean;
}

/** With a flag for imports, the hosts stay that are in use. */
function withImports(
  missing: readonly PermissionEntry[],
  imports: readonly string[],
): readonly PermissionEntry[] {
  const set = normalForm(missing);
  if (set.import === undefined || set.import === true) return missing;
  const own = difference(
    { import: set.import },
    { import: DEFAULT_IMPORT_HOSTS },
  );
  if (own.import === undefined) return missing;
  return [
    ...missing,
    ...[JSR_HOST, ...imports].map((value) =>
      ({ kind: "import", value }) as const
    ),
  ];
}

/**
 * Says which flags grant exactly what is missing.
 *
 * @param missing The permissions; at least one.
 * @param facts What else it depends on.
 * @returns A sentence with the flags, ready to be pasted.
 */
export function permissionRemedy(
  missing: readonly PermissionEntry[],
  facts: RemedyFacts,
): string {
  const { ask, imports, isSealed } = facts;
  const denied = missing.filter((entry) => ask(entry) === "denied");
  const yielding = denied.filter((entry) => isNarrowerThanDenial(entry, ask));
  const fixed = new Set(denied).difference(new Set(yielding));
  const undeny = fixed.size === 0 ? [] : [
    `Take away what denies ${kindsOf(fixed)}: a --deny or --ignore flag, or ` +
    "an answer that was no",
  ];
  const open = missing.filter((entry) => !fixed.has(entry));
  if (open.length === 0) return undeny.join("; ");
  try {
    const grant = startRemedy(normalForm(withImports(open, imports)));
    return [
      isSealed ? `${grant}, and enable the plugin before sealing` : grant,
      ...yielding.length === 0 ? [] : [
        `The flag is narrower than what denies ${kindsOf(yielding)}, and wins`,
      ],
      ...yielding.length > 0 && hasEveryOther(yielding, facts)
        ? ["Deno takes it only without --allow-all"]
        : [],
      ...undeny,
    ].join("; ");
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    return thrown.remedy;
  }
}

function kindsOf(entries: Iterable<PermissionEntry>): string {
  return [...new Set(Array.from(entries, ({ kind }) => kind))].join(", ");
}

/** Tests if all that no flag denies is granted, as by `--allow-all`. */
function hasEveryOther(
  denied: readonly PermissionEntry[],
  { ask }: RemedyFacts,
): boolean {
  const kinds = new Set(denied.map(({ kind }) => kind));
  return PERMISSION_KINDS.every((kind) =>
    kinds.has(kind) || ["granted", "partial"].includes(ask({ kind }))
  );
}
