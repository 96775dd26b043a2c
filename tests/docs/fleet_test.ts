/** Compares docs/fleet.md with examples/fleet; tests/stores runs its other examples. */

import { assert } from "@std/assert";

Deno.test("docs/fleet.md shows the table of examples/fleet", async () => {
  const read = (path: string) =>
    Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  const [page, table] = await Promise.all([
    read("docs/fleet.md"),
    read("examples/fleet/table.sql"),
  ]);
  assert(page.includes(`\`\`\`sql\n${table}\`\`\`\n`));
});
