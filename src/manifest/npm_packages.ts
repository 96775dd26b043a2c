/** Finds the directories in which Deno keeps the packages from npm that a manifest names. */

import { isRecord, loaderRemedy } from "../base/errors.ts";
import { fromFileUrl, toFileUrl, trimSeparators } from "../base/path.ts";
import { describeThrown, quote } from "../base/text.ts";
import { npmPackagesIn } from "../permissions/check_declaration.ts";
import { type FoundPlugin, manifestProblem, unreadable } from "./manifest.ts";
import { readNpmPackage } from "./source.ts";
import type { SourceSystem } from "./source_system.ts";

function directoryOf(base: string): string {
  return trimSeparators(fromFileUrl(new URL(base)));
}

/** Lists those that Deno installed: the others are for other systems. */
async function optionalDirectories(
  manifest: Readonly<Record<string, unknown>>,
  file: string,
  system: SourceSystem,
): Promise<readonly string[]> {
  const { optionalDependencies } = manifest;
  if (!isRecord(optionalDependencies)) return [];
  const found: string[] = [];
  for (const name of Object.keys(optionalDependencies)) {
    // A package may hide one of the two.
    const path = await system.resolveFrom(file, `${name}/package.json`) ??
      await system.resolveFrom(file, name);
    const module = path === undefined ? undefined : toFileUrl(path);
    const own = module && await readNpmPackage(name, module, system);
    if (own !== undefined) found.push(directoryOf(own.base));
  }
  return found;
}

/**
 * Finds the directory of a package, and those of its optional dependencies, which
 * hold native add-ons for this system.
 */
async function findDirectories(
  specifier: string,
  system: SourceSystem,
): Promise<readonly string[]> {
  const name = specifier.replace(/^npm:/, "").replace(/(?!^)@.*$/, "");
  const locate = () =>
    [`${specifier}/package.json`, specifier].map((one) => system.resolve(one))
      .find((one) => one?.startsWith("file:"));
  let module = locate();
  if (module === undefined) {
    let reason: unknown;
    try {
      // Deno installs a package for any import, and this one runs no code.
      await system.importJson(`${specifier}/package.json`);
    } catch (thrown) {
      reason = thrown;
    }
    module = locate();
    // A package may hide its package.json, and is installed all the same.
    if (module === undefined) throw reason ?? new Error("It exports nothing");
  }
  const found = await readNpmPackage(name, new URL(module), system);
  if (found === undefined) throw new Error("Its package.json was not found");
  const file = `${found.base}package.json`;
  return [
    directoryOf(found.base),
    ...await optionalDirectories(found.manifest, file, system),
  ];
}

/**
 * Adds the directories of the packages that a manifest names by `$NPM`. One that
 * cannot be had refuses the plugin, unless only optional permissions name it.
 */
export async function withNpmDirectories(
  plugin: FoundPlugin,
  system: SourceSystem,
): Promise<FoundPlugin> {
  if (!plugin.ok || plugin.npmDirectories !== undefined) return plugin;
  const { permissions, optionalPermissions, id } = plugin.manifest;
  const required = npmPackagesIn(permissions);
  const names = new Set([...required, ...npmPackagesIn(optionalPermissions)]);
  if (names.size === 0) return plugin;
  const directories: Record<string, readonly string[]> = {};
  for (const name of names) {
    const specifier = `npm:${name}`;
    try {
      directories[name] = await findDirectories(specifier, system);
    } catch (thrown) {
      directories[name] = [];
      if (!required.has(name)) continue;
      const reason = describeThrown(thrown);
      const problem = manifestProblem(
        "permissions",
        `The package ${quote(specifier)} cannot be found: ${reason}`,
        loaderRemedy(reason) ?? `Run deno cache ${specifier}`,
      );
      const code = "PLUGIN_SOURCE_UNREADABLE";
      return {
        ...unreadable(plugin.source, [{ ...problem, code }], id),
        origin: plugin.origin,
      };
    }
  }
  return { ...plugin, npmDirectories: Object.freeze(directories) };
}
