/** Folders of files for one test. */

import { formatFlags } from "@semantik/plugins/permissions";
import { resolvePath, toFileUrl } from "../../src/base/path.ts";
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

/** A folder of a test. */
export interface Folder {
  /** The path of something in it, as the system writes paths. */
  readonly at: (path: string) => string;
  /** The `file:` URL of something in it. */
  readonly url: (path: string) => string;
}

/** The remedy that names the flag to read a path. */
export function readFlag(path: string): string {
  return `Start the host with ${formatFlags([`--allow-read=${path}`])}`;
}

/**
 * Calls a test with a folder, and removes it afterwards.
 *
 * @param tree What is in it.
 * @param body The test.
 */
export async function withTree(
  tree: Tree,
  body: (folder: Folder) => Promise<void> | void,
): Promise<void> {
  const root = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik_manifest_" }),
  );
  const at = (path: string) => resolvePath(`./${path}`, root);
  try {
    for (const [path, content] of Object.entries(tree)) {
      const isFolder = path.endsWith("/");
      const folder = isFolder ? path : path.slice(0, path.lastIndexOf("/") + 1);
      await Deno.mkdir(at(folder), { recursive: true });
      if (typeof content !== "string") {
        await makeSymlink(content.link, at(path));
      } else if (!isFolder) await Deno.writeTextFile(at(path), content);
    }
    await body({ at, url: (path) => toFileUrl(at(path)).href });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
