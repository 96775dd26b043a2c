import { assertEquals } from "@std/assert";
import { listModules } from "../../../tools/setup/list_modules.ts";
import { withFolder } from "./with_folder.ts";

Deno.test("listModules() finds entry points, examples, tests and tools", async () => {
  await withFolder(async (root) => {
    const wanted = [
      "examples/a/main.ts",
      "mod.ts",
      "tests/b/b_test.ts",
      "tools/check.ts",
    ];
    const others = [
      "examples/a/plugin.json",
      "other.ts",
      "src/mod.ts",
      "tests/b/types.d.ts",
      "tests/fixtures/c.ts",
      "tests/hostile/d.ts",
    ];
    for (const path of [...wanted, ...others]) {
      const folder = path.includes("/") ? path.replace(/\/[^/]*$/, "") : "";
      await Deno.mkdir(`${root}/${folder}`, { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, "");
    }
    assertEquals(await listModules(root), wanted);
  });
});

Deno.test("listModules() accepts an empty project", async () => {
  await withFolder(async (root) => {
    assertEquals(await listModules(root), []);
  });
});
