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

// Far below what a command line may hold.
const MAX_ENTRIES = 200;

/** Reads the graph of many entries at once, which takes hardly longer than one. */
async function readSharedGraph(
  entries: readonly string[],
  signal: AbortSignal,
): Promise<ModuleGraph | undefined> {
  const text = entries.map((one) => `import(${JSON.stringify(one)});`).join("");
  const root = `data:text/javascript,${encodeURIComponent(text)}`;
  return await readModuleGraph(root, signal);
}

/** Returns the modules that run: type imports are not followed. */
export function reachedModules(
  graph: ModuleGraph,
  roots: readonly string[] = graph.roots,
): readonly GraphModule[] {
  const modules = new Map(graph.modules.map((one) => [one.specifier, one]));
  return reachedFrom(graph, modules, roots);
}

function reachedFrom(
  graph: ModuleGraph,
  modules: ReadonlyMap<string, GraphModule>,
  roots: readonly string[],
): readonly GraphModule[] {
  const names = new Set(roots);
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
  reached: readonly GraphModule[],
  directory: string,
): readonly string[] {
  const base = `${toFileUrl(directory).href}/`;
  const found = reached
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

type Brought = readonly [id: string, imports: readonly string[]];

async function readBrought(
  plugins: readonly FoundPlugin[],
  signal: AbortSignal,
): Promise<readonly Brought[]> {
  const found = plugins.flatMap((plugin) => {
    if (!plugin.ok || plugin.code.kind === "object") return [];
    const { code, directory, manifest: { id } } = plugin;
    return [{ id, code, directory }];
  });
  const entries = found.flatMap(({ code, directory }) =>
    directory === undefined ? [] : [code.specifier]
  );
  const graph = entries.length === 0
    ? undefined
    : await readSharedGraph(entries, signal);
  const modules = new Map(graph?.modules.map((one) => [one.specifier, one]));
  return found.flatMap(({ id, code, directory }): Brought[] => {
    const { specifier, resolved } = code;
    if (directory === undefined) {
      return [[id, [resolved?.specifier ?? specifier]]];
    }
    if (graph === undefined) return [];
    const reached = reachedFrom(graph, modules, [specifier]);
    return [[id, foreignImports(reached, directory)]];
  });
}

/** Lists what each plugin brings, by id; `undefined` if Deno may not be run. */
export async function readForeignImports(
  plugins: readonly FoundPlugin[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, readonly string[]>> | undefined> {
  if (!mayInspectModules()) return undefined;
  const found = new Map<string, readonly string[]>();
  for (let at = 0; at < plugins.length; at += MAX_ENTRIES) {
    const some = plugins.slice(at, at + MAX_ENTRIES);
    for (const [id, imports] of await readBrought(some, signal)) {
      // Of plugins with one id, the first one counts.
      if (!found.has(id)) found.set(id, imports);
    }
  }
  return Object.fromEntries(found);
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
