/**
 * What the reader of manifests asks of the world, handed in.
 *
 * @module
 */

import { readFileStart } from "../base/read_file_bytes.ts";
import type { FileTimes } from "./file_mark.ts";

/** What a name of the file system stands for. */
export type FileKind =
  & Pick<Deno.FileInfo, "isFile" | "isDirectory">
  & FileTimes;

/**
 * The file system, the module loader and the permissions, as far as reading a
 * manifest needs them.
 *
 * A file is asked about and read at once: a manifest is small, and handing each
 * question to another thread takes many times as long as answering it.
 */
export interface SourcePowers {
  /** What a path stands for, with its symbolic links resolved. */
  stat(path: string): FileKind;
  /** What a path stands for itself: it is there also as a link to nothing. */
  lstat(path: string): FileKind;
  /** The content of a file; of a longer one its first `limit` bytes. */
  readFile(path: string, limit: number): Uint8Array;
  /** What a directory holds. */
  readDirectory(path: string): Iterable<Deno.DirEntry>;
  /** A path with its symbolic links resolved. */
  realPath(path: string): string;
  /** A JSON module. */
  importJson(specifier: string): Promise<unknown>;
  /**
   * Whether a permission may be used without anybody being asked. Where that
   * cannot be known, as under a permission broker, it is `true`.
   */
  isGranted(
    descriptor: Deno.PermissionDescriptor,
  ): boolean | PromiseLike<boolean>;
}

/** The real ones. Reading needs `read` permission, a remote manifest `import`. */
export const denoSourcePowers: SourcePowers = {
  stat: (path) => Deno.statSync(path),
  lstat: (path) => Deno.lstatSync(path),
  readFile: readFileStart,
  readDirectory: (path) => Deno.readDirSync(path),
  realPath: (path) => Deno.realPathSync(path),
  async importJson(specifier) {
    const module: { default: unknown } = await import(specifier, {
      with: { type: "json" },
    });
    return module.default;
  },
  isGranted: (descriptor) =>
    Deno.permissions.querySync(descriptor).state === "granted",
};
