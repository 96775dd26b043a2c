/**
 * What is wrong with what the modules of a plugin import. Pure.
 *
 * @module
 */

import { isBuiltin } from "node:module";
import type { PluginErrorCode, Problem } from "../../base/errors.ts";
import { JSR_HOST } from "../../permissions/permission_remedy.ts";
import { toFileUrl } from "../../base/file_url.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import { covers, union } from "../../permissions/set_algebra.ts";
import { cut, quote } from "../../base/text.ts";
import type { GraphModule, ModuleGraph } from "./module_graph.ts";

/** What is known of the plugin whose modules are judged. */
export interface GraphFacts {
  /** Its directory, absolute and without symbolic links. */
  readonly directory: string;
  /** What its manifest declares, in normal form. */
  readonly declared: PermissionSet;
  /** What the plugin's own `deno.json` resolves names to. */
  readonly imports: Readonly<Record<string, string>>;
  /** What a `deno.json` above the plugin's directory resolves names to. */
  readonly outerImports: Readonly<Record<string, string>>;
}

/** What was found about the modules of a plugin. */
export interface GraphFindings {
  /** What is wrong. */
  readonly problems: readonly Problem[];
  /** What is worth knowing. */
  readonly notes: readonly string[];
}

type Dependency = GraphModule["dependencies"][number];

/** An import, and where it stands. */
interface Import {
  readonly dependency: Dependency;
  readonly module: GraphModule;
}

const SCHEME_REGEXP = /^[a-z][a-z0-9+.-]*:/i;
const RELATIVE_REGEXP = /^(?:\.{0,2}\/|\.{1,2}$)/;

function problem(
  code: PluginErrorCode,
  message: string,
  remedy: string,
): Problem {
  return Object.freeze({ code, message, remedy });
}

/** The modules that run: an import of types alone leads to none. */
function reached(graph: ModuleGraph): readonly GraphModule[] {
  const modules = new Map(graph.modules.map((one) => [one.specifier, one]));
  const names = new Set(graph.roots);
  const found: GraphModule[] = [];
  for (const name of names) {
    const module = modules.get(graph.redirects[name] ?? name);
    if (module === undefined) continue;
    found.push(module);
    for (const { code } of module.dependencies) {
      if (code?.specifier !== undefined) names.add(code.specifier);
    }
  }
  return found;
}

function nameOf(specifier: string, base: string): string {
  return specifier.startsWith(base)
    ? decodeURI(specifier.slice(base.length))
    : specifier;
}

function placeOf({ dependency, module }: Import, base: string): string {
  const line = dependency.code?.span?.start.line;
  const at = line === undefined ? "" : `, line ${line + 1}`;
  return `${quote(nameOf(module.specifier, base))}${at}`;
}

function resolvedBy(
  imports: Readonly<Record<string, string>>,
  specifier: string,
): string | undefined {
  if (Object.hasOwn(imports, specifier)) return imports[specifier];
  const prefix = Object.keys(imports)
    .filter((key) => key.endsWith("/") && specifier.startsWith(key))
    .sort((one, other) => other.length - one.length)[0];
  return prefix === undefined
    ? undefined
    : `${imports[prefix]}${specifier.slice(prefix.length)}`;
}

function unresolved(
  one: Import,
  error: string,
  base: string,
  { imports, outerImports }: GraphFacts,
): Problem | string | undefined {
  const { specifier } = one.dependency;
  // Deno resolves it when the module is imported, and not when it is looked at.
  if (isBuiltin(specifier)) return undefined;
  const where = `The import ${quote(specifier)} in ${placeOf(one, base)}`;
  if (SCHEME_REGEXP.test(specifier) || RELATIVE_REGEXP.test(specifier)) {
    return problem(
      "PLUGIN_IMPORT_FAILED",
      `${where} cannot be resolved: ${cut(error, 300)}`,
      "Correct the specifier",
    );
  }
  const target = resolvedBy(imports, specifier);
  if (
    target === undefined && resolvedBy(outerImports, specifier) !== undefined
  ) {
    return `${where} resolves by a deno.json above the plugin's directory: ` +
      "a host that does not run by it cannot load the plugin";
  }
  return target === undefined
    ? problem(
      "PLUGIN_IMPORT_FAILED",
      `${where} is no full specifier, and a host has nothing to resolve it by`,
      "Write the full specifier, e.g. npm:zod@^4.0.0 or jsr:@std/fmt@^1.0.0",
    )
    : problem(
      "PLUGIN_IMPORT_FAILED",
      `${where} resolves only beside the plugin's own deno.json or package.json, which no host reads`,
      `Write ${quote(target)} instead`,
    );
}

/** The host that a module is imported from, or `undefined` for none. */
function hostOf(url: URL): string | undefined {
  if (url.protocol === "http:") return `${url.hostname}:${url.port || "80"}`;
  if (url.protocol === "https:") return `${url.hostname}:${url.port || "443"}`;
  return undefined;
}

/**
 * Lists the hosts that modules are imported from.
 *
 * @param graph The modules.
 * @returns The hosts, each once.
 */
export function hostsOfGraph(graph: ModuleGraph): readonly string[] {
  const targets = reached(graph).flatMap(({ dependencies }) =>
    dependencies.flatMap(({ code }) => code?.specifier ?? [])
  );
  // Deno asks for the host that redirects as well.
  const urls = [
    ...targets,
    ...targets.flatMap((one) => graph.redirects[one] ?? []),
  ];
  return [
    ...new Set(urls.flatMap((target) => {
      const url = URL.parse(target);
      return url === null ? [] : hostOf(url) ?? [];
    })),
  ];
}

function undeclaredHost(
  one: Import,
  host: string,
  base: string,
  { declared }: GraphFacts,
): Problem | undefined {
  // The host of this package is in every flag that is computed.
  const granted = union(declared, { import: [JSR_HOST] });
  if (covers(granted, { import: [host] })) return undefined;
  const isDefault = covers({ import: DEFAULT_IMPORT_HOSTS }, {
    import: [host],
  });
  return problem(
    "PLUGIN_PERMISSION_MISSING",
    `The import ${quote(one.dependency.specifier)} in ${
      placeOf(one, base)
    } needs import to ${quote(host)}, which the manifest does not declare`,
    `Add ${quote(host)} to permissions.import` +
      (isDefault
        ? ": Deno permits it by itself only while no plugin imports from other hosts"
        : ""),
  );
}

function judge(
  one: Import,
  graph: ModuleGraph,
  base: string,
  facts: GraphFacts,
): Problem | string | undefined {
  const { code } = one.dependency;
  if (code === undefined) return undefined;
  if (code.error !== undefined) {
    return unresolved(one, code.error, base, facts);
  }
  const target = code.specifier ?? "";
  const url = URL.parse(graph.redirects[target] ?? target);
  if (url === null) return undefined;
  const host = hostOf(url);
  if (host !== undefined) return undeclaredHost(one, host, base, facts);
  if (url.protocol !== "file:" || url.href.startsWith(base)) return undefined;
  return problem(
    "PLUGIN_IMPORT_FAILED",
    `The import ${quote(one.dependency.specifier)} in ${
      placeOf(one, base)
    } leaves the plugin's directory`,
    "Put the module into the plugin's directory, or import it from a package",
  );
}

// Deno ends some messages with the module's URL, which says nothing new.
function withoutPlace(line: string): string {
  const at = line.lastIndexOf("file://");
  return at === -1 || /\s/.test(line.slice(at))
    ? line
    : line.slice(0, at).trimEnd().replace(/"$/, "").trimEnd();
}

function failedModule(
  { specifier, error }: GraphModule,
  base: string,
): Problem | undefined {
  // What is on servers was not asked for.
  if (error === undefined || !specifier.startsWith(base)) return undefined;
  const [line = ""] = error.split("\n");
  return problem(
    "PLUGIN_IMPORT_FAILED",
    `The module ${quote(nameOf(specifier, base))} cannot be read: ${
      cut(withoutPlace(line), 300)
    }`,
    "Correct the module, or what imports it",
  );
}

/**
 * Lists the modules of a plugin that run.
 *
 * @param graph The modules.
 * @param directory The directory of the plugin.
 * @returns Their paths from there.
 */
export function ownModules(
  graph: ModuleGraph,
  directory: string,
): readonly string[] {
  const base = `${toFileUrl(directory).href}/`;
  return reached(graph).filter(({ error, specifier }) =>
    error === undefined && specifier.startsWith(base)
  ).map(({ specifier }) =>
    decodeURIComponent(specifier.slice(base.length).replace(/[?#].*$/, ""))
  );
}

/**
 * Says what is wrong with what the modules of a plugin import: names that only
 * the plugin's own `deno.json` resolves, files out of its directory, servers that
 * it does not declare, modules that are not there or are no code.
 *
 * What is imported by a name that is computed is not seen.
 *
 * @param graph The modules.
 * @param facts What is known of the plugin.
 * @returns What was found, in the order of the modules.
 */
export function judgeGraph(
  graph: ModuleGraph,
  facts: GraphFacts,
): GraphFindings {
  const base = `${toFileUrl(facts.directory).href}/`;
  const found = reached(graph).flatMap((module) => [
    failedModule(module, base),
    ...module.specifier.startsWith(base)
      ? module.dependencies.map((dependency) =>
        judge({ dependency, module }, graph, base, facts)
      )
      : [],
  ]);
  return {
    problems: found.filter((one) => typeof one === "object"),
    notes: found.filter((one) => typeof one === "string"),
  };
}
