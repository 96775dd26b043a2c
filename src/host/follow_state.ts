/** Ends live plugins, or takes permissions from them, as the stored state says. */

import { errorOf, type Problem } from "../base/errors.ts";
import type { RevocationEffect } from "../events/lifecycle_event.ts";
import { entriesOf } from "../permissions/permission_set.ts";
import { difference } from "../permissions/set_algebra.ts";
import { permissionRevoked } from "../policy/consent.ts";
import { disposeInTurn, type DisposeParts, problemsOf } from "./failures.ts";
import { type ChangeQueue, type Claim, claimFor } from "./change_queue.ts";
import type { Parts } from "./host_parts.ts";
import type { LivePlugin } from "./registry.ts";

export type FollowParts = DisposeParts & Parts<"state" | "consents">;

/** What the audit trail says of a decision that another host stored. */
export function byStore(
  { state }: Parts<"state">,
): { readonly by: string; readonly revision: number } {
  return { by: "store", revision: state.revision };
}

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

function refusedRequirement(id: string, lost: string): Problem {
  return {
    code: "PLUGIN_DEPENDENCY_FAILED",
    message:
      `Cannot continue with plugin "${id}": it requires "${lost}", which ` +
      "may not run any more",
    remedy: `Let "${lost}" run first`,
  };
}

/** Ends a plugin that may not run any more, after the plugins that require it. */
export async function endRefused(
  parts: DisposeParts,
  live: LivePlugin,
  reasons: readonly Problem[],
): Promise<readonly unknown[]> {
  const { id } = live.plugin.manifest;
  const dependents = parts.registry.dependentsOf(id);
  return await disposeInTurn(parts, [...dependents, live], {
    reasons: (one) =>
      one === live ? reasons : [refusedRequirement(one.plugin.manifest.id, id)],
  });
}

/** Tests if a live plugin runs with other grants than those in force. */
function isOutdated(
  { consents }: Parts<"consents">,
  { plugin, grants }: LivePlugin,
): boolean {
  return grants !== undefined && grants !== consents.grantsOf(plugin);
}

/**
 * Puts the grants of a live plugin in force. One that cannot take them, ends.
 * Returns what that did; nothing if its grants were the same.
 */
export async function regrant(
  parts: FollowParts,
  live: LivePlugin,
): Promise<
  | { readonly effect: RevocationEffect; readonly errors: readonly unknown[] }
  | undefined
> {
  if (!isOutdated(parts, live)) return undefined;
  const { plugin, running, grants } = live;
  const { id } = plugin.manifest;
  const next = parts.consents.grantsOf(plugin);
  const revoked = difference(next.revoked, grants?.revoked ?? {});
  live.grants = next;
  if (running.regrant !== undefined) {
    try {
      return { effect: await running.regrant(revoked), errors: [] };
    } catch (thrown) {
      const problems = problemsOf(parts, plugin, thrown);
      const errors = await endRefused(parts, live, problems);
      return {
        effect: "ended",
        errors: [errorOf(id, problems, thrown), ...errors],
      };
    }
  }
  // What was granted meanwhile is in force at its next start.
  if (entriesOf(revoked).length === 0) return undefined;
  const taken = { permissions: revoked, ofEveryone: false };
  const reasons = [permissionRevoked(id, taken, "continue with")];
  return { effect: "ended", errors: await endRefused(parts, live, reasons) };
}

/** The change that a live plugin needs to follow the state. */
type Due = "disabled" | "refused" | "regranted";

function dueFor(
  parts: Parts<"state" | "consents">,
  live: LivePlugin,
): Due | undefined {
  const { state, consents } = parts;
  const { plugin } = live;
  if (state.stateOf(plugin.manifest.id)?.enabled === false) return "disabled";
  if (consents.endsOf(plugin).length > 0) return "refused";
  return isOutdated(parts, live) ? "regranted" : undefined;
}

/** Returns the live plugins that have to follow the last reading of the state. */
export function findDue(
  parts: Parts<"registry" | "state" | "consents">,
): readonly string[] {
  return parts.registry.inOrder()
    .filter((live) => dueFor(parts, live) !== undefined)
    .map(({ plugin }) => plugin.manifest.id);
}

/** Reads the state, and returns the live plugins that have to follow it. */
async function readDue(
  parts: Parts<"registry" | "state" | "consents">,
): Promise<readonly string[]> {
  const { registry, state } = parts;
  if (registry.isEmpty) return [];
  // An unreadable state ends nothing, and lets nothing new start.
  const result = await state.read();
  return result.ok ? findDue(parts) : [];
}

/** Has one plugin follow the last reading of the state, in its turn. */
export async function followOne(parts: FollowParts, id: string): Promise<void> {
  const { registry, events, consents } = parts;
  const live = registry.get(id);
  // It may have ended together with another one.
  if (live === undefined) return;
  const { plugin } = live;
  switch (dueFor(parts, live)) {
    case undefined:
      return;
    case "refused": {
      const reasons = consents.endsOf(plugin);
      const { revoked } = consents.grantsOf(plugin);
      events.emit({
        action: entriesOf(revoked).length === 0
          ? "plugin.consent.revoked"
          : "permission.revoked",
        plugin,
        permissions: revoked,
        effects: { [id]: "ended" },
        ...byStore(parts),
      });
      await endRefused(parts, live, reasons);
      return;
    }
    case "regranted": {
      const before = live.grants;
      const done = await regrant(parts, live);
      const now = consents.grantsOf(plugin);
      const given = difference(now.granted, before?.granted ?? {});
      if (entriesOf(given).length > 0) {
        events.emit({
          action: "permission.granted",
          plugin,
          permissions: given,
          until: "always",
          ...byStore(parts),
        });
      }
      const taken = difference(now.revoked, before?.revoked ?? {});
      if (done === undefined || entriesOf(taken).length === 0) return;
      events.emit({
        action: "permission.revoked",
        plugin,
        permissions: taken,
        effects: { [id]: done.effect },
        ...byStore(parts),
      });
      return;
    }
    case "disabled":
      events.emit({
        action: "plugin.disabled",
        plugin,
        ...byStore(parts),
        isLast: false,
      });
      await disposeInTurn(parts, [...registry.dependentsOf(id), live], {
        status: (one) => one === live ? "disabled" : "disposed",
        reasons: (one) =>
          one === live
            ? []
            : [lostRequirement("continue with", one.plugin.manifest.id, id)],
      });
  }
}

/**
 * Has the plugins that a change has claimed follow the state, before it. Enabling a
 * plugin changes that one alone, and leaves it live.
 */
export async function followClaimed(
  parts: FollowParts,
  claim: Claim,
  isEnabling: boolean,
): Promise<void> {
  for (const id of await readDue(parts)) {
    const isClaimed = claim === "all" || claim.changes.has(id);
    if (isClaimed && !isEnabling) await followOne(parts, id);
  }
}

/**
 * Has the other plugins follow the state after a change, each in a turn of its own.
 * Before the change, later ones could overtake it meanwhile.
 */
export async function followOthers(
  parts: FollowParts & Parts<"inspector">,
  changes: ChangeQueue,
  signal: AbortSignal,
): Promise<void> {
  for (const id of await readDue(parts)) {
    const claim = () => claimFor(parts, id, true);
    await changes.run(claim, signal, async () => {
      // It may have been enabled while this waited for its turn.
      if ((await readDue(parts)).includes(id)) await followOne(parts, id);
    }).catch(() => {
      // The host is being disposed, and ends everything.
    });
  }
}
