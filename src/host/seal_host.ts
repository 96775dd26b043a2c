/**
 * Gives up what nobody declared.
 *
 * @module
 */

import {
  PERMISSION_KINDS,
  type PermissionKind,
} from "../permissions/permission_set.ts";
import { union } from "../permissions/set_algebra.ts";
import type { HostCore } from "./core.ts";
import { gatherFacts } from "./gather_facts.ts";
import { permissionNeeds } from "./permission_needs.ts";

/** What sealing a host came to. */
export interface SealReport {
  /** The kinds that this process has no longer. */
  readonly revoked: readonly PermissionKind[];
  /** The kinds that it still has in part or as a whole, and why. */
  readonly kept: readonly {
    /** The kind. */
    readonly kind: PermissionKind;
    /** The reason, in one line. */
    readonly reason: string;
  }[];
}

async function revoke(
  core: HostCore,
  kind: PermissionKind,
): Promise<boolean> {
  const status = await core.settings.powers.revoke(kind);
  return status.state !== "granted";
}

/**
 * Revokes every kind of permission of which neither the application nor this
 * package nor a live plugin declares anything. It counts for the whole process
 * and cannot be undone.
 *
 * @param core The host.
 * @returns What was given up, and what could not be and why.
 */
export async function sealHost(core: HostCore): Promise<SealReport> {
  // What the switches say is kept: without it, giving up env would unset them.
  if (core.settings.switches && core.switchReadings.size === 0) {
    await gatherFacts(core);
  }
  const live = core.registry.inOrder();
  const needs = await permissionNeeds(
    core,
    live.map(({ plugin }) => plugin),
    new Map(live.map(({ plugin, config }) => [plugin.manifest.id, config])),
  );
  const needed = union(
    needs.application,
    needs.library,
    ...needs.plugins.values(),
    ...needs.optional.values(),
  );
  const revoked: PermissionKind[] = [];
  const kept: SealReport["kept"][number][] = [];
  for (const kind of PERMISSION_KINDS) {
    const { state } = core.settings.powers.query({ name: kind });
    if (needed[kind] === undefined) {
      if (await revoke(core, kind)) revoked.push(kind);
      else kept.push({ kind, reason: "Deno did not give it up" });
    } else if (state === "granted") {
      kept.push({
        kind,
        reason: needed[kind] === true
          ? "it is declared as a whole"
          : "a part of it is declared, and of a kind that was granted as a " +
            "whole Deno gives up no part",
      });
    } else {
      kept.push({ kind, reason: "a part of it is declared" });
    }
  }
  core.isSealed = true;
  core.recordHost("host.sealed", { revoked, kept });
  return Object.freeze({
    revoked: Object.freeze(revoked),
    kept: Object.freeze(kept),
  });
}
