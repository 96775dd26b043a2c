/** Holds what docs/architecture.md says of who may import whom. */

import { assert, assertEquals } from "@std/assert";
import { components } from "../src/plan/load_order.ts";

const ROOT = new URL("../", import.meta.url);

/** What each room may import beside itself and `base`. */
const ROOMS: ReadonlyMap<string, readonly string[]> = new Map([
  ["base", []],
  ["secrets", []],
  ["permissions", []],
  ["state", ["permissions"]],
  ["environment", ["secrets"]],
  ["audit", ["secrets"]],
  ["manifest", ["permissions"]],
  ["plan", ["manifest", "permissions"]],
  ["runners", ["manifest"]],
  ["host", [
    "audit",
    "environment",
    "manifest",
    "permissions",
    "plan",
    "runners",
    "secrets",
    "state",
  ]],
  ["testing", [
    "audit",
    "environment",
    "host",
    "manifest",
    "permissions",
    "plan",
    "runners",
    "secrets",
    "state",
  ]],
  ["cli", [
    "audit",
    "environment",
    "host",
    "manifest",
    "permissions",
    "plan",
    "runners",
    "secrets",
    "state",
  ]],
]);

/** What a host loads before it does anything, beside this package's own files. */
const STARTING_WEIGHT_REGEXP = /^@std\/(?:dotenv|log|semver)(?:\/|$)/;

const STATEMENT_REGEXP =
  /^(?:import|export)\s+(type\s+)?(?:([^;"']*?)\s+from\s+)?"([^"]+)"/gm;
const DYNAMIC_REGEXP = /\bimport\(\s*"([^"]+)"\s*\)/g;

interface Import {
  /** A path from the root, or a specifier of something else. */
  readonly to: string;
  readonly kind: "code" | "type" | "dynamic";
}

interface File {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
}

function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
}

/** Whether everything between the braces is marked as a type. */
function namesTypesAlone(names: string | undefined): boolean {
  const [, list] = /^\{([^]*)\}$/.exec(names?.trim() ?? "") ?? [];
  return list !== undefined &&
    list.split(",").every((name) =>
      name.trim() === "" || name.trim().startsWith("type ")
    );
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith(".")
    ? new URL(specifier, new URL(from, ROOT)).href.slice(ROOT.href.length)
    : specifier;
}

function readImports(path: string, text: string): readonly Import[] {
  const statements = [...text.matchAll(STATEMENT_REGEXP)].map((
    [, type, names, specifier = ""],
  ): Import => ({
    to: resolve(path, specifier),
    kind: type !== undefined || namesTypesAlone(names) ? "type" : "code",
  }));
  const dynamic = [...text.matchAll(DYNAMIC_REGEXP)].map((
    [, specifier = ""],
  ): Import => ({ to: resolve(path, specifier), kind: "dynamic" }));
  return [...statements, ...dynamic];
}

async function* sourcesBelow(folder: string): AsyncGenerator<string> {
  for await (
    const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))
  ) {
    if (isDirectory) yield* sourcesBelow(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield folder + name;
  }
}

async function readFiles(): Promise<ReadonlyMap<string, File>> {
  const paths = await Array.fromAsync(sourcesBelow("src/"));
  for await (const { name } of Deno.readDir(ROOT)) {
    if (name.endsWith(".ts")) paths.push(name);
  }
  const files = await Promise.all(
    paths.sort().map(async (path) => {
      const text = await Deno.readTextFile(new URL(path, ROOT));
      const imports = readImports(path, withoutComments(text));
      return [path, {
        path,
        lines: text.split("\n").length - 1,
        imports,
      }] as const;
    }),
  );
  return new Map(files);
}

const files = await readFiles();

/** The project's own files that a file imports; text that only looks like an import is none. */
function own(path: string, ...kinds: readonly Import["kind"][]): string[] {
  return (files.get(path)?.imports ?? [])
    .filter(({ to, kind }) => files.has(to) && kinds.includes(kind))
    .map(({ to }) => to);
}

function roomOf(path: string): string | undefined {
  const [top, room, ...rest] = path.split("/");
  if (top !== "src" || room === undefined) return undefined;
  return rest.length === 0 ? "src" : room;
}

/** Every file that is loaded with one. */
function loadedWith(entry: string): ReadonlySet<string> {
  const reached = new Set([entry]);
  for (const at of reached) own(at, "code").forEach((to) => reached.add(to));
  return reached;
}

/** Everything of other projects that is loaded with a file. */
function foreignOf(entry: string): readonly string[] {
  const foreign = [...loadedWith(entry)].flatMap((path) =>
    (files.get(path)?.imports ?? [])
      .filter(({ to, kind }) => kind === "code" && !files.has(to))
      .map(({ to }) => to)
  );
  return [...new Set(foreign)].sort();
}

Deno.test("the test of the import rule reads imports as they are", () => {
  const text = withoutComments(`
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
`);
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
    ],
  );
  assert(files.size > 50);
  assert(loadedWith("mod.ts").size > 50);
});

Deno.test("rooms import downward only", () => {
  const wrong = [...files.keys()].flatMap((path) => {
    const room = roomOf(path);
    if (room === undefined) return [];
    const allowed = ROOMS.get(room);
    assert(allowed !== undefined, `the room of ${path} is not known here`);
    return own(path, "code", "type", "dynamic")
      .filter((to) => {
        // The command line loads beforehand what plugins import.
        if (room === "cli" && to === "plugin.ts") return false;
        const other = roomOf(to);
        return other === undefined ||
          (other !== room && other !== "base" && !allowed.includes(other));
      })
      .map((to) => `${path} imports ${to}`);
  });
  assertEquals(wrong, []);
});

Deno.test("rooms stand in an order in which each imports earlier ones alone", () => {
  const earlier = new Set<string>();
  for (const [room, allowed] of ROOMS) {
    for (const other of allowed) {
      assert(earlier.has(other), `${room}: ${other}`);
    }
    earlier.add(room);
  }
});

Deno.test("the runners know of manifests their types alone", () => {
  const wrong = [...files.keys()]
    .filter((path) => roomOf(path) === "runners")
    .flatMap((path) => own(path, "code", "dynamic"))
    .filter((to) => roomOf(to) === "manifest");
  assertEquals(wrong, []);
});

Deno.test("no file needs itself by way of others, not even for a type", () => {
  const circles = components(
    [...files.keys()],
    (path) => own(path, "code", "type", "dynamic"),
  ).filter((component) => component.length > 1);
  assertEquals(circles, []);
});

Deno.test("plugin.ts loads nothing but what it exports", () => {
  assertEquals([...loadedWith("plugin.ts")], [
    "plugin.ts",
    "src/base/plugin.ts",
  ]);
  assertEquals(foreignOf("plugin.ts"), []);
});

Deno.test("mod.ts loads no more than every host has to pay for at its start", () => {
  const foreign = foreignOf("mod.ts");
  assertEquals(
    foreign.filter((specifier) => !STARTING_WEIGHT_REGEXP.test(specifier)),
    [],
  );
  const rooms = new Set([...loadedWith("mod.ts")].map(roomOf));
  assert(!rooms.has("cli") && !rooms.has("testing"));
});

Deno.test("files are short, and named after what they hold", () => {
  for (const { path, lines } of files.values()) {
    // A smell, not a law: 500 lines of one concept beat five files of a hundred.
    assert(lines <= 500, `${path} has ${lines} lines`);
    assert(/^(?:[a-z0-9]+(?:_[a-z0-9]+)*(?:\.d)?[/.])+ts$/.test(path), path);
    assert(
      !/(?:^|\/)(?:utils?|helpers?|misc|common|index)\.ts$/.test(path),
      path,
    );
  }
});
