/**
 * Finds the task that `deno run` takes a script for.
 *
 * @module
 */

import { resolvePath } from "../permissions/permission_path.ts";

const CONFIGS = ["deno.json", "deno.jsonc", "package.json"];

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    // What is absent or may not be read names no task that can be told.
    return undefined;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * Finds the configuration that names a task like a script. A file of that name
 * goes before a task.
 *
 * Needs `read` permission for the working directory and those above it; what may
 * not be read is passed over.
 *
 * @param script The script, as it stands on a command line.
 * @param directory The absolute working directory.
 * @returns The path of the configuration; `undefined` if none names such a task.
 */
export function findTask(
  script: string,
  directory: string,
): string | undefined {
  if (isFile(resolvePath(script, directory))) return undefined;
  // Comments are no JSON: the key is looked for as it is written.
  const key = JSON.stringify(script);
  let inner = "";
  let outer = directory;
  while (outer !== inner) {
    for (const name of CONFIGS) {
      const path = resolvePath(name, outer);
      const [, ...after] = readText(path)?.split(key) ?? [];
      if (after.some((rest) => rest.trimStart().startsWith(":"))) return path;
    }
    inner = outer;
    outer = resolvePath("..", inner);
  }
  return undefined;
}
