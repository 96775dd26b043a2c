import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli, runJson } from "./run_cli.ts";
import { withFolder } from "./with_plugins.ts";

const SCHEMA = await Deno.readTextFile(
  new URL("../../schema/plugin.schema.json", import.meta.url),
);

Deno.test("schema prints the JSON Schema of the package, character by character", async () => {
  const { code, stdout, stderr } = await runCli(["schema"]);
  assertEquals([code, stdout, stderr], [0, SCHEMA, ""]);
  const { result } = await runJson(["schema"]);
  assertEquals(result, { schema: JSON.parse(SCHEMA) });
});

Deno.test("schema --out writes a file, and replaces nothing but an older schema", async (t) => {
  const old = { ...JSON.parse(SCHEMA), properties: {} };
  const files = {
    "old.json": JSON.stringify(old),
    "mine.json": "{}",
    "text.md": "my work",
    "folder/x": "",
  };
  await withFolder(files, async (folder) => {
    for (const name of ["new.json", "old.json"]) {
      await t.step(name, async () => {
        const file = `${folder}/${name}`;
        const { code, stdout } = await runCli(["schema", "--out", file]);
        assertEquals([code, stdout], [0, `Wrote ${file}\n`]);
        assertEquals(await Deno.readTextFile(file), SCHEMA);
      });
    }
    const refused = ["mine.json", "text.md", "folder", "missing/x.json", ""];
    for (const name of refused) {
      await t.step(`refuses ${name}`, async () => {
        const { code, stdout, stderr } = await runCli([
          "schema",
          "--out",
          name === "" ? "" : `${folder}/${name}`,
        ]);
        assertEquals([code, stdout], [2, ""]);
        assertStringIncludes(stderr, "Cannot write the schema to");
        assertEquals(stderr.trimEnd().split("\n").length, 2, stderr);
      });
    }
    assertEquals(await Deno.readTextFile(`${folder}/text.md`), "my work");
  });
});
