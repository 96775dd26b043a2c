import { assertEquals, assertFalse } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { runFixture } from "./run_fixture.ts";
import { json, withTree } from "./with_tree.ts";

Deno.test("readSource() never loads the schema library", async () => {
  const zod = "data:text/javascript,throw new Error('zod was loaded')";
  // Deno extends an entry to its sub-paths in deno.json alone.
  const semver = config.imports["@std/semver"].replace("jsr:", "jsr:/");
  const imports = { ...config.imports, zod, "@std/semver/": `${semver}/` };
  const tree = {
    "import_map.json": JSON.stringify({ imports }),
    "good/plugin.json": json("good", { permissions: { net: ["a.example"] } }),
    "good/mod.ts": "",
    "bad/plugin.json": json("bad", { verison: "1.0.0" }),
  };
  await withTree(tree, async ({ at }) => {
    const found = JSON.stringify(
      await runFixture("read.ts", {
        flags: [
          `--import-map=${at("import_map.json")}`,
          `--allow-read=${at(".")}`,
        ],
        args: [at("good"), at("bad")],
      }),
    );
    assertFalse(found.includes("zod"), found);
    assertEquals(found.match(/"ok":(?:true|false)/g), [
      '"ok":true',
      '"ok":false',
    ]);
  });
});
