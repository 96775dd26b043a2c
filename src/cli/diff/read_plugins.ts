/** Reads the plugins of a source, to compare them with those of another. */

import { PluginError } from "../../base/errors.ts";
import { dataDirectoryOf } from "../../inspect/permission_needs.ts";
import type { Surroundings } from "../../inspect/snapshot.ts";
import { quote } from "../../base/text.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import { shownSource } from "../../manifest/source.ts";
import { resolveDeclaration } from "../../permissions/normalize_permissions.ts";
import { permissionHazards } from "../../permissions/permission_hazards.ts";
import { union } from "../../permissions/set_algebra.ts";
import type { CommandRun } from "../command_run.ts";
import { UsageError } from "../failure.ts";
import { type HostFlags, readHostDescription } from "../host_options.ts";
import { inspectorFor } from "../inspect_host.ts";
import { readForeignImports } from "../validate/module_graph.ts";
import { listFiles, type PluginFiles } from "./plugin_files.ts";
import type { PluginVersion } from "./plugin_diff.ts";
import { readPackage } from "./read_package.ts";

/** The plugins of one source. */
export interface SourcePlugins {
  readonly plugins: ReadonlyMap<string, ReadPlugin>;
  readonly surroundings: Surroundings;
  readonly dataDirectory: string | undefined;
}

/**
 * Reads the manifests of a source. Runs no plugin code.
 *
 * @throws {PluginError} when one cannot be used: nothing can be said of it.
 */
export async function readPlugins(
  run: CommandRun,
  source: string,
  flags: HostFlags,
): Promise<SourcePlugins> {
  const host = await readHostDescription([source], {
    ...flags,
    switches: false,
  }, run.importModule);
  const { inspection } = await inspectorFor(host).report();
  const plugins = new Map<string, ReadPlugin>();
  for (const found of inspection.found) {
    if (!found.ok) {
      const [problem] = found.problems;
      throw new PluginError(problem?.message ?? "Cannot read a plugin", {
        code: problem?.code ?? "PLUGIN_SOURCE_UNREADABLE",
        remedy: problem?.remedy ?? "Correct its manifest",
        problems: found.problems,
      });
    }
    // Of plugins with one id, a host loads the first.
    const { id } = found.manifest;
    if (!plugins.has(id)) plugins.set(id, found);
  }
  if (plugins.size === 0) {
    throw new UsageError(
      `There is no plugin in ${quote(shownSource(source))}`,
      "Name the directory of a plugin, or one above it",
    );
  }
  return {
    plugins,
    surroundings: inspection.snapshot.surroundings,
    dataDirectory: host.settings.dataDirectory,
  };
}

/** A plugin with its files, which only a comparison needs. */
export interface ReadVersion {
  readonly version: PluginVersion;
  readonly files: PluginFiles | undefined;
}

/** Resolves what a plugin declares, and finds the hazards in it. */
export function describePermissions(
  { manifest, npmDirectories }: ReadPlugin,
  { surroundings, dataDirectory }: Omit<SourcePlugins, "plugins">,
  { id, directory }: {
    readonly id: string;
    readonly directory: string | undefined;
  },
): Pick<PluginVersion, "declared" | "hazards"> {
  const base = {
    directory,
    dataDirectory: dataDirectoryOf({ dataDirectory }, id),
    npmDirectories,
  };
  const declared = {
    required: resolveDeclaration(manifest.permissions, base),
    optional: resolveDeclaration(manifest.optionalPermissions, base),
  };
  const { homeDirectory, denoDirectory } = surroundings;
  return {
    declared,
    hazards: permissionHazards(union(declared.required, declared.optional), {
      ownDirectory: directory,
      dataDirectory: base.dataDirectory,
      homeDirectory,
      denoDirectory,
    }),
  };
}

/**
 * Reads the rest of a plugin.
 *
 * @param directory The directory for relative paths. Both versions have the same
 * one: they replace each other in one place.
 */
export async function readVersion(
  run: CommandRun,
  plugin: ReadPlugin,
  all: SourcePlugins,
  place: {
    readonly id: string;
    readonly directory: string | undefined;
  },
): Promise<ReadVersion> {
  const { manifest, source } = plugin;
  const own = plugin.directory;
  const { files, imports } = own === undefined
    ? await readPackage(plugin, run.importModule)
    : {
      files: await listFiles(own),
      imports: (await readForeignImports([plugin], run.signal))?.[manifest.id],
    };
  const described = describePermissions(plugin, all, place);
  return { files, version: { source, manifest, imports, ...described } };
}
