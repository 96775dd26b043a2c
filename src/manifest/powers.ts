/**
 * What the reader of manifests asks of the world, handed in.
 *
 * @module
 */

/** The file system, the module loader and the permissions, as far as reading a manifest needs them. */
export interface SourcePowers {
  /** The content of a file. */
  readFile(url: URL): Promise<Uint8Array>;
  /** What a directory holds. */
  readDirectory(url: URL): AsyncIterable<Deno.DirEntry>;
  /** The path of a file with its symbolic links resolved. */
  realPath(url: URL): Promise<string>;
  /** Whether a path is a file, with its symbolic links resolved. */
  isFile(path: string): Promise<boolean>;
  /** A JSON module. */
  importJson(specifier: string): Promise<unknown>;
  /**
   * Whether a permission may be used without anybody being asked. Where that
   * cannot be known, as under a permission broker, it is `true`.
   */
  isGranted(descriptor: Deno.PermissionDescriptor): Promise<boolean>;
}

/** The real ones. Reading needs `read` permission, a remote manifest `import`. */
export const denoSourcePowers: SourcePowers = {
  readFile: (url) => Deno.readFile(url),
  readDirectory: (url) => Deno.readDir(url),
  realPath: (url) => Deno.realPath(url),
  isFile: async (path) => (await Deno.stat(path)).isFile,
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
