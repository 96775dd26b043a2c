import { isBuiltin } from "node:module";
import { z } from "zod";
import { toFileUrl } from "../../base/path.ts";
import type { FoundPlugin, ReadPlugin } from "../../manifest/manifest.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import {
  covers,
  withoutDefaultImports,
} from "../../permissions/set_algebra.ts";
import type { CommandRun } from "../command_run.ts";
import { mayInspectModules, runDenoOffline } from "./deno_program.ts";

const resolution = z.object({
  specifier: z.string().optional(),
  error: z.string().optional(),
  // From 0.
  span: z.object({
    start: z.object({ line: z.number(), character: z.number() }),
  }).optional(),
});

const graphSchema = z.object({
  roots: z.array(z.string()),
  redirects: z.record(z.string(), z.string()).default({}),
  modules: z.array(z.object({
    specifier: z.string(),
    error: z.string().optional(),
    dependencies: z.array(z.object({
      specifier: z.string(),
      // Absent if only types are imported.
      code: resolution.optional(),
    })).default([]),
  })),
});

/** The modules of a plugin and their imports, as `deno info` prints them. */
export type ModuleGraph = z.infer<typeof graphSchema>;
export type GraphModule = ModuleGraph["modules"][number];
export type Dependency = GraphModule["dependencies"][number];

/**
 * Reads the modules that a `file:` URL imports. Fetches nothing, and ignores
 * configuration files because a host elsewhere ignores the plugin's as well.
 */
export async function readModuleGraph(
  entry: string,
  signal: AbortSignal,
): Promise<ModuleGraph | undefined> {
  const args = ["info", "--json", "--no-config", entry];
  const env = { DENO_NO_PACKAGE_JSON: "1" };
  const output = await runDenoOffline(args, signal, { env });
  if (output === undefined) return undefined;
  try {
    return graphSchema.safeParse(JSON.parse(output)).data;
  } catch {
    return undefined;
  }
}

/** Returns the modules that run: type imports are not followed. */
export function reachedModules(graph: ModuleGraph): readonly GraphModule[] {
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

/** Returns the modules that run in a directory, as paths relative to it. */
export function ownModules(
  graph: ModuleGraph,
  directory: string,
): readonly string[] {
  const base = `${toFileUrl(directory).href}/`;
  return reachedModules(graph).filter(({ error, specifier }) =>
    error === undefined && specifier.startsWith(base)
  ).map(({ specifier }) =>
    decodeURIComponent(specifier.slice(base.length).replace(/[?#].*$/, ""))
  );
}

const OWN_PACKAGE_REGEXP = /^jsr:@semantik\/plugins(?:@|\/|$)/;

/**
 * Lists the packages and remote modules that a plugin brings, as its modules
 * import them, without this package.
 */
function foreignImports(
  graph: ModuleGraph,
  directory: string,
): readonly string[] {
  const base = `${toFileUrl(directory).href}/`;
  const found = reachedModules(graph)
    .filter(({ specifier }) => specifier.startsWith(base))
    .flatMap(({ dependencies }) => dependencies)
    // Deno resolves no bare name without the configuration of the host.
    .flatMap(({ specifier, code }) =>
      code === undefined ? [] : code.specifier ?? specifier
    )
    .map((specifier) => specifier.replace(/^(jsr|npm):\//, "$1:"))
    .filter((specifier) =>
      !/^(?:file|node|data|blob):|^\.{0,2}\//.test(specifier) &&
      !isBuiltin(specifier) && !OWN_PACKAGE_REGEXP.test(specifier)
    );
  return [...new Set(found)].sort();
}

async function readBrought(
  plugin: FoundPlugin,
  signal: AbortSignal,
): Promise<readonly (readonly [string, readonly string[]])[]> {
  if (!plugin.ok || plugin.code.kind === "object") return [];
  const { code, directory, manifest: { id } } = plugin;
  if (directory === undefined) {
    return [[id, [code.resolved?.specifier ?? code.specifier]]];
  }
  const graph = await readModuleGraph(code.specifier, signal);
  return graph === undefined ? [] : [[id, foreignImports(graph, directory)]];
}

/** Lists what each plugin brings, by id; `undefined` if Deno may not be run. */
export async function readForeignImports(
  plugins: readonly FoundPlugin[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, readonly string[]>> | undefined> {
  if (!mayInspectModules()) return undefined;
  const width = navigator.hardwareConcurrency;
  const found: (readonly [string, readonly string[]])[] = [];
  for (let at = 0; at < plugins.length; at += width) {
    const some = plugins.slice(at, at + width);
    const read = await Promise.all(some.map((one) => readBrought(one, signal)));
    found.push(...read.flat());
  }
  // Of plugins with one id, the first one counts.
  return Object.fromEntries(found.reverse());
}

export function importHost({ protocol, hostname, port }: URL) {
  if (protocol === "http:") return `${hostname}:${port || "80"}`;
  if (protocol === "https:") return `${hostname}:${port || "443"}`;
  return undefined;
}

/** Tests if Deno imports from a host without a flag. */
export function isDefaultImportHost(host: string): boolean {
  return covers({ import: DEFAULT_IMPORT_HOSTS }, { import: [host] });
}

function importHosts(graph: ModuleGraph): readonly string[] {
  const targets = reachedModules(graph).flatMap(({ dependencies }) =>
    dependencies.flatMap(({ code }) => code?.specifier ?? [])
  );
  // Deno also needs permission for the host that redirects.
  const redirected = targets.flatMap((one) => graph.redirects[one] ?? []);
  return [...targets, ...redirected].flatMap((target) => {
    const url = URL.parse(target);
    return url === null ? [] : importHost(url) ?? [];
  });
}

/**
 * Finds the hosts that plugins import from without a flag and that a computed
 * `--allow-import` would block.
 */
export async function findDefaultImportHosts(
  run: CommandRun,
  plugins: readonly ReadPlugin[],
  declared: PermissionSet,
): Promise<readonly string[]> {
  const { import: hosts } = withoutDefaultImports(declared);
  const entries = plugins.flatMap(({ code, directory }) =>
    code.kind === "module" && directory !== undefined ? [code.specifier] : []
  );
  if (hosts === undefined || hosts === true || entries.length === 0) return [];
  if (!mayInspectModules()) {
    run.note(
      "--allow-import blocks the hosts that Deno imports from by default. Whether plugins use them " +
        "was not checked: that needs --allow-run=deno and --allow-read",
    );
    return [];
  }
  const found = new Set<string>();
  for (const entry of entries) {
    const graph = await readModuleGraph(entry, run.signal);
    for (const host of graph === undefined ? [] : importHosts(graph)) {
      if (isDefaultImportHost(host)) found.add(host);
    }
  }
  return [...found].sort();
}
