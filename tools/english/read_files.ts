import { type Prose, readProse } from "./read_prose.ts";

/** The English of a project: what users get, and what contributors work with. */
export interface EnglishFiles {
  readonly package: readonly Prose[];
  readonly workshop: readonly Prose[];
}

const PACKAGE_FOLDERS = ["src", "docs"];
const WORKSHOP_FOLDERS = [".github", "bench", "examples", "tools", "tests"];
// Test data.
const SKIPPED = ["fixtures", "hostile", "vectors", "tools/english"]
  .map((folder) => `tests/${folder}`);

async function* filesIn(
  root: string,
  folder: string,
  isDeep: boolean,
): AsyncGenerator<string> {
  for await (const { isDirectory, name } of Deno.readDir(`${root}/${folder}`)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (!isDirectory && /\.(?:ts|md)$/.test(name)) yield path;
    if (isDirectory && isDeep && !SKIPPED.includes(path)) {
      yield* filesIn(root, path, isDeep);
    }
  }
}

async function readFolders(
  root: string,
  folders: readonly string[],
): Promise<readonly Prose[]> {
  const found = await Promise.all(folders.map(async (folder) => {
    try {
      // Of the project's own folder, the files alone: entry points and pages.
      return await Array.fromAsync(filesIn(root, folder, folder !== ""));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }));
  const files = await Promise.all(
    found.flat().sort().map(async (path) =>
      readProse(path, await Deno.readTextFile(`${root}/${path}`))
    ),
  );
  return files.flat();
}

/**
 * Reads the docstrings and the pages of a project.
 *
 * @param root The project's folder.
 * @returns The prose of its files, in the order of their paths.
 */
export async function readEnglishFiles(root: string): Promise<EnglishFiles> {
  return {
    package: await readFolders(root, ["", ...PACKAGE_FOLDERS]),
    workshop: await readFolders(root, WORKSHOP_FOLDERS),
  };
}
