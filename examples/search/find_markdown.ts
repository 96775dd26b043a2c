import { startCommand } from "./start_command.ts";
import { UserError } from "./user_error.ts";

/** The files that were found, and the folders that could not be read. */
export type FoundFiles = Readonly<{
  files: readonly string[];
  skipped: readonly string[];
}>;

const MARKDOWN_REGEXP = /\.(?:md|markdown)$/i;
// Documents of other projects.
const IGNORED_FOLDERS: ReadonlySet<string> = new Set([
  "node_modules",
  "vendor",
]);

/**
 * Finds the Markdown files of folders, in a fixed order. Needs permission
 * `read` for the folders.
 *
 * Hidden folders, `node_modules` and `vendor` are skipped. Symbolic links are
 * not followed: they may lead in circles or out of the folder.
 */
export async function findMarkdown(
  roots: readonly string[],
): Promise<FoundFiles> {
  const files = new Set<string>();
  const skipped: string[] = [];
  for (const root of roots) {
    const { isDirectory, isFile } = await statRoot(root, roots);
    if (isDirectory) await walk(root, files, skipped);
    if (isFile) files.add(root);
  }
  if (files.size > 0) return { files: [...files], skipped };
  const where = roots.map((root) => `"${root}"`).join(", ");
  const unread = skipped.length > 0 ? " that can be read" : "";
  throw new UserError(`There is no Markdown file${unread} in ${where}`);
}

async function statRoot(
  root: string,
  roots: readonly string[],
): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(root);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UserError(`There is no folder "${root}"`, { cause: error });
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new UserError(
        `This program may not read "${root}": start it with ${
          startCommand(roots)
        }`,
        { cause: error },
      );
    }
    throw new UserError(`"${root}" cannot be read`, { cause: error });
  }
}

async function walk(
  folder: string,
  files: Set<string>,
  skipped: string[],
): Promise<void> {
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) entries.push(entry);
  } catch {
    skipped.push(folder);
    return;
  }
  // The file system decides the order of a folder.
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory, isFile } of entries) {
    const path = `${folder.replace(/[/\\]$/, "")}/${name}`;
    if (isFile && MARKDOWN_REGEXP.test(name)) files.add(path);
    const ignored = name.startsWith(".") || IGNORED_FOLDERS.has(name);
    if (isDirectory && !ignored) await walk(path, files, skipped);
  }
}
