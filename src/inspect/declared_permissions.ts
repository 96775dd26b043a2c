/** Resolves the permissions that a plugin declares, for one host. */

import { PluginError, type Problem } from "../base/errors.ts";
import { resolvePath } from "../base/path.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { resolveDeclaration } from "../permissions/normalize_permissions.ts";
import type { ResolvedPermissions } from "../runners/runner.ts";

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
  { manifest, directory }: ReadPlugin,
): Declaration {
  const { id, permissions, optionalPermissions } = manifest;
  const base = { directory, dataDirectory: dataDirectoryOf(settings, id) };
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
