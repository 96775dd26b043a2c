const FILES = ["mod.ts", "plugin.ts", "testing.ts", "cli.ts"];
const FOLDERS = ["examples", "tests", "tools"];
const LEFT_OUT = ["tests/fixtures", "tests/hostile"];

/**
 * Lists the modules whose dependencies the tasks need: entry points,
 * examples, tests and tools.
 */
export async function listModules(root: string): Promise<string[]> {
  const found = (await entriesOf(root)).map(({ name }) => name)
    .filter((name) => FILES.includes(name));
  const queue = [...FOLDERS];
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    if (LEFT_OUT.includes(folder)) continue;
    for (const entry of await entriesOf(`${root}/${folder}`)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) queue.push(path);
      else if (/(?<!\.d)\.ts$/.test(entry.name)) found.push(path);
    }
  }
  return found.sort();
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
