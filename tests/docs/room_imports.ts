/** Reads which room of `src/` imports which, out of the modules themselves. */

const ROOT = new URL("../../", import.meta.url);

// Static, re-exporting and dynamic imports alike; not what a comment shows, as
// examples import by the package's name.
const IMPORT_REGEXP = /\b(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+\.ts)"/g;

/** Who imports whom, by name. */
export type Imports = ReadonlyMap<string, ReadonlySet<string>>;

async function modulesIn(folder: URL): Promise<readonly URL[]> {
  const found: URL[] = [];
  for await (const { isDirectory, name } of Deno.readDir(folder)) {
    if (isDirectory) {
      found.push(...await modulesIn(new URL(`${name}/`, folder)));
    } else if (name.endsWith(".ts")) {
      found.push(new URL(name, folder));
    }
  }
  return found;
}

/** The room of a module: the folder of `src/`, or the entry itself. */
function roomOf(url: URL): string {
  const [first = "", second = "", ...rest] = url.href
    .slice(ROOT.href.length).split("/");
  if (first !== "src") return first;
  return rest.length > 0 ? second : "src";
}

/**
 * Reads the imports between rooms and entries.
 *
 * @returns What each room imports, itself left out.
 */
export async function readRoomImports(): Promise<Imports> {
  const config = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const entries = Object.values<string>(config.exports)
    .filter((path) => path.endsWith(".ts"))
    .map((path) => new URL(path, ROOT));
  const imports = new Map<string, Set<string>>();
  for (const url of [...await modulesIn(new URL("src/", ROOT)), ...entries]) {
    const room = roomOf(url);
    const imported = imports.get(room) ?? new Set();
    imports.set(room, imported);
    const text = await Deno.readTextFile(url);
    for (const [, specifier = ""] of text.matchAll(IMPORT_REGEXP)) {
      const other = roomOf(new URL(specifier, url));
      if (other !== room) imported.add(other);
    }
  }
  return imports;
}

/**
 * What a room reaches.
 *
 * @param imports Who imports whom.
 * @param from The room.
 * @returns Every room it reaches; itself only where there is a cycle.
 */
export function reachedFrom(
  imports: Imports,
  from: string,
): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...imports.get(from) ?? []];
  for (let room = open.pop(); room !== undefined; room = open.pop()) {
    if (reached.has(room)) continue;
    reached.add(room);
    open.push(...imports.get(room) ?? []);
  }
  return reached;
}

/**
 * Leaves out what is reached by more than one import as well.
 *
 * @param imports Who imports whom, without cycles.
 * @returns The imports that are left, as `from --> to`, sorted.
 */
export function essentialImports(imports: Imports): readonly string[] {
  return [...imports].flatMap(([from, direct]) => {
    const indirect = new Set(
      [...direct].flatMap((room) => [...reachedFrom(imports, room)]),
    );
    return [...direct].filter((room) => !indirect.has(room))
      .map((to) => `${from} --> ${to}`);
  }).sort();
}
