/** Checks the rooms and the files that docs/architecture.md names. */

import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const PAGE = await Deno.readTextFile(new URL("docs/architecture.md", ROOT));

async function pathsBelow(folder: string): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(new URL(folder, ROOT)));
  const found = await Promise.all(entries.map(({ isDirectory, name }) => {
    const path = `${folder}${name}`;
    return isDirectory ? pathsBelow(`${path}/`) : [path];
  }));
  return found.flat();
}

/** Names of files and folders in backticks: they end in a slash or an extension. */
function namedPaths(text: string): readonly string[] {
  return [...text.matchAll(/`([\w./*-]+(?:\/|\.(?:ts|json|md|yml)))`/g)]
    .map(([, path = ""]) => path);
}

/** Finds the files that a name means, by its end; `*` is a part of a name. */
function filesOf(path: string, files: readonly string[]): readonly string[] {
  const pattern = path.replaceAll(".", "\\.").replaceAll("*", "[^/]*");
  const whole = new RegExp(`(?:^|/)${pattern}${path.endsWith("/") ? "" : "$"}`);
  return files.filter((file) => whole.test(file));
}

Deno.test("docs/architecture.md describes every room", async () => {
  const [, rooms = ""] = PAGE.split("\n## Rooms\n");
  const [section = ""] = rooms.split("\n## ");
  const named = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  const folders = await Array.fromAsync(
    Deno.readDir(new URL("src/", ROOT)),
    ({ isDirectory, name }) => isDirectory ? [name] : [],
  );
  assertEquals(named.toSorted(), folders.flat().sort());
});

Deno.test("docs/architecture.md names files that exist", async () => {
  const folders = ["src/", "tests/", "tools/", "bench/", "examples/", "docs/"];
  const below = (await Promise.all(folders.map(pathsBelow))).flat();
  const top = await Array.fromAsync(Deno.readDir(ROOT), ({ name }) => name);
  // A plugin's own file, not the project's.
  const files = [...below, ...top, "plugin.json"];
  const named = namedPaths(PAGE);
  assert(named.length > 20);
  assertEquals(
    named.filter((path) => filesOf(path, files).length === 0),
    [],
  );
});
