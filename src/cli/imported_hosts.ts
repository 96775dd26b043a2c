/**
 * The hosts that plugins import from without a flag, as their modules tell.
 *
 * @module
 */

import type { ReadPlugin } from "../manifest/manifest.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { covers, withoutDefaultImports } from "../permissions/set_algebra.ts";
import type { CommandRun } from "./command_run.ts";
import { hostsOfGraph } from "./validate/judge_graph.ts";
import {
  canReadModuleGraph,
  readModuleGraph,
} from "./validate/module_graph.ts";

function isDefault(host: string): boolean {
  return covers({ import: DEFAULT_IMPORT_HOSTS }, { import: [host] });
}

/**
 * Finds the hosts that Deno imports from by itself, that plugins use, and that a
 * computed flag `--allow-import` would close.
 *
 * Needs `run` permission for Deno itself where such a flag is needed; without it,
 * says so.
 *
 * @param run The run of the command line.
 * @param plugins The plugins.
 * @param declared All that is needed as far as the manifests tell.
 * @returns The hosts; none where no flag closes any.
 */
export async function importedHosts(
  run: CommandRun,
  plugins: readonly ReadPlugin[],
  declared: PermissionSet,
): Promise<readonly string[]> {
  const { import: hosts } = withoutDefaultImports(declared);
  const entries = plugins.flatMap(({ code, directory }) =>
    code.kind === "module" && directory !== undefined ? [code.specifier] : []
  );
  if (hosts === undefined || hosts === true || entries.length === 0) return [];
  if (!canReadModuleGraph()) {
    run.note(
      "--allow-import closes the hosts that Deno imports from by itself. Which of them plugins use " +
        "was not checked: that needs another Deno, which --allow-run=deno and --allow-read permit",
    );
    return [];
  }
  const found = new Set<string>();
  for (const entry of entries) {
    const graph = await readModuleGraph(entry, run.signal);
    for (const host of graph === undefined ? [] : hostsOfGraph(graph)) {
      if (isDefault(host)) found.add(host);
    }
  }
  return [...found].sort();
}
