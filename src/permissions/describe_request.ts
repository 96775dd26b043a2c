import { cut, escapeControls, quote } from "../text.ts";
import { formatEntry } from "./format_entry.ts";
import type { PermissionEntry } from "./permission_set.ts";

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
