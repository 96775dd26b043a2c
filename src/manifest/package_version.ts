import { isRecord } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import { manifestProblem, unreadable } from "./found_plugin.ts";
import type { FoundPlugin, ReadPlugin } from "./manifest.ts";
import type { SourceSystem } from "./source_system.ts";

const PACKAGE_REGEXP = /^(jsr|npm):\/?((?:@[^/@]+\/)?[^/@]+)(?:@[^/]+)?(.*)$/;

/** A package as Deno chose it: its version, and the URL that its modules begin with. */
interface Chosen {
  readonly version: string;
  readonly base: string;
}

/** Reads the `package.json` above a module: Deno lets every program import it. */
async function chosenFromNpm(
  name: string,
  module: URL,
  system: SourceSystem,
): Promise<Chosen | undefined> {
  // In node_modules the folder is the package; in Deno's cache, the one in it.
  const within = `/${name}/`;
  let directory = new URL("./", module);
  while (directory.pathname.includes(within)) {
    try {
      const found = await system.importJson(`${directory.href}package.json`);
      // A package may have others, e.g. to declare modules in a folder.
      if (isRecord(found) && found.name === name) {
        const { version } = found;
        return typeof version === "string"
          ? { version, base: directory.href }
          : undefined;
      }
    } catch {
      // This folder has none.
    }
    directory = new URL("../", directory);
  }
  return undefined;
}

/** Finds what Deno chose for a package whose manifest it imported. */
async function findChosen(
  name: string,
  manifest: string,
  system: SourceSystem,
): Promise<Chosen | undefined> {
  const module = URL.parse(system.resolve(manifest) ?? "");
  if (module?.protocol === "file:") {
    return await chosenFromNpm(name, module, system);
  }
  const [start, inside = ""] = module?.href.split(`/${name}/`) ?? [];
  const [version] = /^[^/]+(?=\/)/.exec(inside) ?? [];
  return version === undefined
    ? undefined
    : { version, base: `${start}/${name}/${version}/` };
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
  const chosen = await findChosen(name, manifest, system);
  if (chosen === undefined) return plugin;
  const exact = `${scheme}:${name}@${chosen.version}`;
  if (withoutBuild(version) !== withoutBuild(chosen.version)) {
    const problem = manifestProblem(
      "version",
      `The version ${quote(version)} is not that of the package, ${
        quote(exact)
      }`,
      "Publish the package with the same version in its plugin.json",
    );
    return unreadable(source, [problem], id);
  }
  const resolved = { specifier: `${exact}${key}`, base: chosen.base };
  return { ...plugin, code: { ...code, resolved } };
}
