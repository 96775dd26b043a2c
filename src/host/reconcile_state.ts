/**
 * Finds decisions that a host stored and was killed before it recorded them.
 *
 * @module
 */

import type { HostCore } from "./core.ts";
import type { Facts } from "./gather_facts.ts";

/**
 * Records the decisions that are marked as unrecorded, and takes the marks away.
 *
 * @param core The host.
 * @param facts What is stored, among others.
 */
export async function reconcileState(
  core: HostCore,
  { stored }: Facts,
): Promise<void> {
  if (!stored.ok) return;
  const { unrecorded = [] } = stored.snapshot;
  if (unrecorded.length === 0) return;
  core.recordReconciled(
    unrecorded.filter((id) => !core.state.isRecorded(id)),
    stored.snapshot,
  );
  await core.state.confirm(unrecorded);
}
