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
 * Formats the line above Deno's own prompt, which does not name the plugin.
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

/** Options of {@linkcode requestPermission}. */
export interface RequestPermissionOptions {
  /**
   * Requests a permission from the person at the terminal.
   *
   * @default {Deno.permissions.request}
   */
  readonly request?: PermissionRequest | undefined;
  /**
   * Queries a permission, without a prompt.
   *
   * @default {Deno.permissions.querySync}
   */
  readonly query?: PermissionQuery | undefined;
}

/**
 * Asks the person at the terminal for one permission. Needs no permission.
 *
 * Deno cannot ask for a wildcard or a range, and the whole kind would be more
 * than was declared: such an entry is denied without a prompt. Queries the
 * state again afterwards, because Deno answers "granted" for a program that it
 * cannot find, and grants nothing.
 *
 * @param entry The permission, in normal form.
 * @param options The functions that ask.
 * @returns The state after the answer; `"denied"` when nobody could be asked.
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
