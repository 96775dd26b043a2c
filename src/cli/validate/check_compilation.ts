import type { Problem } from "../../base/errors.ts";
import { pathAndParents } from "../../base/path.ts";
import { quote } from "../../base/text.ts";
import { runDenoOffline } from "./deno_program.ts";
import type { Findings } from "./plugin_check.ts";

const CONFIGURATIONS = ["deno.json", "deno.jsonc", "tsconfig.json"] as const;
const COMPILED_REGEXP = /\.(?:[mc]?tsx?|jsx)$/i;

async function hasCompilerOptions(path: string): Promise<boolean> {
  // This check is optional and must not prompt for a permission.
  const { state } = await Deno.permissions.query({ name: "read", path });
  if (state !== "granted") return false;
  try {
    return (await Deno.readTextFile(path)).includes('"compilerOptions"');
  } catch {
    return false;
  }
}

/** Finds the nearest configuration that has compiler options. */
async function findConfiguration(
  directory: string,
): Promise<{ readonly name: string; readonly isOwn: boolean } | undefined> {
  for (const parent of pathAndParents(directory)) {
    for (const name of CONFIGURATIONS) {
      if (await hasCompilerOptions(`${parent}/${name}`)) {
        return { name, isOwn: parent === directory };
      }
    }
  }
  return undefined;
}

/**
 * Compiles modules with the plugin's own configuration and without it, as a host
 * does, and reports those that differ, e.g. by JSX or decorators.
 */
export async function checkCompilation(
  directory: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Findings> {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const compiled = names.filter((name) => COMPILED_REGEXP.test(name));
  const configuration = compiled.length === 0
    ? undefined
    : await findConfiguration(directory);
  if (configuration === undefined) return { problems, notes };
  // "transpile" ignores --no-config and reads the configuration of its directory.
  const elsewhere = pathAndParents(directory).at(-1) ?? directory;
  for (const name of compiled) {
    const args = ["transpile", "--no-check", `${directory}/${name}`];
    const [own, foreign] = await Promise.all(
      [directory, elsewhere].map((cwd) =>
        runDenoOffline(args, signal, { cwd })
      ),
    );
    if (own === undefined || foreign === undefined || own === foreign) continue;
    const what = `The module ${quote(name)} compiles differently without`;
    if (configuration.isOwn) {
      problems.push({
        code: "PLUGIN_IMPORT_FAILED",
        message: `${what} the compilerOptions of the plugin's own ` +
          `${configuration.name}, which no host reads`,
        remedy:
          "Set the options in the module, e.g. /** @jsxImportSource npm:preact */, " +
          "and use standard decorators",
      });
    } else {
      notes.push(
        `${what} the compilerOptions of a ${configuration.name} above the ` +
          "plugin's directory: a host with another configuration runs other code",
      );
    }
  }
  return { problems, notes };
}
