/** The permissions that the host's process must be granted for a plugin in it. */

import type { ReadPlugin } from "../../manifest/manifest.ts";
import type { ResolvedPermissions } from "../runner.ts";

/** Returns everything that the plugin declares: its code runs in that process. */
export function inProcessNeeds(
  _plugin: ReadPlugin,
  declared: ResolvedPermissions,
): ResolvedPermissions {
  return declared;
}
