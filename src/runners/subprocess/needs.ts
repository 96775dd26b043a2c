/** The permissions that the host's process must be granted for a plugin in another. */

import type { ReadPlugin } from "../../manifest/manifest.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import type { ResolvedPermissions } from "../runner.ts";

const NOTHING: PermissionSet = Object.freeze({});

/** Returns the variables of a set: only their values pass through the host. */
function variablesOf({ env }: PermissionSet): PermissionSet {
  return env === undefined ? NOTHING : Object.freeze({ env });
}

/**
 * Returns the permission to start Deno, and those to read the variables that the
 * plugin declares. `prlimit` and `setpriv` are optional: they bound more.
 */
export function subprocessNeeds(
  deno: string,
  os: typeof Deno.build.os,
): (plugin: ReadPlugin, declared: ResolvedPermissions) => ResolvedPermissions {
  const limiters = os === "linux" ? { run: ["prlimit"] } : {};
  return (_plugin, { required, optional }) => ({
    required: Object.freeze({ ...variablesOf(required), run: [deno] }),
    optional: Object.freeze({ ...variablesOf(optional), ...limiters }),
  });
}
