/** The reasons to refuse a plugin by itself, in the order in which they are shown. */

import type { Problem } from "../base/errors.ts";
import type { HostFacts, KnownPlugin, PluginFacts } from "./facts.ts";
import { checkHostVersion } from "./host_version.ts";
import { checkPermissions } from "./missing_permissions.ts";
import { checkStoredState } from "./stored_state.ts";

/** Returns every problem at once; a plugin with none may be loaded. */
export function checkPlugin(
  plugin: KnownPlugin,
  facts: PluginFacts,
  host: HostFacts,
): readonly Problem[] {
  // Of code that cannot be imported any more, nothing else matters.
  if (facts.stale !== undefined) return [facts.stale];
  return [
    ...checkStoredState(plugin, host),
    ...checkHostVersion(plugin.manifest, host),
    ...facts.problems,
    ...checkPermissions(plugin.manifest.id, facts, host),
  ];
}
