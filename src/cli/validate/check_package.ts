/** Checks a plugin's directory as a package, before it is published for good. */

import {
  isRecord,
  type PluginErrorCode,
  type Problem,
} from "../../base/errors.ts";
import { isAbsolutePath, MANIFEST_FILE, toFileHref } from "../../base/path.ts";
import { quote } from "../../base/text.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import { declaredPaths } from "../../permissions/normalize_permissions.ts";
import {
  type PackageConfiguration,
  readConfiguration,
  readIfGranted,
} from "./configuration.ts";
import { ownModules, readModuleGraph } from "./module_graph.ts";
import { leavingOut } from "./packing_rules.ts";
import { type Findings, mergeFindings } from "./plugin_check.ts";

/** Export keys and what they name; `undefined` if every file is exported. */
type Exports = ReadonlyMap<string, unknown> | undefined;

const MANIFEST_KEY = `./${MANIFEST_FILE}`;
const FILE_REGEXP =
  /\bnew URL\(\s*(["'`])(\.{1,2}\/[^"'`$]+)\1\s*,\s*import\.meta\.url\s*\)|\bimport\.meta\.resolve\(\s*(["'`])(\.{1,2}\/[^"'`$]+)\3\s*\)/g;

function problem(
  message: string,
  remedy: string,
  path?: string,
  code: PluginErrorCode = "PLUGIN_MANIFEST_INVALID",
): Problem {
  return path === undefined
    ? { code, message, remedy }
    : { code, message, remedy, path };
}

function exportsOf({ fields, registry }: PackageConfiguration): Exports {
  const { exports } = fields;
  if (typeof exports === "string") return new Map([[".", exports]]);
  if (!isRecord(exports)) {
    return registry === "npm" ? undefined : new Map();
  }
  const entries = Object.entries(exports);
  // Conditions instead of keys.
  return entries.every(([key]) => !key.startsWith("."))
    ? new Map([[".", exports]])
    : new Map(entries);
}

function hasKey(exports: Exports, key: string): boolean {
  if (exports === undefined || exports.has(key)) return true;
  return exports.keys().some((pattern) => {
    const [start = "", end] = pattern.split("*");
    return end !== undefined && key.startsWith(start) && key.endsWith(end);
  });
}

function keyOf(entry = "."): string {
  const inside = entry.replace(/^\.\/?/, "");
  return inside === "" ? "." : `./${inside}`;
}

function exportProblems(
  { manifest: { entry } }: ReadPlugin,
  configuration: PackageConfiguration,
): readonly Problem[] {
  const { file, name } = configuration;
  const exports = exportsOf(configuration);
  const problems: Problem[] = [];
  const add = (key: string, target = key) =>
    `Add ${quote(key)}: ${quote(target)} to exports in ${file}`;
  if (!hasKey(exports, MANIFEST_KEY)) {
    problems.push(problem(
      `The package ${quote(name)} does not export ${
        quote(MANIFEST_KEY)
      }, so no host can read its manifest`,
      add(MANIFEST_KEY),
      undefined,
      "PLUGIN_SOURCE_UNREADABLE",
    ));
  }
  const key = keyOf(entry);
  if (hasKey(exports, key)) return problems;
  const message = key === "."
    ? `The package ${
      quote(name)
    } does not export ".", the module that hosts load`
    : `The entry ${quote(entry ?? "")} is a path, and the package ${
      quote(name)
    } does not export it: a host of the package needs an export key`;
  return [
    ...problems,
    problem(message, add(key, key === "." ? "./mod.ts" : key), "entry"),
  ];
}

/** Notes another module than the one that a host of the directory loads. */
function moduleNotes(
  { code, manifest }: ReadPlugin,
  directory: string,
  configuration: PackageConfiguration,
): readonly string[] {
  const key = keyOf(manifest.entry);
  const target = exportsOf(configuration)?.get(key);
  if (typeof target !== "string" || code.kind !== "module") return [];
  const base = `${toFileHref(directory)}/`;
  if (URL.parse(target, base)?.href === code.specifier) return [];
  return [
    `The package exports ${quote(target)} as ${
      quote(key)
    }, and a host that names this directory loads ${
      quote(code.specifier.slice(base.length))
    }`,
  ];
}

function pathProblems(
  { manifest }: ReadPlugin,
  { file, name, registry }: PackageConfiguration,
): readonly Problem[] {
  return (["permissions", "optionalPermissions"] as const).flatMap((field) =>
    declaredPaths(manifest[field])
      .filter((path) => !path.startsWith("$") && !isAbsolutePath(path))
      .map((path) =>
        problem(
          `The path ${quote(path)} is relative, and a host of the package ${
            quote(name)
          } has no directory to resolve it in`,
          "Import the file as a module, use $DATA, or take the path from the configuration; " +
            `if nobody publishes this directory, write ${
              registry === "jsr" ? '"publish": false' : '"private": true'
            } into ${file}`,
          field,
        )
      )
  );
}

function versionProblems(
  { manifest }: ReadPlugin,
  { fields: { version }, file }: PackageConfiguration,
): readonly Problem[] {
  const withoutBuild = (text: string) => text.replace(/\+.*/, "");
  return typeof version !== "string" ||
      withoutBuild(version) === withoutBuild(manifest.version)
    ? []
    : [problem(
      `The version ${quote(manifest.version)} is not the ${
        quote(version)
      } of ${file}: hosts refuse such a package`,
      `Write the same version into ${MANIFEST_FILE} and ${file}`,
      "version",
    )];
}

/** Lists the files that modules name relative to themselves. */
async function namedFiles(
  directory: string,
  modules: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const module of modules) {
    const text = await readIfGranted(`${directory}/${module}`) ?? "";
    for (const [, , named, , resolved] of text.matchAll(FILE_REGEXP)) {
      const url = URL.parse(
        (named ?? resolved ?? "").replace(/[?#].*/, ""),
        `file:///${encodeURI(module)}`,
      );
      const path = url === null
        ? ""
        : decodeURIComponent(url.pathname.slice(1));
      if (await readIfGranted(`${directory}/${path}`) !== undefined) {
        found.add(path);
      }
    }
  }
  return [...found];
}

async function packingProblems(
  { code }: ReadPlugin,
  directory: string,
  packages: readonly PackageConfiguration[],
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const graph = code.kind === "module"
    ? await readModuleGraph(code.specifier, signal)
    : undefined;
  const modules = graph === undefined ? [] : ownModules(graph, directory);
  const needed = new Set([
    MANIFEST_FILE,
    ...modules,
    ...await namedFiles(directory, modules),
  ]);
  const ignoreFiles = {
    gitignore: await readIfGranted(`${directory}/.gitignore`),
    npmignore: await readIfGranted(`${directory}/.npmignore`),
  };
  return packages.flatMap((configuration) =>
    [...needed].flatMap((path) => {
      const rule = leavingOut(configuration, ignoreFiles, path);
      return rule === undefined ? [] : [problem(
        `The plugin needs ${
          quote(path)
        }, and ${rule} leaves it out of the package`,
        `Let ${rule} include it`,
        undefined,
        "PLUGIN_IMPORT_FAILED",
      )];
    })
  );
}

/**
 * Checks a plugin in the directory of a package, as hosts of the package will
 * find it.
 *
 * @param inspectsModules False if Deno may not be run.
 */
export async function checkPackage(
  plugin: ReadPlugin,
  inspectsModules: boolean,
  signal: AbortSignal,
): Promise<Findings> {
  const { directory } = plugin;
  if (directory === undefined) return mergeFindings();
  const { packages } = await readConfiguration(directory);
  if (packages.length === 0) return mergeFindings();
  return {
    notes: packages.flatMap((one) => moduleNotes(plugin, directory, one)),
    problems: [
      ...packages.flatMap((one) => [
        ...exportProblems(plugin, one),
        ...pathProblems(plugin, one),
        ...versionProblems(plugin, one),
      ]),
      ...inspectsModules
        ? await packingProblems(plugin, directory, packages, signal)
        : [],
    ],
  };
}
