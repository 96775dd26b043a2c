/** Folders of files for one test. */

import { makeSymlink } from "../make_symlink.ts";
import { LEAST } from "./manifests.ts";

/** The files of a folder by path, and links as `{ link: target }`. */
export type Tree = Readonly<Record<string, string | { readonly link: string }>>;

/** A manifest as text. */
export function json(
  id: string,
  fields: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({ ...LEAST, id, ...fields });
}

/**
 * Calls a test with a folder, and removes it afterwards.
 *
 * @param tree What is in it.
 * @param body The test.
 */
export async function withTree(
  tree: Tree,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik_manifest_" }),
  );
  try {
    for (const [path, content] of Object.entries(tree)) {
      const at = `${folder}/${path}`;
      await Deno.mkdir(at.slice(0, at.lastIndexOf("/")), { recursive: true });
      if (typeof content !== "string") await makeSymlink(content.link, at);
      else if (!path.endsWith("/")) await Deno.writeTextFile(at, content);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
