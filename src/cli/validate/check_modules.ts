import { isBuiltin } from "node:module";
import type { PluginErrorCode, Problem } from "../../base/errors.ts";
import { pathAndParents, toFileUrl } from "../../base/path.ts";
import type { LocatedProblem } from "../findings/finding.ts";
import { cut, onOneLine, quote } from "../../base/text.ts";
import {
  findOuterImports,
  type ImportMap,
  readConfiguration,
  readIfGranted,
  resolveBy,
} from "./configuration.ts";
import { jsrHost } from "../../permissions/permission_states.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import type { PermissionSet } from "../../permissions/permission_set.ts";
import { covers, union } from "../../permissions/set_algebra.ts";
import {
  type Dependency,
  type GraphModule,
  importHost,
  isDefaultImportHost,
  type ModuleGraph,
  ownModules,
  reachedModules,
  readModuleGraph,
} from "./module_graph.ts";
import { type Findings, mergeFindings } from "./plugin_check.ts";
import { runDenoOffline } from "./deno_program.ts";

/** The facts against which imports are checked. */
interface ImportFacts {
  readonly graph: ModuleGraph;
  /** The URL of the plugin's directory, with a slash at the end. */
  readonly base: string;
  /** The plugin's declared permissions, in normal form. */
  readonly declared: PermissionSet;
  /** The imports of the plugin's own `deno.json`. */
  readonly imports: ImportMap;
  /** True if publishing the plugin completes its imports. */
  readonly isPackage: boolean;
  /** The imports of a `deno.json` above the plugin's directory. */
  readonly outerImports: ImportMap;
}

/** An import and its place in the plugin, for messages. */
interface Import {
  readonly dependency: Dependency;
  /** E.g. `The import "zod" in "mod.ts", line 1`. */
  readonly label: string;
}

const CONFIGURATIONS = ["deno.json", "deno.jsonc", "tsconfig.json"] as const;
const COMPILED_REGEXP = /\.(?:[mc]?tsx?|jsx)$/i;
const SCHEME_REGEXP = /^[a-z][a-z0-9+.-]*:/i;
const MAX_ERROR = 600;
const PLACE_REGEXP = /file:\/\/\S+:(\d+):(\d+)$/;
const RELATIVE_REGEXP = /^(?:\.{0,2}\/|\.{1,2}$)/;

function problem(
  message: string,
  remedy: string,
  code: PluginErrorCode = "PLUGIN_IMPORT_FAILED",
): Problem {
  return Object.freeze({ code, message, remedy });
}

function nameOf(specifier: string, base: string): string {
  return specifier.startsWith(base)
    ? decodeURI(specifier.slice(base.length))
    : specifier;
}

function checkUnresolved(
  { dependency: { specifier }, label }: Import,
  error: string,
  { imports, isPackage, outerImports }: ImportFacts,
): Problem | string | undefined {
  // Deno resolves a built-in when it is imported, not when it is inspected.
  if (isBuiltin(specifier)) return undefined;
  if (SCHEME_REGEXP.test(specifier) || RELATIVE_REGEXP.test(specifier)) {
    return problem(
      `${label} cannot be resolved: ${cut(error, 300)}`,
      "Correct the specifier",
    );
  }
  const target = resolveBy(imports, specifier);
  if (target !== undefined && isPackage) {
    return `${label} resolves by the plugin's own deno.json or package.json: ` +
      "a host can load it as a package, but not from this directory";
  }
  if (target !== undefined) {
    return problem(
      `${label} resolves only by the plugin's own deno.json or package.json, which no host reads`,
      `Write ${quote(target)} instead`,
    );
  }
  return resolveBy(outerImports, specifier) === undefined
    ? problem(
      `${label} is not a full specifier, and no host can resolve it`,
      "Write the full specifier, e.g. npm:zod@^4.0.0 or jsr:@std/fmt@^1.0.0",
    )
    : `${label} resolves by a deno.json above the plugin's directory: ` +
      "a host with another configuration cannot load the plugin";
}

function checkHost(
  { label }: Import,
  host: string,
  { declared }: ImportFacts,
): Problem | undefined {
  // Every computed flag contains the host of this package.
  const granted = union(declared, { import: [jsrHost()] });
  if (covers(granted, { import: [host] })) return undefined;
  return problem(
    `${label} needs import to ${
      quote(host)
    }, which the manifest does not declare`,
    `Add ${quote(host)} to permissions.import` +
      (isDefaultImportHost(host)
        ? ": Deno allows it by default only while no plugin imports from other hosts"
        : ""),
    "PLUGIN_PERMISSION_MISSING",
  );
}

function checkImport(
  one: Import,
  facts: ImportFacts,
): Problem | string | undefined {
  const { code } = one.dependency;
  if (code === undefined) return undefined;
  if (code.error !== undefined) return checkUnresolved(one, code.error, facts);
  const target = code.specifier ?? "";
  const url = URL.parse(facts.graph.redirects[target] ?? target);
  if (url === null) return undefined;
  const host = importHost(url);
  if (host !== undefined) return checkHost(one, host, facts);
  return url.protocol !== "file:" || url.href.startsWith(facts.base)
    ? undefined
    : problem(
      `${one.label} leaves the plugin's directory`,
      "Move the module into the plugin's directory, or import it from a package",
    );
}

// Deno ends some messages with the module's URL, which the message already names.
function withoutUrl(text: string): string {
  const at = text.lastIndexOf("file://");
  return at === -1 || /\s/.test(text.slice(at))
    ? text
    : text.slice(0, at).replace(/(?:"|\n *at )? *$/, "").trimEnd();
}

function checkModule(
  { specifier, error, dependencies }: GraphModule,
  facts: ImportFacts,
): readonly (LocatedProblem | string | undefined)[] {
  // Remote modules were not fetched.
  if (!specifier.startsWith(facts.base)) return [];
  const file = nameOf(specifier, facts.base);
  const name = quote(file);
  if (error !== undefined) {
    const fault = onOneLine(withoutUrl(error), MAX_ERROR);
    const [, line, column] = PLACE_REGEXP.exec(error) ?? [];
    return [{
      ...problem(
        `The module ${name} cannot be read: ${fault}`,
        "Correct the module, or the import of it",
      ),
      place: line === undefined
        ? { file }
        : { file, line: Number(line), column: Number(column) },
    }];
  }
  return dependencies.map((dependency) => {
    const start = dependency.code?.span?.start;
    const at = start && { line: start.line + 1, column: start.character + 1 };
    const label = `The import ${quote(dependency.specifier)} in ${name}` +
      (at === undefined ? "" : `, line ${at.line}`);
    const found = checkImport({ dependency, label }, facts);
    return typeof found === "object"
      ? { ...found, place: { file, ...at } }
      : found;
  });
}

/** Finds the nearest configuration that has compiler options. */
async function findConfiguration(
  directory: string,
): Promise<{ readonly name: string; readonly isOwn: boolean } | undefined> {
  for (const parent of pathAndParents(directory)) {
    for (const name of CONFIGURATIONS) {
      const text = await readIfGranted(`${parent}/${name}`);
      if (text?.includes('"compilerOptions"')) {
        return { name, isOwn: parent === directory };
      }
    }
  }
  return undefined;
}

/**
 * Compiles modules with the plugin's own configuration and without it, as a host
 * does, and reports those that differ, e.g. by JSX or decorators.
 */
async function checkCompilation(
  directory: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Findings> {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const compiled = names.filter((name) => COMPILED_REGEXP.test(name));
  const configuration = compiled.length === 0
    ? undefined
    : await findConfiguration(directory);
  if (configuration === undefined) return { problems, notes };
  // "transpile" ignores --no-config and reads the configuration of its directory.
  const elsewhere = pathAndParents(directory).at(-1) ?? directory;
  for (const name of compiled) {
    const args = ["transpile", "--no-check", `${directory}/${name}`];
    const [own, foreign] = await Promise.all(
      [directory, elsewhere].map((cwd) =>
        runDenoOffline(args, signal, { cwd })
      ),
    );
    if (own === undefined || foreign === undefined || own === foreign) continue;
    const what = `The module ${quote(name)} compiles differently without`;
    if (configuration.isOwn) {
      problems.push({
        code: "PLUGIN_IMPORT_FAILED",
        message: `${what} the compilerOptions of the plugin's own ` +
          `${configuration.name}, which no host reads`,
        remedy:
          "Set the options in the module, e.g. /** @jsxImportSource npm:preact */, " +
          "and use standard decorators",
      });
    } else {
      notes.push(
        `${what} the compilerOptions of a ${configuration.name} above the ` +
          "plugin's directory: a host with another configuration runs other code",
      );
    }
  }
  return { problems, notes };
}

/**
 * Checks the static imports of a plugin in a directory and how its modules
 * compile, as a host would load them.
 */
export async function checkModules(
  { code, directory }: ReadPlugin,
  declared: PermissionSet,
  signal: AbortSignal,
): Promise<Findings> {
  const graph = code.kind === "module" && directory !== undefined
    ? await readModuleGraph(code.specifier, signal)
    : undefined;
  if (graph === undefined || directory === undefined) return mergeFindings();
  const own = await readConfiguration(directory);
  const facts: ImportFacts = {
    graph,
    base: `${toFileUrl(directory).href}/`,
    declared,
    imports: own.imports,
    isPackage: own.packages.length > 0,
    outerImports: await findOuterImports(directory),
  };
  const found = reachedModules(graph)
    .flatMap((module) => checkModule(module, facts));
  return mergeFindings(
    {
      problems: found.filter((one) => typeof one === "object"),
      notes: found.filter((one) => typeof one === "string"),
    },
    await checkCompilation(directory, ownModules(graph, directory), signal),
  );
}
