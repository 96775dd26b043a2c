/**
 * The files that configurations refer to: which ones a plugin may name, and
 * which ones the host must be granted.
 *
 * @module
 */

import { recordEnvironment } from "../environment/environment.ts";
import { resolveConfigReferences } from "../environment/resolve_config_references.ts";
import { type SecretFiles, secretFiles } from "../environment/secret_files.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { resolvePath } from "../base/path.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";
import { SetIndex } from "../permissions/set_algebra.ts";
import { resolveDeclarations } from "./declared_permissions.ts";
import type { HostSettings } from "./settings.ts";

function declaresReading(
  settings: HostSettings,
  plugin: ReadPlugin,
): (path: string) => boolean {
  const { declared } = resolveDeclarations(settings, [plugin]);
  const own = declared.get(plugin);
  const sets = own === undefined ? [] : [own.required, own.optional];
  const indexes = sets.map(({ read }) =>
    new SetIndex(read === undefined ? {} : { read })
  );
  return (path) => {
    const value = resolvePath(path, settings.workingDirectory);
    return indexes.some((index) => index.covers({ kind: "read", value }));
  };
}

/** Reads the secret files that the configuration of a plugin may name. */
export function secretFilesOf(
  settings: HostSettings,
  plugin: ReadPlugin,
): SecretFiles | undefined {
  const { secretDirectories: directories } = settings;
  if (directories === false) return undefined;
  let declares: ((path: string) => boolean) | undefined;
  return secretFiles({
    directories,
    // Most configurations name no file.
    declares: (path) => (declares ??= declaresReading(settings, plugin))(path),
  });
}

/** The files in directories of secrets that configurations refer to. */
export function configFileNeeds(
  { secretDirectories: directories }: HostSettings,
  configs: readonly unknown[],
): PermissionSet {
  const named = configs.filter((config) => config !== undefined);
  if (directories === false || named.length === 0) return {};
  const { isSecretPath } = secretFiles({ directories, declares: () => false });
  const read = new Set<string>();
  resolveConfigReferences(named, {
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
