import { assertEquals } from "@std/assert";
import { findMinimumAge } from "../../src/cli/validate/configuration.ts";
import { withFolder } from "./with_plugins.ts";

Deno.test("findMinimumAge() finds the setting that Deno finds", async (t) => {
  const table: readonly (readonly [string, string, string | undefined])[] = [
    ["{}", '{ "minimumDependencyAge": "P2D" }', "P2D"],
    ["{}", '{ "minimumDependencyAge": 0, // none\n }', "0"],
    [
      "{}",
      '{ "minimumDependencyAge": { "age": "60", "exclude": ["npm:a"] } }',
      "60",
    ],
    ["{}", '{ "minimumDependencyAge": true }', undefined],
    ["{}", "{ no json", undefined],
    [
      '{ "workspace": ["./app"], "minimumDependencyAge": "0" }',
      "{}",
      "0",
    ],
    // Deno reads no configuration above its own that is no workspace.
    ['{ "minimumDependencyAge": "0" }', "{}", undefined],
  ];
  for (const [outer, inner, age] of table) {
    await t.step(`${outer} ${inner}`, async () => {
      const files = { "deno.json": outer, "app/deno.jsonc": inner };
      await withFolder(files, async (folder) => {
        assertEquals(await findMinimumAge(`${folder}/app`), age);
      });
    });
  }
});
