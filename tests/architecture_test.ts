/** Checks that the modules import each other as docs/architecture.md draws it. */

import { assert, assertEquals } from "@std/assert";
import { components } from "../src/plan/dependencies.ts";
import {
  arrowsBetweenRooms,
  essentialArrows,
  type Import,
  reachedFrom,
  readImports,
  readModuleGraph,
  roomOf,
} from "./module_graph.ts";

const PAGE = await Deno.readTextFile(
  new URL("../docs/architecture.md", import.meta.url),
);

/** The modules of others that each host loads at its start. */
const STARTING_WEIGHT_REGEXP = /^@std\/(?:dotenv|log|semver)(?:\/|$)/;

const graph = await readModuleGraph();

/** The diagram of the page: the one place that says who may import whom. */
function readDiagram(): readonly string[] {
  const [, diagram = ""] =
    /^```mermaid\nflowchart TD\n(.*?)^```$/ms.exec(PAGE) ?? [];
  return diagram.trim().split("\n").map((line) => line.trim()).sort();
}

function ownImports(
  path: string,
  ...kinds: readonly Import["kind"][]
): readonly string[] {
  return (graph.get(path) ?? [])
    .filter(({ to, kind }) => graph.has(to) && kinds.includes(kind))
    .map(({ to }) => to);
}

function loadedWith(entry: string): ReadonlySet<string> {
  const reached = new Set([entry]);
  for (const path of reached) {
    ownImports(path, "code").forEach((to) => reached.add(to));
  }
  return reached;
}

/** The modules of other projects that are loaded with an entry point. */
function foreignOf(entry: string): readonly string[] {
  const foreign = [...loadedWith(entry)].flatMap((path) =>
    (graph.get(path) ?? [])
      .filter(({ to, kind }) => kind === "code" && !graph.has(to))
      .map(({ to }) => to)
  );
  return [...new Set(foreign)].sort();
}

Deno.test("readImports() tells code, types, dynamic imports and comments apart", () => {
  const text = `
import type { A } from "./a.ts";
import { type B, type C } from "./b.ts";
import { type D, e } from "../e.ts";
import f from "zod";
import "./side_effect.ts";
export { g } from "./g.ts";
export type { H } from "./h.ts";
export * from "./i.ts";
// import { x } from "./commented.ts";
/* import { y } from "./commented.ts"; */
const j = await import("./j.ts");
const k = await import(
  "./k.ts",
);
`;
  assertEquals(
    readImports("src/room/file.ts", text).map(({ to, kind }) =>
      `${kind} ${to}`
    ),
    [
      "type src/room/a.ts",
      "type src/room/b.ts",
      "code src/e.ts",
      "code zod",
      "code src/room/side_effect.ts",
      "code src/room/g.ts",
      "type src/room/h.ts",
      "code src/room/i.ts",
      "dynamic src/room/j.ts",
      "dynamic src/room/k.ts",
    ],
  );
  assert(graph.size > 50);
  assert(loadedWith("mod.ts").size > 20);
});

Deno.test("essentialArrows() leaves out what another path reaches", () => {
  const arrows = new Map([
    ["top", new Set(["middle", "bottom"])],
    ["middle", new Set(["bottom"])],
    ["bottom", new Set<string>()],
  ]);
  assertEquals(essentialArrows(arrows), [
    "middle --> bottom",
    "top --> middle",
  ]);
  assertEquals([...reachedFrom(arrows, "top")], ["middle", "bottom"]);
});

Deno.test("Rooms import downward only, as docs/architecture.md draws it", () => {
  const arrows = arrowsBetweenRooms(graph);
  for (const room of arrows.keys()) {
    assert(!reachedFrom(arrows, room).has(room), `${room} is in a cycle`);
  }
  assertEquals(readDiagram(), essentialArrows(arrows));
});

Deno.test("No module imports itself through others, not even for a type", () => {
  const cycles = components(
    [...graph.keys()],
    (path) => ownImports(path, "code", "type", "dynamic"),
  ).filter((component) => component.length > 1);
  assertEquals(cycles, []);
});

Deno.test("Every module is in a room, and named after what it holds", () => {
  for (const path of graph.keys()) {
    assert(roomOf(path) !== "src", `${path} is in no room`);
    assert(/^(?:[a-z0-9]+(?:_[a-z0-9]+)*(?:\.d)?[/.])+ts$/.test(path), path);
    assert(
      !/(?:^|\/)(?:utils?|helpers?|misc|common|index)\.ts$/.test(path),
      path,
    );
  }
});

Deno.test("The runners import types alone of manifests", () => {
  const wrong = [...graph.keys()]
    .filter((path) => roomOf(path) === "runners")
    .flatMap((path) => ownImports(path, "code", "dynamic"))
    .filter((to) => roomOf(to) === "manifest");
  assertEquals(wrong, []);
});

Deno.test("plugin.ts loads nothing but what it exports", () => {
  assertEquals([...loadedWith("plugin.ts")], [
    "plugin.ts",
    "src/base/plugin.ts",
  ]);
  assertEquals(foreignOf("plugin.ts"), []);
});

Deno.test("mod.ts loads only what each host needs at its start", () => {
  // Each module costs every start 0.1 to 0.2 ms.
  assert(loadedWith("mod.ts").size + foreignOf("mod.ts").length <= 75);
  assertEquals(
    foreignOf("mod.ts").filter((specifier) =>
      !STARTING_WEIGHT_REGEXP.test(specifier)
    ),
    [],
  );
  const rooms = new Set([...loadedWith("mod.ts")].map(roomOf));
  assert(!rooms.has("cli") && !rooms.has("testing"));
});

Deno.test("Every module that a URL names is fetched with an entry point", async () => {
  const { exports }: { exports: Readonly<Record<string, string>> } = JSON.parse(
    await Deno.readTextFile(new URL("../deno.json", import.meta.url)),
  );
  const fetched = new Set(
    Object.values(exports).map((path) => path.replace("./", "")),
  );
  for (const path of fetched) {
    ownImports(path, "code", "dynamic").forEach((to) => fetched.add(to));
  }
  const named: string[] = [];
  for (const path of graph.keys()) {
    const url = new URL(`../${path}`, import.meta.url);
    const text = await Deno.readTextFile(url);
    for (
      const [, specifier = ""] of text.matchAll(
        /(?:import\.meta\.resolve|new URL)\(\s*"(\.[^"]*\.ts)"/g,
      )
    ) {
      named.push(
        new URL(specifier, url).href.slice(
          new URL("../", import.meta.url).href.length,
        ),
      );
    }
  }
  assert(named.length > 0);
  assertEquals(named.filter((path) => !fetched.has(path)), []);
});
