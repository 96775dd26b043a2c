import { type FileTimes, readFileStart } from "../base/path.ts";
import {
  type PermissionState,
  queryDeno,
  queryEntry,
} from "../permissions/permission_states.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";

/** Imports a module, or JSON when the options say so. */
export type ImportModule = (
  specifier: string,
  options?: ImportCallOptions,
) => Promise<unknown>;

/** The line that serves every host. */
export const IMPORT_MODULE =
  "importModule: (specifier, options) => import(specifier, options)";

export type FileKind =
  & Pick<Deno.FileInfo, "isFile" | "isDirectory">
  & FileTimes;

/**
 * The file system, the module loader and the permissions that reading sources
 * needs. Files are read synchronously: a manifest is small, and handing each
 * question to another thread takes many times as long as answering it.
 */
export interface SourceSystem {
  /** Follows symbolic links. */
  stat(path: string): FileKind;
  /** Does not follow symbolic links. */
  lstat(path: string): FileKind;
  /** Reads at most `limit` bytes. */
  readFile(path: string, limit: number): Uint8Array;
  readDirectory(path: string): Iterable<Deno.DirEntry>;
  realPath(path: string): string;
  importJson(specifier: string): Promise<unknown>;
  /** Returns the URL that Deno imported a specifier from, if it tells. */
  resolve(specifier: string): string | undefined;
  /** Returns the path that a module of a package from npm finds another one by. */
  resolveFrom(module: string, specifier: string): Promise<string | undefined>;
  /** The remedy for a source on a server, if this system imports from none. */
  readonly remoteRemedy: string | undefined;
  /** Never prompts. Returns `"unknown"` under a permission broker. */
  permissionState(entry: PermissionEntry): PermissionState;
}

/** Imports the JSON of a manifest. */
export async function importJson(
  specifier: string,
  importModule: ImportModule = (specifier, options) =>
    import(specifier, options),
): Promise<unknown> {
  const module = await importModule(specifier, { with: { type: "json" } });
  return typeof module === "object" && module !== null
    ? Reflect.get(module, "default")
    : undefined;
}

/** Reading files needs `read` permission. */
export const denoSourceSystem: SourceSystem = {
  stat: (path) => Deno.statSync(path),
  lstat: (path) => Deno.lstatSync(path),
  readFile: readFileStart,
  readDirectory: (path) => Deno.readDirSync(path),
  realPath: (path) => Deno.realPathSync(path),
  resolve(specifier) {
    try {
      return import.meta.resolve(specifier);
    } catch {
      return undefined;
    }
  },
  async resolveFrom(module, specifier) {
    const { createRequire } = await import("node:module");
    try {
      return createRequire(module).resolve(specifier);
    } catch {
      // Not installed, or hidden.
      return undefined;
    }
  },
  importJson,
  remoteRemedy: undefined,
  permissionState: (entry) => queryEntry(entry, queryDeno),
};
