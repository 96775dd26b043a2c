/** Finds the Deno that runs plugins. */

import { isAbsolutePath, joinFilePath } from "../../base/path.ts";

/** The facts that the choice depends on. */
export interface DenoFacts {
  /** The path or name that the application gave. */
  readonly given: string | undefined;
  readonly isCompiled: boolean;
  readonly execPath: string;
  /** The variable `PATH`. */
  readonly searchPath: string | undefined;
  readonly os: typeof Deno.build.os;
  readonly isFile: (path: string) => boolean;
}

/**
 * Returns the program: the given one, the one that runs the host, or the first on
 * `PATH`. Returns `undefined` without any: a compiled program would start the host
 * again.
 */
export function findDeno(
  { given, isCompiled, execPath, searchPath, os, isFile }: DenoFacts,
): string | undefined {
  if (given !== undefined) return given;
  if (!isCompiled) return execPath;
  const isWindows = os === "windows";
  return (searchPath ?? "").split(isWindows ? ";" : ":")
    .filter(isAbsolutePath)
    .map((directory) =>
      joinFilePath(directory, isWindows ? "deno.exe" : "deno")
    )
    .find((path) => isFile(path));
}
