import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import { denoSourceSystem } from "../../src/manifest/source_system.ts";
import { readSource } from "../../src/manifest/read_source.ts";
import { readBad, readGood, specifierOf } from "./read.ts";
import { json, type Tree, withTree } from "./with_tree.ts";

const LINKS: Tree = {
  "real/plugin.json": json("one"),
  "real/src/main.ts": "",
  "real/mod.ts": { link: "src/main.ts" },
  "outside.ts": "",
  "plugins/linked": { link: "../real" },
  "plugins/gone": { link: "../nowhere" },
  "plugins/file": { link: "../outside.ts" },
  "many/own/plugin.json": json("own"),
  "many/own/mod.ts": "",
  "many/leak/plugin.json": json("leak"),
  "many/leak/mod.ts": { link: "../own/mod.ts" },
  "door": { link: "many" },
  "out/plugin.json": json("out"),
  "out/mod.ts": { link: "../outside.ts" },
  "up/plugin.json": json("up"),
  "up/mod.ts": { link: ".." },
  "dangling/mod.ts": "",
  "dangling/plugin.json": { link: "none.json" },
  "secret/plugin.json": { link: "../secret.txt" },
  "secret/mod.ts": "",
  "secret.txt": "password: hunter2",
  "loop/plugin.json": { link: "plugin.json" },
};

Deno.test("readSource() resolves symbolic links, and follows none out of a plugin", async (t) => {
  await withTree(LINKS, async ({ at, url }) => {
    await t.step(
      "a plugin's directory that is a link is the one it leads to",
      async () => {
        const found = await readGood(at("plugins/linked"));
        assertEquals(found.directory, at("real"));
        assertEquals(specifierOf(found), url("real/src/main.ts"));
        assertEquals(found.namedAfterId, false);
      },
    );

    await t.step(
      "a directory of plugins tells links to nothing, and passes over links to files",
      async () => {
        const found = await readSource(
          at("plugins"),
          "/",
          denoSourceSystem,
        );
        assertEquals(found.map(({ source, ok }) => [source, ok]), [
          [at("plugins/gone"), false],
          [at("plugins/linked"), true],
        ]);
        const [gone] = found;
        assert(gone !== undefined && !gone.ok);
        assertStringIncludes(
          gone.problems[0]?.message ?? "",
          `source "${at("plugins/gone")}": it is a link to nothing`,
        );
      },
    );

    await t.step(
      "a directory of plugins that is a link holds those that it leads to",
      async () => {
        const [leak, own] = await readSource(at("door"), "/", denoSourceSystem);
        assert(own !== undefined && own.ok);
        assertEquals(own.source, at("door/own"));
        assertEquals(own.directory, at("many/own"));
        assertEquals(specifierOf(own), url("many/own/mod.ts"));
        assert(leak !== undefined && !leak.ok);
        assertEquals(
          leak.problems[0]?.message,
          'The entry "./mod.ts" is a link out of the plugin\'s directory',
        );
      },
    );

    await t.step(
      "a directory that became a link after it was listed is not followed",
      async () => {
        const found = await readSource(at("plugins"), "/", {
          ...denoSourceSystem,
          readDirectory: () => [{
            name: "linked",
            isFile: false,
            isDirectory: true,
            isSymlink: false,
          }],
        });
        assertEquals(found.map(({ ok }) => ok), [false]);
      },
    );

    await t.step(
      "an entry that links out of the plugin is refused",
      async () => {
        for (const id of ["out", "up"]) {
          const problem = await readBad(at(id));
          assertEquals(problem.id, id);
          assertEquals(problem.code, "PLUGIN_MANIFEST_INVALID");
          assertEquals(
            problem.message,
            'The entry "./mod.ts" is a link out of the plugin\'s directory',
          );
        }
      },
    );

    await t.step(
      "a manifest that is a link to nothing is told, not passed over",
      async () => {
        for (const source of ["dangling", "dangling/plugin.json"]) {
          const problem = await readBad(at(source));
          assertEquals(problem.code, "PLUGIN_SOURCE_UNREADABLE");
          assertEquals(
            problem.message,
            source === "dangling"
              ? `Cannot read source "${
                at("dangling")
              }": its manifest is a link to nothing`
              : `Cannot read source "${
                at("dangling/plugin.json")
              }": it does not exist`,
          );
        }
      },
    );

    await t.step(
      "a manifest that links to any file does not show what is in it",
      async () => {
        const { code, message, remedy } = await readBad(at("secret"));
        assertEquals(code, "PLUGIN_MANIFEST_INVALID");
        assertEquals(message, "The manifest is not JSON: line 1, column 1");
        assertFalse(remedy.includes("hunter2"));
      },
    );

    await t.step("a manifest that links to itself", async () => {
      const { code, message } = await readBad(at("loop"));
      assertEquals(code, "PLUGIN_SOURCE_UNREADABLE");
      assert(message.startsWith(`Cannot read source "${at("loop")}": `));
    });
  });
});
