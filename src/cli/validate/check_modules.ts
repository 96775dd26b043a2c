/**
 * What the modules of a plugin import, and how they compile.
 *
 * @module
 */

import type { ReadPlugin } from "../../manifest/manifest.ts";
import { isRecord } from "../../base/argument.ts";
import { pathAndParents } from "../../base/path.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import { checkCompilation } from "./check_compilation.ts";
import { type GraphFindings, judgeGraph, ownModules } from "./judge_graph.ts";
import { readModuleGraph } from "./module_graph.ts";

type Imports = Readonly<Record<string, string>>;

/** Reads the texts of one field of a JSON file, as far as it can be read. */
async function readTexts(
  path: string,
  field: string,
): Promise<Imports | undefined> {
  // It only makes the result better: nobody is asked for a permission.
  const { state } = await Deno.permissions.query({ name: "read", path });
  if (state !== "granted") return undefined;
  try {
    const config: unknown = JSON.parse(await Deno.readTextFile(path));
    const texts = isRecord(config) ? config[field] : undefined;
    return Object.fromEntries(
      Object.entries(isRecord(texts) ? texts : {})
        .filter((entry): entry is [string, string] =>
          typeof entry[1] === "string"
        ),
    );
  } catch {
    return undefined;
  }
}

/** Reads to what the configuration of a directory resolves names. */
async function readImports(directory: string): Promise<Imports | undefined> {
  const imports = await readTexts(`${directory}/deno.json`, "imports");
  const path = `${directory}/package.json`;
  const dependencies = await readTexts(path, "dependencies");
  if (dependencies === undefined) return imports;
  const packages = Object.entries(dependencies).flatMap(([name, range]) => [
    [name, `npm:${name}@${range}`],
    [`${name}/`, `npm:/${name}@${range}/`],
  ]);
  return { ...Object.fromEntries(packages), ...imports };
}

async function readOuterImports(directory: string): Promise<Imports> {
  for (const parent of pathAndParents(directory).slice(1)) {
    const imports = await readImports(parent);
    if (imports !== undefined) return imports;
  }
  return {};
}

/**
 * Checks the modules of a plugin that lies in a directory.
 *
 * Needs `run` permission for Deno itself, and `read` for the directory.
 *
 * @param plugin The plugin.
 * @param declared What it declares, required and optional.
 * @param signal Ends it.
 * @returns What was found; nothing for a plugin that lies elsewhere.
 */
export async function checkModules(
  plugin: ReadPlugin,
  declared: PermissionSet,
  signal: AbortSignal,
): Promise<GraphFindings> {
  const { code, directory } = plugin;
  const graph = code.kind === "module" && directory !== undefined
    ? await readModuleGraph(code.specifier, signal)
    : undefined;
  if (graph === undefined || directory === undefined) {
    return { problems: [], notes: [] };
  }
  const imports = judgeGraph(graph, {
    directory,
    declared,
    imports: await readImports(directory) ?? {},
    outerImports: await readOuterImports(directory),
  });
  const compilation = await checkCompilation(
    directory,
    ownModules(graph, directory),
    signal,
  );
  return {
    problems: [...imports.problems, ...compilation.problems],
    notes: [...imports.notes, ...compilation.notes],
  };
}
