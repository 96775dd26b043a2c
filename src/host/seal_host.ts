/** Revokes undeclared permissions. */

import {
  PERMISSION_KINDS,
  type PermissionKind,
} from "../permissions/permission_set.ts";
import { union } from "../permissions/set_algebra.ts";
import { permissionNeeds } from "../inspect/permission_needs.ts";
import type { Parts } from "./host_parts.ts";

/** The result of sealing a host. */
export interface SealReport {
  /** The kinds that were revoked. */
  readonly revoked: readonly PermissionKind[];
  /** The kinds that are kept, in part or as a whole. */
  readonly kept: readonly {
    /** The kind. */
    readonly kind: PermissionKind;
    /** The reason, in one line. */
    readonly reason: string;
  }[];
}

/** Revokes every kind of permission that nobody declares, for the whole process. */
export async function sealHost(
  { settings: { system }, inspector, events }: Parts<
    "settings" | "inspector" | "events"
  >,
): Promise<SealReport> {
  // The switches are read before env is revoked, and their values are kept.
  const { snapshot } = await inspector.inspectAgain();
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
      else kept.push({ kind, reason: "Deno did not revoke it" });
    } else if (state === "granted") {
      kept.push({
        kind,
        reason: needed[kind] === true
          ? "it is declared as a whole"
          : "a part of it is declared, and Deno cannot revoke the rest of a " +
            "kind that was granted as a whole",
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
