/** The permissions that plugins and their host need. */

import { PluginError, type Problem } from "../base/errors.ts";
import { fromFileUrl, resolvePath } from "../base/path.ts";
import {
  type SecretFiles,
  secretFiles,
  type SecretFileSystem,
} from "../environment/config_reference.ts";
import { recordEnvironment } from "../environment/environment.ts";
import {
  resolveConfig,
  resolveConfigReferences,
  type ResolvedConfig,
  showConfig,
  type ShownConfig,
} from "../environment/resolve_config_references.ts";
import type { DeclaredVariables } from "../environment/sanitized_environment.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { parseSource } from "../manifest/source.ts";
import { resolveDeclaration } from "../permissions/normalize_permissions.ts";
import {
  hostOf,
  type PermissionDeclaration,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { jsrHost } from "../permissions/permission_states.ts";
import { SetIndex, union } from "../permissions/set_algebra.ts";
import type { ResolvedPermissions } from "../runners/runner.ts";
import { SWITCHES_PATTERN } from "../state/switches.ts";
import type { InspectionSettings } from "./inspection.ts";
import type { PluginSnapshot, Snapshot } from "./snapshot.ts";

/** A resolved declaration, or the problems that prevent it. */
export type Declaration =
  & ResolvedPermissions
  & Readonly<{ problems: readonly Problem[] }>;

/** Returns the private directory of a plugin, if the host has a `dataDirectory`. */
export function dataDirectoryOf(
  { dataDirectory }: { readonly dataDirectory: string | undefined },
  id: string,
): string | undefined {
  return dataDirectory === undefined
    ? undefined
    : resolvePath(id, dataDirectory);
}

const NONE: readonly Problem[] = Object.freeze([]);

export function resolvePermissions(
  settings: { readonly dataDirectory: string | undefined },
  { manifest, directory, npmDirectories }: ReadPlugin,
): Declaration {
  const { id, permissions, optionalPermissions } = manifest;
  const base = {
    directory,
    dataDirectory: dataDirectoryOf(settings, id),
    npmDirectories,
  };
  try {
    return {
      required: resolveDeclaration(permissions, base),
      optional: resolveDeclaration(optionalPermissions, base),
      problems: NONE,
    };
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    return { required: {}, optional: {}, problems: thrown.problems };
  }
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

type ConfigSettings = Pick<
  InspectionSettings,
  "environment" | "allowRawSecrets" | "secretDirectories" | "workingDirectory"
>;

/** Returns the variables that a manifest declares. */
export function declaredVariables(
  { manifest }: ReadPlugin,
): DeclaredVariables {
  const required = manifest.permissions.env ?? [];
  const optional = manifest.optionalPermissions.env ?? [];
  return required === true || optional === true
    ? true
    : [...required, ...optional];
}

function declaresReading(
  { required, optional }: ResolvedPermissions,
  workingDirectory: string,
): (path: string) => boolean {
  const indexes = [required, optional].map(({ read }) =>
    new SetIndex(read === undefined ? {} : { read })
  );
  return (path) => {
    const value = resolvePath(path, workingDirectory);
    return indexes.some((index) => index.covers({ kind: "read", value }));
  };
}

/** Reads the secret files that a plugin's configuration may refer to. */
function secretFilesOf(
  { secretDirectories: directories, workingDirectory }: ConfigSettings,
  declared: ResolvedPermissions,
): SecretFiles | undefined {
  if (directories === false) return undefined;
  let declares: ((path: string) => boolean) | undefined;
  return secretFiles({
    directories,
    // Most configurations refer to no file.
    declares: (path) =>
      (declares ??= declaresReading(declared, workingDirectory))(path),
  });
}

/** Resolves a configuration, and returns it with the secrets in it. */
export function resolvePluginConfig(
  settings: ConfigSettings,
  plugin: ReadPlugin,
  declared: ResolvedPermissions,
  raw: unknown,
  isSecret: (text: string) => boolean,
): Readonly<{ resolved: ResolvedConfig; secrets: readonly string[] }> {
  const { environment, allowRawSecrets } = settings;
  return resolveConfig(raw, {
    environment,
    allowRawSecrets,
    declared: declaredVariables(plugin),
    files: secretFilesOf(settings, declared),
    isSecret,
    pluginId: plugin.manifest.id,
  });
}

/** Returns the problems of a configuration that are known before plugin code runs. */
export function configProblems(
  ...args: Parameters<typeof resolvePluginConfig>
): readonly Problem[] {
  const [, , , raw] = args;
  if (raw === undefined) return [];
  const { resolved } = resolvePluginConfig(...args);
  return resolved.ok ? [] : resolved.problems;
}

/** Takes every file for a short text. */
const UNREAD_FILES: SecretFileSystem = {
  realPath: (path) => path,
  readFile: () => Uint8Array.of(0x30),
};

/**
 * Returns the problems of a configuration for a host on another machine. Reads no
 * variable and no file, and accepts no secret in plain text.
 */
export function unreadConfigProblems(
  { secretDirectories: directories, workingDirectory }: ConfigSettings,
  plugin: ReadPlugin,
  declared: ResolvedPermissions,
  raw: unknown,
): readonly Problem[] {
  const { resolved } = resolveConfig(raw, {
    environment: recordEnvironment({}),
    allowRawSecrets: false,
    declared: declaredVariables(plugin),
    files: directories === false ? undefined : secretFiles({
      directories,
      declares: declaresReading(declared, workingDirectory),
      system: UNREAD_FILES,
    }),
    pluginId: plugin.manifest.id,
  });
  return resolved.ok ? [] : resolved.problems;
}

/** Copies a configuration for people: references stay, secrets go. Reads no file. */
export function showPluginConfig(
  { environment, secretDirectories: directories }: ConfigSettings,
  plugin: ReadPlugin,
  config: unknown,
  isSecret: (text: string) => boolean,
): ShownConfig {
  return showConfig(config, {
    environment,
    declared: declaredVariables(plugin),
    isSecret,
    files: directories === false
      ? undefined
      : secretFiles({ directories, declares: () => false }),
  });
}

/** Returns the permission to read the secret files of a configuration. */
export function configFileNeeds(
  { secretDirectories: directories }: ConfigSettings,
  config: unknown,
): PermissionSet {
  if (directories === false || config === undefined) return {};
  const { isSecretPath } = secretFiles({ directories, declares: () => false });
  const read = new Set<string>();
  resolveConfigReferences(config, {
    environment: recordEnvironment({}),
    declared: [],
    allowRawSecrets: true,
    files: {
      isSecretPath,
      read: (path) => {
        if (isSecretPath(path)) read.add(path);
        return { ok: true, value: "" };
      },
    },
  });
  return read.size === 0 ? {} : { read: [...read] };
}
