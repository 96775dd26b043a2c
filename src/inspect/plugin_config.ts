/** Resolves the references in the configuration of a plugin. */

import type { Problem } from "../base/errors.ts";
import { resolvePath } from "../base/path.ts";
import { recordEnvironment } from "../environment/environment.ts";
import type { DeclaredVariables } from "../environment/plugin_environment.ts";
import {
  resolveConfig,
  resolveConfigReferences,
  type ResolvedConfig,
} from "../environment/resolve_config_references.ts";
import { type SecretFiles, secretFiles } from "../environment/secret_files.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";
import { SetIndex } from "../permissions/set_algebra.ts";
import type { ResolvedPermissions } from "../runners/runner.ts";
import type { InspectionSettings } from "./settings.ts";

type ConfigSettings = Pick<
  InspectionSettings,
  "environment" | "allowRawSecrets" | "secretDirectories" | "workingDirectory"
>;

/** The variables that a manifest declares. */
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

/** Reads the secret files that the configuration of a plugin may name. */
function secretFilesOf(
  { secretDirectories: directories, workingDirectory }: ConfigSettings,
  declared: ResolvedPermissions,
): SecretFiles | undefined {
  if (directories === false) return undefined;
  let declares: ((path: string) => boolean) | undefined;
  return secretFiles({
    directories,
    // Most configurations name no file.
    declares: (path) =>
      (declares ??= declaresReading(declared, workingDirectory))(path),
  });
}

/** Resolves a configuration; returns the values in it that are secret as well. */
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

/** Returns every problem of a configuration that shows before plugin code runs. */
export function configProblems(
  ...[settings, plugin, declared, raw, isSecret]: Parameters<
    typeof resolvePluginConfig
  >
): readonly Problem[] {
  if (raw === undefined) return [];
  const { resolved } = resolvePluginConfig(
    settings,
    plugin,
    declared,
    raw,
    isSecret,
  );
  return resolved.ok ? [] : resolved.problems;
}

/** The files in directories of secrets that a configuration refers to. */
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
