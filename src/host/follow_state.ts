/** Ends live plugins that somebody else disabled in the stored state. */

import type { Problem } from "../base/errors.ts";
import { disposeInTurn, type DisposeParts } from "./failures.ts";
import { type ChangeQueue, type Claim, claimFor } from "./change_queue.ts";
import type { Parts } from "./host_parts.ts";

type FollowParts = DisposeParts & Parts<"state">;

/** The name of whoever changed the stored state, in the audit trail. */
const BY = "stored state";

export function lostRequirement(
  action: "continue with" | "enable",
  id: string,
  lost: string,
): Problem {
  return {
    code: "PLUGIN_DEPENDENCY_DISABLED",
    message:
      `Cannot ${action} plugin "${id}": it requires "${lost}", which was ` +
      "disabled in the stored state",
    remedy: `Enable "${lost}", then "${id}"`,
  };
}

/** Reads the state, and returns the live plugins that it disables. */
async function findDisabled(
  { registry, state }: Parts<"registry" | "state">,
): Promise<readonly string[]> {
  if (registry.isEmpty) return [];
  // An unreadable state ends nothing, and lets nothing new start.
  const result = await state.read();
  if (!result.ok) return [];
  const { plugins } = result.snapshot;
  return [...registry.ids()]
    .filter((id) => plugins.get(id)?.enabled === false);
}

/** Ends a plugin that the state disables, after the plugins that require it. */
async function endDisabled(
  parts: FollowParts,
  id: string,
): Promise<void> {
  const { registry, events } = parts;
  const live = registry.get(id);
  // It may have ended together with another one.
  if (live === undefined) return;
  const { plugin } = live;
  events.emit({ action: "plugin.disabled", plugin, by: BY, isLast: false });
  await disposeInTurn(parts, [...registry.dependentsOf(id), live], {
    status: (one) => one === live ? "disabled" : "disposed",
    reasons: (one) =>
      one === live
        ? []
        : [lostRequirement("continue with", one.plugin.manifest.id, id)],
  });
}

/**
 * Ends the disabled plugins that a change has claimed, before it. Enabling a
 * plugin changes that one alone, and leaves it live.
 */
export async function endClaimed(
  parts: FollowParts,
  claim: Claim,
  isEnabling: boolean,
): Promise<void> {
  const disabled = await findDisabled(parts);
  for (const id of disabled) {
    const isClaimed = claim === "all" || claim.changes.has(id);
    if (isClaimed && !isEnabling) await endDisabled(parts, id);
  }
}

/**
 * Ends the other disabled plugins after a change, each in a turn of its own. Before
 * the change, later ones could overtake it meanwhile.
 */
export async function endOthers(
  parts: FollowParts & Parts<"inspector">,
  changes: ChangeQueue,
  signal: AbortSignal,
): Promise<void> {
  for (const id of await findDisabled(parts)) {
    const claim = () => claimFor(parts, id, true);
    await changes.run(claim, signal, async () => {
      // It may have been enabled while this waited for its turn.
      if ((await findDisabled(parts)).includes(id)) {
        await endDisabled(parts, id);
      }
    }).catch(() => {
      // The host is being disposed, and ends everything.
    });
  }
}
