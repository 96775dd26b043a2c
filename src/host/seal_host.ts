/** Revokes permissions that nobody declared. */

import {
  PERMISSION_KINDS,
  type PermissionKind,
} from "../permissions/permission_set.ts";
import { union } from "../permissions/set_algebra.ts";
import { permissionNeeds } from "../inspect/permission_needs.ts";
import type { Parts } from "./host_parts.ts";

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

/**
 * Revokes every kind of permission of which neither the application nor this
 * package nor a live plugin declares anything, for the whole process and for good.
 */
export async function sealHost(
  { settings: { system }, inspector, events }: Parts<
    "settings" | "inspector" | "events"
  >,
): Promise<SealReport> {
  // The switches are read before env is revoked: their values are kept.
  const { snapshot } = await inspector.inspect();
  const needs = permissionNeeds(
    snapshot,
    snapshot.plugins.filter(({ isLive }) => isLive === true),
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
    const { state } = system.query({ name: kind });
    if (needed[kind] === undefined) {
      const { state } = await system.revoke(kind);
      if (state !== "granted") revoked.push(kind);
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
  inspector.seal();
  events.emit({ action: "host.sealed", revoked, kept });
  return Object.freeze({
    revoked: Object.freeze(revoked),
    kept: Object.freeze(kept),
  });
}
