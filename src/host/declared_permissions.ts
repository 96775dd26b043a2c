/**
 * What a plugin declares, resolved for this host.
 *
 * @module
 */

import { PluginError, type Problem } from "../base/errors.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { resolveDeclaration } from "../permissions/normalize_permissions.ts";
import { resolvePath } from "../base/path.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";
import type { HostSettings } from "./settings.ts";

/** What a plugin declares, resolved. */
export interface ResolvedPermissions {
  /** What it cannot do without. */
  readonly required: PermissionSet;
  /** What it uses where it is granted. */
  readonly optional: PermissionSet;
}

/** What the plugins of a host declare, and what cannot be resolved. */
export interface Declarations {
  /** What each plugin declares. */
  readonly declared: ReadonlyMap<ReadPlugin, ResolvedPermissions>;
  /** Why it cannot be resolved. */
  readonly problems: ReadonlyMap<ReadPlugin, readonly Problem[]>;
}

/**
 * The private directory of a plugin.
 *
 * @param settings The host's options.
 * @param id The plugin.
 * @returns The absolute path, or `undefined` where the host has no `dataDirectory`.
 */
export function dataDirectoryOf(
  settings: HostSettings,
  id: string,
): string | undefined {
  const { dataDirectory } = settings;
  return dataDirectory === undefined
    ? undefined
    : resolvePath(id, dataDirectory);
}

interface Known {
  readonly settings: HostSettings;
  readonly resolved: ResolvedPermissions;
}

// A plugin is asked about for the plan, for the needs of the host, and for reports.
const known = new WeakMap<ReadPlugin, Known>();

function declaredBy(
  settings: HostSettings,
  plugin: ReadPlugin,
): ResolvedPermissions {
  const before = known.get(plugin);
  if (before?.settings === settings) return before.resolved;
  const resolved = resolve(settings, plugin);
  known.set(plugin, { settings, resolved });
  return resolved;
}

function resolve(
  settings: HostSettings,
  plugin: ReadPlugin,
): ResolvedPermissions {
  const { id, permissions, optionalPermissions } = plugin.manifest;
  const base = {
    directory: plugin.directory,
    dataDirectory: dataDirectoryOf(settings, id),
  };
  return {
    required: resolveDeclaration(permissions, base),
    optional: resolveDeclaration(optionalPermissions, base),
  };
}

/**
 * Resolves what each plugin declares.
 *
 * @param settings The host's options.
 * @param plugins The plugins.
 * @returns What is declared, and what cannot be resolved.
 */
export function resolveDeclarations(
  settings: HostSettings,
  plugins: readonly ReadPlugin[],
): Declarations {
  const declared = new Map<ReadPlugin, ResolvedPermissions>();
  const problems = new Map<ReadPlugin, readonly Problem[]>();
  for (const found of plugins) {
    try {
      declared.set(found, declaredBy(settings, found));
    } catch (thrown) {
      if (!(thrown instanceof PluginError)) throw thrown;
      problems.set(found, thrown.problems);
    }
  }
  return { declared, problems };
}
