/** Holds docs/architecture.md and the rooms of src/ to each other. */

import { assert, assertEquals } from "@std/assert";
import {
  essentialImports,
  reachedFrom,
  readRoomImports,
} from "./room_imports.ts";

const ROOT = new URL("../../", import.meta.url);
const PAGE = await Deno.readTextFile(new URL("docs/architecture.md", ROOT));

Deno.test("The rooms of src/ import downward only", async () => {
  const imports = await readRoomImports();
  for (const room of imports.keys()) {
    const reached = reachedFrom(imports, room);
    assert(!reached.has(room), `${room} imports itself by way of others`);
  }
  assertEquals([...imports.get("base") ?? []], []);
  assertEquals(
    [...imports.get("secrets") ?? []].filter((room) => room !== "base"),
    [],
  );
  assertEquals([...imports.get("permissions") ?? []], ["base"]);
  // Nobody but their entries imports the rooms at the top.
  for (const room of ["host", "cli", "testing"]) {
    for (const [from, direct] of imports) {
      if (["cli", "testing"].includes(from) || from.endsWith(".ts")) continue;
      assert(!direct.has(room), `${from} imports ${room}`);
    }
  }
});

Deno.test("docs/architecture.md draws the imports that there are", async () => {
  const [, diagram = ""] =
    /^```mermaid\nflowchart TD\n(.*?)^```$/ms.exec(PAGE) ??
      [];
  const drawn = diagram.trim().split("\n").map((line) => line.trim());
  assertEquals(
    drawn.toSorted(),
    essentialImports(await readRoomImports()),
  );
});

Deno.test("docs/architecture.md says of every room what is decided there", async () => {
  const [, rooms = ""] = PAGE.split("\n## Rooms\n");
  const [section = ""] = rooms.split("\n## ");
  const named = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  const folders = await Array.fromAsync(
    Deno.readDir(new URL("src/", ROOT)),
    ({ isDirectory, name }) => isDirectory ? [name] : [],
  );
  assertEquals(named.toSorted(), folders.flat().sort());
});

Deno.test("docs/architecture.md names files that are there", async () => {
  const paths = [...PAGE.matchAll(/`(src\/[\w/.]+)`/g)].map(([, path = ""]) =>
    path
  );
  assert(paths.length > 4);
  for (const path of paths) await Deno.stat(new URL(path, ROOT));
});
