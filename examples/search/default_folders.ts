import { join, relative } from "node:path";

/**
 * The documentation of this project.
 *
 * @returns Its README and its folder of documents, as seen from the working
 * directory.
 */
export function defaultFolders(): readonly string[] {
  const root = join(import.meta.dirname ?? ".", "..", "..");
  return ["README.md", "docs"].map((name) =>
    relative(Deno.cwd(), join(root, name))
  );
}
