/** Lists the files of a plugin, and compares two lists. Shows no contents. */

import { createHash } from "node:crypto";

/** A file, known by its size and a digest of its contents. */
export interface PluginFile {
  /** In bytes; 0 for a link. */
  readonly size: number;
  /** Returns the SHA-256 of the contents, or of the target of a link. */
  digest(): Promise<string>;
}

/** Files by their paths, relative to the plugin. */
export type PluginFiles = ReadonlyMap<string, PluginFile>;

export interface FileChanges {
  readonly added: readonly { readonly path: string; readonly size: number }[];
  readonly removed: readonly { readonly path: string; readonly size: number }[];
  readonly changed: readonly {
    readonly path: string;
    readonly sizeBefore: number;
    readonly size: number;
  }[];
}

/** Folders that are no part of what a plugin is. */
const SKIPPED: ReadonlySet<string> = new Set([".git", "node_modules"]);
/** Many more than a plugin has. */
export const MAX_FILES = 10_000;

async function digestFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const read = await file.read(buffer);
    if (read === null) return hash.digest("hex");
    hash.update(buffer.subarray(0, read));
  }
}

function digestText(text: string): string {
  return createHash("sha256").update(`link to ${text}`).digest("hex");
}

/**
 * Lists the files of a directory; `undefined` if there are too many. Follows no
 * link. Needs `read` permission.
 */
export async function listFiles(
  directory: string,
): Promise<PluginFiles | undefined> {
  const files = new Map<string, PluginFile>();
  const folders = [""];
  for (const folder of folders) {
    for await (const entry of Deno.readDir(`${directory}/${folder}`)) {
      const { isDirectory, isFile, isSymlink, name } = entry;
      const path = `${folder}${name}`;
      const full = `${directory}/${path}`;
      if (isDirectory && !SKIPPED.has(name)) folders.push(`${path}/`);
      if (isFile) {
        const { size } = await Deno.lstat(full);
        files.set(path, { size, digest: () => digestFile(full) });
      }
      if (isSymlink) {
        const target = await Deno.readLink(full);
        files.set(path, {
          size: 0,
          digest: () => Promise.resolve(digestText(target)),
        });
      }
      if (files.size + folders.length > MAX_FILES) return undefined;
    }
  }
  return files;
}

function byPath(
  one: { readonly path: string },
  other: { readonly path: string },
): number {
  return one.path < other.path ? -1 : 1;
}

async function isSame(one: PluginFile, other: PluginFile): Promise<boolean> {
  return one.size === other.size && await one.digest() === await other.digest();
}

/** Compares files. Reads only those that have the same size in both. */
export async function compareFiles(
  before: PluginFiles,
  after: PluginFiles,
): Promise<FileChanges> {
  const only = (files: PluginFiles, others: PluginFiles) =>
    [...files].filter(([path]) => !others.has(path))
      .map(([path, { size }]) => ({ path, size })).sort(byPath);
  const changed: FileChanges["changed"][number][] = [];
  for (const [path, file] of after) {
    const old = before.get(path);
    if (old === undefined || await isSame(old, file)) continue;
    changed.push({ path, sizeBefore: old.size, size: file.size });
  }
  return {
    added: only(after, before),
    removed: only(before, after),
    changed: changed.sort(byPath),
  };
}
