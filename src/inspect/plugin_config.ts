/** Resolves the references in the configuration of a plugin. */

import type { Problem } from "../base/errors.ts";
import { resolvePath } from "../base/path.ts";
import { recordEnvironment } from "../environment/environment.ts";
import type { DeclaredVariables } from "../environment/sanitized_environment.ts";
import {
  resolveConfig,
  resolveConfigReferences,
  type ResolvedConfig,
} from "../environment/resolve_config_references.ts";
import {
  type SecretFiles,
  secretFiles,
} from "../environment/config_reference.ts";
import { showConfig, type ShownConfig } from "../environment/shown_config.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";
import { SetIndex } from "../permissions/set_algebra.ts";
import type { ResolvedPermissions } from "../runners/runner.ts";
import type { InspectionSettings } from "./settings.ts";

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
