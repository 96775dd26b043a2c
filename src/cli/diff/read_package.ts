/** Reads the files and the imports of a package from a registry. */

import { z } from "zod";
import { fromFileUrl, trimSeparators } from "../../base/path.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import { importJson, type ImportModule } from "../../manifest/source_system.ts";
import { listFiles, type PluginFiles } from "./plugin_files.ts";

/** The known parts of a package. */
export interface PackageParts {
  readonly files: PluginFiles | undefined;
  readonly imports: readonly string[] | undefined;
}

const UNKNOWN: PackageParts = { files: undefined, imports: undefined };
const MODULE_REGEXP = /^(?:jsr|npm|https?):/;

const jsrSchema = z.object({
  manifest: z.record(
    z.string(),
    z.object({ size: z.number(), checksum: z.string() }),
  ),
  moduleGraph2: z.record(
    z.string(),
    z.object({
      dependencies: z.array(z.object({ specifier: z.string() })).default([]),
    }),
  ).optional(),
});

const npmSchema = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
});

/** Reads the list that JSR keeps of each version. */
async function readJsr(
  base: string,
  importModule: ImportModule | undefined,
): Promise<PackageParts> {
  const list = `${base.replace(/\/$/, "")}_meta.json`;
  const { data } = jsrSchema.safeParse(await importJson(list, importModule));
  if (data === undefined) return UNKNOWN;
  const modules = data.moduleGraph2;
  const specifiers = Object.values(modules ?? {})
    .flatMap(({ dependencies }) => dependencies)
    .map(({ specifier }) => specifier)
    .filter((specifier) => MODULE_REGEXP.test(specifier));
  return {
    files: new Map(
      Object.entries(data.manifest).map(([path, { size, checksum }]) => [
        path.replace(/^\//, ""),
        {
          size,
          digest: () => Promise.resolve(checksum.replace(/^sha256-/, "")),
        },
      ]),
    ),
    imports: modules === undefined
      ? undefined
      : [...new Set(specifiers)].sort(),
  };
}

/** Reads the directory to which Deno downloaded a package from npm. */
async function readNpm(base: string): Promise<PackageParts> {
  const { data } = npmSchema.safeParse(await importJson(`${base}package.json`));
  const path = trimSeparators(fromFileUrl(new URL(base)));
  const { state } = await Deno.permissions.query({ name: "read", path });
  return {
    files: state === "granted" ? await listFiles(path) : undefined,
    imports: data && Object.entries(data.dependencies)
      .map(([name, range]) => `npm:${name}@${range}`).sort(),
  };
}

/** Never throws: what cannot be read is unknown. */
export async function readPackage(
  { code }: ReadPlugin,
  importModule: ImportModule | undefined,
): Promise<PackageParts> {
  const base = code.kind === "module" ? code.resolved?.base : undefined;
  if (base === undefined) return UNKNOWN;
  try {
    return base.startsWith("file:")
      ? await readNpm(base)
      : await readJsr(base, importModule);
  } catch {
    return UNKNOWN;
  }
}
