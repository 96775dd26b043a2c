import { formatFlags, permissionFlags } from "@semantik/plugins/permissions";
import { join, relative, resolve } from "node:path";

/**
 * Returns the shell command that starts the search with permission to read the
 * folders only.
 */
export function startCommand(folders: readonly string[]): string {
  const here = import.meta.dirname ?? ".";
  const read = [join(here, "plugins"), ...folders.map((path) => resolve(path))];
  const main = relative(Deno.cwd(), join(here, "main.ts"));
  return `deno run ${formatFlags(permissionFlags({ read }))} ${main}`;
}
