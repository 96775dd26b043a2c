import { isRecord } from "../base/argument.ts";
import { quote } from "../base/text.ts";
import { manifestProblem, unreadable } from "./found_plugin.ts";
import type { FoundPlugin, ReadPlugin } from "./manifest.ts";
import type { SourceSystem } from "./source_system.ts";

const PACKAGE_REGEXP = /^(jsr|npm):\/?((?:@[^/@]+\/)?[^/@]+)(?:@[^/]+)?(.*)$/;

/** Reads the `package.json` above a module: Deno lets every program import it. */
async function npmVersion(
  name: string,
  module: URL,
  system: SourceSystem,
): Promise<string | undefined> {
  // In node_modules the folder is the package; in Deno's cache, the one in it.
  const within = `/${name}/`;
  let directory = new URL("./", module);
  while (directory.pathname.includes(within)) {
    try {
      const found = await system.importJson(`${directory.href}package.json`);
      // A package may have others, e.g. to declare modules in a folder.
      if (isRecord(found) && found.name === name) {
        return typeof found.version === "string" ? found.version : undefined;
      }
    } catch {
      // This folder has none.
    }
    directory = new URL("../", directory);
  }
  return undefined;
}

/** Finds the version that Deno chose for a package whose manifest it imported. */
async function chosenVersion(
  name: string,
  manifest: string,
  system: SourceSystem,
): Promise<string | undefined> {
  const module = URL.parse(system.resolve(manifest) ?? "");
  if (module?.protocol === "file:") {
    return await npmVersion(name, module, system);
  }
  const [, inside = ""] = module?.pathname.split(`/${name}/`) ?? [];
  return /^[^/]+(?=\/)/.exec(inside)?.[0];
}

// npm and JSR ignore it when they compare versions.
function withoutBuild(version: string): string {
  return version.replace(/\+.*/, "");
}

/**
 * Adds the version that Deno chose to a plugin from a package. A manifest with
 * another version describes another package: it is a problem. Without a version,
 * e.g. of a workspace member, the plugin stays as it is.
 *
 * @param manifest The specifier that its manifest was imported by.
 */
export async function withPackageVersion(
  plugin: ReadPlugin,
  manifest: string,
  system: SourceSystem,
): Promise<FoundPlugin> {
  const { code, source, manifest: { id, version } } = plugin;
  if (code.kind === "object") return plugin;
  const [, scheme, name = "", key = ""] = PACKAGE_REGEXP.exec(code.specifier) ??
    [];
  const chosen = await chosenVersion(name, manifest, system);
  if (chosen === undefined) return plugin;
  const resolved = `${scheme}:${name}@${chosen}`;
  if (withoutBuild(version) !== withoutBuild(chosen)) {
    const problem = manifestProblem(
      "version",
      `The version ${quote(version)} is not that of the package, ${
        quote(resolved)
      }`,
      "Publish the package with the same version in its plugin.json",
    );
    return unreadable(source, [problem], id);
  }
  return { ...plugin, code: { ...code, resolved: `${resolved}${key}` } };
}
