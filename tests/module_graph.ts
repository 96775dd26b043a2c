/** Reads which of the project's modules imports which. */

const ROOT = new URL("../", import.meta.url);

const STATEMENT_REGEXP =
  /^(?:import|export)\s+(type\s+)?(?:([^;"']*?)\s+from\s+)?"([^"]+)"/gm;
const DYNAMIC_REGEXP = /\bimport\(\s*"([^"]+)"\s*,?\s*\)/g;

export interface Import {
  /** A path from the project's folder, or the specifier of another project. */
  readonly to: string;
  readonly kind: "code" | "type" | "dynamic";
}

/** The imports of each module, by its path from the project's folder. */
export type ModuleGraph = ReadonlyMap<string, readonly Import[]>;

function isTypesOnly(names: string | undefined): boolean {
  const [, list] = /^\{([^]*)\}$/.exec(names?.trim() ?? "") ?? [];
  return list !== undefined &&
    list.split(",").every((name) =>
      name.trim() === "" || name.trim().startsWith("type ")
    );
}

/** Reads the imports of one module; a comment that shows an import has none. */
export function readImports(path: string, text: string): readonly Import[] {
  const code = text.replace(/^\s*\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
  const resolve = (specifier: string) =>
    specifier.startsWith(".")
      ? new URL(specifier, new URL(path, ROOT)).href.slice(ROOT.href.length)
      : specifier;
  const statements = [...code.matchAll(STATEMENT_REGEXP)].map((
    [, type, names, specifier = ""],
  ): Import => ({
    to: resolve(specifier),
    kind: type !== undefined || isTypesOnly(names) ? "type" : "code",
  }));
  const dynamic = [...code.matchAll(DYNAMIC_REGEXP)].map((
    [, specifier = ""],
  ): Import => ({ to: resolve(specifier), kind: "dynamic" }));
  return [...statements, ...dynamic];
}

async function* modulesIn(folder: string): AsyncGenerator<string> {
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))
  ) {
    if (isDirectory) yield* modulesIn(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield folder + name;
  }
}

/** Reads the modules of `src/` and the entry points beside it. */
export async function readModuleGraph(): Promise<ModuleGraph> {
  const paths = await Array.fromAsync(modulesIn("src/"));
  for await (const { name } of Deno.readDir(ROOT)) {
    if (name.endsWith(".ts")) paths.push(name);
  }
  return new Map(
    await Promise.all(
      paths.sort().map(async (path) =>
        [
          path,
          readImports(path, await Deno.readTextFile(new URL(path, ROOT))),
        ] as const
      ),
    ),
  );
}

/** The folder of `src/` that holds a module; an entry point is its own room. */
export function roomOf(path: string): string {
  const [top, room, ...rest] = path.split("/");
  if (top !== "src" || room === undefined) return path;
  return rest.length > 0 ? room : "src";
}

/** The imports between rooms, by name. */
export type Arrows = ReadonlyMap<string, ReadonlySet<string>>;

/** Collects the imports between rooms, those for a type alone included. */
export function arrowsBetweenRooms(graph: ModuleGraph): Arrows {
  const arrows = new Map<string, Set<string>>();
  for (const [path, imports] of graph) {
    const room = roomOf(path);
    const imported = arrows.get(room) ?? new Set();
    arrows.set(room, imported);
    for (const { to } of imports) {
      if (graph.has(to) && roomOf(to) !== room) imported.add(roomOf(to));
    }
  }
  return arrows;
}

/** Follows arrows from a room, which is in the result only if it is in a cycle. */
export function reachedFrom(
  arrows: Arrows,
  from: string,
): ReadonlySet<string> {
  const reached = new Set(arrows.get(from));
  for (const room of reached) {
    arrows.get(room)?.forEach((other) => reached.add(other));
  }
  return reached;
}

/** Lists the arrows that no other path replaces, as `from --> to`, sorted. */
export function essentialArrows(arrows: Arrows): readonly string[] {
  return [...arrows].flatMap(([from, direct]) => {
    const indirect = new Set(
      [...direct].flatMap((room) => [...reachedFrom(arrows, room)]),
    );
    return [...direct].filter((room) => !indirect.has(room))
      .map((to) => `${from} --> ${to}`);
  }).sort();
}
