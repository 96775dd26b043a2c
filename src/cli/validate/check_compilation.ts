/**
 * Modules that compile to something else by the plugin's own configuration, which
 * no host reads: JSX, decorators. Runs no code.
 *
 * @module
 */

import type { Problem } from "../../base/errors.ts";
import { pathAndParents } from "../../base/path.ts";
import { quote } from "../../base/text.ts";
import { denoProgram } from "./deno_program.ts";

/** Findings about how modules compile. */
export interface CompilationFindings {
  /** Faults. */
  readonly problems: readonly Problem[];
  /** Remarks that are no faults. */
  readonly notes: readonly string[];
}

const CONFIGURATIONS = ["deno.json", "deno.jsonc", "tsconfig.json"] as const;
const COMPILED_REGEXP = /\.(?:[mc]?tsx?|jsx)$/i;
const NOTHING: CompilationFindings = Object.freeze({
  problems: Object.freeze([]),
  notes: Object.freeze([]),
});

async function holdsOptions(path: string): Promise<boolean> {
  // It only makes the result better: nobody is asked for a permission.
  const { state } = await Deno.permissions.query({ name: "read", path });
  if (state !== "granted") return false;
  try {
    return (await Deno.readTextFile(path)).includes('"compilerOptions"');
  } catch {
    return false;
  }
}

/** The nearest configuration that holds options of the compiler. */
async function findConfiguration(
  directory: string,
): Promise<{ readonly name: string; readonly isOwn: boolean } | undefined> {
  for (const parent of pathAndParents(directory)) {
    for (const name of CONFIGURATIONS) {
      if (await holdsOptions(`${parent}/${name}`)) {
        return { name, isOwn: parent === directory };
      }
    }
  }
  return undefined;
}

/** Compiles a module by the configuration that holds at a directory. */
async function compile(
  path: string,
  cwd: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { code, stdout } = await new Deno.Command(denoProgram(), {
    args: [
      "transpile",
      "--no-check",
      "--no-lock",
      "--no-remote",
      "--no-npm",
      "--node-modules-dir=none",
      path,
    ],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    signal,
  }).output();
  return code === 0 ? new TextDecoder().decode(stdout) : undefined;
}

/**
 * Compiles the modules of a plugin with its own configuration and without, as a
 * host does, and says which differ.
 *
 * Needs `run` permission for Deno itself, and `read` for the directory.
 *
 * @param directory The directory of the plugin.
 * @param names The modules in it that run, by their paths from there.
 * @param signal Ends it.
 * @returns What was found.
 */
export async function checkCompilation(
  directory: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<CompilationFindings> {
  const compiled = names.filter((name) => COMPILED_REGEXP.test(name));
  const configuration = compiled.length === 0
    ? undefined
    : await findConfiguration(directory);
  if (configuration === undefined) return NOTHING;
  const problems: Problem[] = [];
  const notes: string[] = [];
  // "transpile" heeds no --no-config, and reads the one of the directory it is in.
  const elsewhere = pathAndParents(directory).at(-1) ?? directory;
  for (const name of compiled) {
    const path = `${directory}/${name}`;
    const [own, foreign] = await Promise.all([
      compile(path, directory, signal),
      compile(path, elsewhere, signal),
    ]);
    if (own === undefined || foreign === undefined || own === foreign) continue;
    const what = `The module ${quote(name)} compiles to something else without`;
    if (configuration.isOwn) {
      problems.push({
        code: "PLUGIN_IMPORT_FAILED",
        message: `${what} the compilerOptions of the plugin's own ` +
          `${configuration.name}, which no host reads`,
        remedy:
          "Say it in the module, e.g. /** @jsxImportSource npm:preact */, " +
          "and write decorators as the standard has them",
      });
    } else {
      notes.push(
        `${what} the compilerOptions of a ${configuration.name} above the ` +
          "plugin's directory: a host that does not run by it runs other code",
      );
    }
  }
  return { problems, notes };
}
