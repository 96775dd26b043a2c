/**
 * Asking for one permission, and how the question is put.
 *
 * @module
 */

import { cut, escapeControls, quote } from "../base/text.ts";
import {
  permissionDescriptor,
  permissionProbes,
  type PermissionQuery,
  type PermissionRequest,
  queryDeno,
  requestDeno,
} from "./permission_query.ts";
import { formatEntry, type PermissionEntry } from "./permission_set.ts";
import {
  permissionKey,
  type PermissionState,
  queryPermissions,
} from "./permission_states.ts";

/**
 * Says who is about to ask for what and why, for standard error, before Deno's
 * own prompt, which names no plugin.
 *
 * @example What stands above the prompt
 * ```ts
 * import { describeRequest } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   describeRequest("search", "embeds\n\u001b[2Jtexts", { kind: "net", value: "a.b:443" }),
 *   'Plugin "search" asks for net to "a.b:443": embeds\\n\\u001b[2Jtexts',
 * );
 * ```
 *
 * @param pluginId The plugin that asks.
 * @param reason Why, in the words of its author, if it says so.
 * @param entry What it asks for.
 * @returns One line without control characters.
 */
export function describeRequest(
  pluginId: string,
  reason: string | undefined,
  entry: PermissionEntry,
): string {
  const why = reason === undefined || reason.trim() === ""
    ? ""
    : `: ${escapeControls(cut(reason.trim(), 200))}`;
  return `Plugin ${quote(pluginId)} asks for ${formatEntry(entry)}${why}`;
}

/** What {@linkcode requestPermission} is given. */
export interface RequestPermissionOptions {
  /**
   * Asks the person at the terminal.
   *
   * @default {Deno.permissions.request}
   */
  readonly request?: PermissionRequest | undefined;
  /**
   * Asks Deno, without a prompt.
   *
   * @default {Deno.permissions.querySync}
   */
  readonly query?: PermissionQuery | undefined;
}

/**
 * Asks the person at the terminal for one permission. Needs no permission.
 *
 * Deno asks for no wildcard and no range, and asking for the whole kind
 * instead would be asking for more than was declared: such an entry is refused
 * without a prompt. What counts in the end is what Deno says afterwards, for it
 * answers "granted" to a program that it cannot find, and grants nothing.
 *
 * @param entry The permission, in normal form.
 * @param options How to ask.
 * @returns How it stands now; `"denied"` when it was refused or nobody could be
 * asked.
 */
export async function requestPermission(
  entry: PermissionEntry,
  options: RequestPermissionOptions = {},
): Promise<PermissionState> {
  const { request = requestDeno, query = queryDeno } = options;
  const now = stateOf(entry, query);
  if (now !== "prompt") return now;
  const [probe, ...others] = permissionProbes(entry);
  if (others.length > 0 || probe?.value !== entry.value) return "denied";
  await request(permissionDescriptor(entry));
  const after = stateOf(entry, query);
  return after === "prompt" ? "denied" : after;
}

function stateOf(
  entry: PermissionEntry,
  query: PermissionQuery,
): PermissionState {
  return queryPermissions([entry], { query }).get(permissionKey(entry)) ??
    "denied";
}
