/** Ends live plugins that somebody else disabled in the stored state. */

import type { Problem } from "../base/errors.ts";
import { disposeInTurn, type DisposeParts } from "./failures.ts";
import type { Parts } from "./host_parts.ts";

type FollowParts = DisposeParts & Parts<"state">;

/** The name of whoever changed the stored state, in the audit trail. */
const BY = "stored state";

function lostRequirement(id: string, lost: string): Problem {
  return {
    code: "PLUGIN_DEPENDENCY_DISABLED",
    message:
      `Cannot continue with plugin "${id}": it requires "${lost}", which was ` +
      "disabled in the stored state",
    remedy: `Enable "${lost}", then "${id}"`,
  };
}

/** Reads the state, and returns the live plugins that it disables. */
export async function findDisabled(
  { registry, state }: Parts<"registry" | "state">,
): Promise<readonly string[]> {
  const live = registry.inOrder().map(({ plugin }) => plugin.manifest.id);
  if (live.length === 0) return [];
  // An unreadable state ends nothing, and lets nothing new start.
  const result = await state.read();
  if (!result.ok) return [];
  const { plugins } = result.snapshot;
  return live.filter((id) => plugins.get(id)?.enabled === false);
}

/** Ends a plugin that the state disables, after the plugins that require it. */
export async function endDisabled(
  parts: FollowParts,
  id: string,
): Promise<void> {
  const { registry, events } = parts;
  const live = registry.get(id);
  // It may have ended or been enabled while this waited for its turn.
  if (live === undefined || !(await findDisabled(parts)).includes(id)) return;
  const { plugin } = live;
  events.emit({ action: "plugin.disabled", plugin, by: BY, isLast: false });
  await disposeInTurn(parts, [...registry.dependentsOf(id), live], {
    status: (one) => one === live ? "disabled" : "disposed",
    reasons: (one) =>
      one === live ? [] : [lostRequirement(one.plugin.manifest.id, id)],
  });
}
