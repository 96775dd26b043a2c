import { formatFlags, permissionFlags } from "@semantik/plugins/permissions";
import { join, relative, resolve } from "node:path";

/**
 * The command that starts the search with permission to read folders, and
 * nothing else.
 *
 * @param folders The folders.
 * @returns The command, ready to be pasted into a shell.
 * @throws {PluginError} when a path is one that no flag can say.
 */
export function startCommand(folders: readonly string[]): string {
  const here = import.meta.dirname ?? ".";
  const read = [join(here, "plugins"), ...folders.map((path) => resolve(path))];
  const main = relative(Deno.cwd(), join(here, "main.ts"));
  return `deno run ${formatFlags(permissionFlags({ read }))} ${main}`;
}
