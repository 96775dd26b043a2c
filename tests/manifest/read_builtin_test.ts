import { assert, assertEquals, assertFalse } from "@std/assert";
import { readBuiltin } from "../../src/manifest/read_source.ts";
import { LEAST } from "./manifests.ts";

const plugin = { setup: () => ({}) };

Deno.test("readBuiltin() returns the plugin's object, and a copy of its manifest", async () => {
  const manifest = { ...LEAST, id: "one", permissions: { net: ["a.example"] } };
  const found = await readBuiltin({ manifest, plugin, directory: "/app" }, 3);
  assert(found.ok);
  assertEquals(found.source, "builtin:one");
  assertEquals(found.origin, "builtin");
  assertEquals(found.directory, "/app");
  assertEquals(found.namedAfterId, false);
  assert(found.code.kind === "object");
  assert(found.code.plugin === plugin);
  manifest.permissions.net.push("evil.example");
  assertEquals(found.manifest.permissions, { net: ["a.example"] });
});

Deno.test("readBuiltin() names a builtin without an id by its index", async () => {
  const found = await readBuiltin({
    manifest: { ...LEAST, id: "No Id" },
    plugin,
  }, 3);
  assertFalse(found.ok);
  assertEquals(found.source, "builtin:3");
  assertEquals(found.origin, "builtin");
  assertEquals(found.id, undefined);
  assertEquals(found.problems.map(({ path }) => path), ["id"]);
});

Deno.test("readBuiltin() calls every plugin a builtin, whatever its manifest is", async () => {
  const manifest = Object.assign({ ...LEAST, id: "one" }, {
    origin: "external",
    source: "npm:one",
  });
  const found = await readBuiltin({ manifest, plugin }, 0);
  assertFalse(found.ok);
  assertEquals(found.origin, "builtin");
  assertEquals(found.problems.map(({ path }) => path), ["origin", "source"]);
});
