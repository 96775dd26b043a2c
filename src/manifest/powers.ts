/**
 * What the reader of manifests asks of the world, handed in.
 *
 * @module
 */

/** What a name of the file system stands for. */
export type FileKind = Pick<Deno.FileInfo, "isFile" | "isDirectory">;

/** The file system, the module loader and the permissions, as far as reading a manifest needs them. */
export interface SourcePowers {
  /** What a path stands for, with its symbolic links resolved. */
  stat(path: string | URL): Promise<FileKind>;
  /** What a path stands for itself: it is there also as a link to nothing. */
  lstat(path: string | URL): Promise<FileKind>;
  /** The content of a file; of a longer one its first `limit` bytes. */
  readFile(url: URL, limit: number): Promise<Uint8Array>;
  /** What a directory holds. */
  readDirectory(url: URL): AsyncIterable<Deno.DirEntry>;
  /** The path of a file with its symbolic links resolved. */
  realPath(url: URL): Promise<string>;
  /** A JSON module. */
  importJson(specifier: string): Promise<unknown>;
  /**
   * Whether a permission may be used without anybody being asked. Where that
   * cannot be known, as under a permission broker, it is `true`.
   */
  isGranted(descriptor: Deno.PermissionDescriptor): Promise<boolean>;
}

async function readStart(url: URL, limit: number): Promise<Uint8Array> {
  using file = await Deno.open(url);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  while (length < limit) {
    const chunk = new Uint8Array(Math.min(8_192, limit - length));
    const count = await file.read(chunk);
    if (count === null) break;
    chunks.push(chunk.subarray(0, count));
    length += count;
  }
  return await new Blob(chunks).bytes();
}

/** The real ones. Reading needs `read` permission, a remote manifest `import`. */
export const denoSourcePowers: SourcePowers = {
  stat: (path) => Deno.stat(path),
  lstat: (path) => Deno.lstat(path),
  readFile: readStart,
  readDirectory: (url) => Deno.readDir(url),
  realPath: (url) => Deno.realPath(url),
  async importJson(specifier) {
    const module: { default: unknown } = await import(specifier, {
      with: { type: "json" },
    });
    return module.default;
  },
  async isGranted(descriptor) {
    return (await Deno.permissions.query(descriptor)).state === "granted";
  },
};
