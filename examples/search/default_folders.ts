import { join, relative } from "node:path";

/**
 * Returns the README and the docs of this project, relative to the working
 * directory.
 */
export function defaultFolders(): readonly string[] {
  const root = join(import.meta.dirname ?? ".", "..", "..");
  return ["README.md", "docs"].map((name) =>
    relative(Deno.cwd(), join(root, name))
  );
}
