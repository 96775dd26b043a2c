/**
 * Notices that permissions of the host are gone: a plugin can revoke them for
 * the whole process.
 *
 * @module
 */

import { entriesOf } from "../permissions/entries_of.ts";
import { formatEntry } from "../permissions/format_entry.ts";
import type { PermissionQuery } from "../permissions/permission_query.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";
import {
  permissionKey,
  type PermissionState,
  queryPermissions,
} from "../permissions/query_permissions.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";

function isGranted(state: PermissionState | undefined): boolean {
  return state === "granted" || state === "partial";
}

/** Knows what the host was granted, and asks again. */
export class PermissionWatch {
  #granted: readonly PermissionEntry[] = [];
  #query: PermissionQuery | undefined;

  /**
   * Begins to watch what of a set is granted now.
   *
   * @param set What the host needs.
   * @param query Asks Deno.
   */
  start(set: PermissionSet, query: PermissionQuery): void {
    this.#query = query;
    const entries = entriesOf(set);
    const states = queryPermissions(entries, { query });
    this.#granted = entries.filter((entry) =>
      isGranted(states.get(permissionKey(entry)))
    );
  }

  /**
   * Asks again. What is gone is told once.
   *
   * @returns The permissions that were there and are not, in words.
   */
  lost(): readonly string[] {
    if (this.#granted.length === 0) return [];
    const states = queryPermissions(this.#granted, {
      query: this.#query,
    });
    const gone = this.#granted.filter((entry) =>
      !isGranted(states.get(permissionKey(entry)))
    );
    if (gone.length === 0) return [];
    this.#granted = this.#granted.filter((entry) => !gone.includes(entry));
    return gone.map(formatEntry);
  }
}
