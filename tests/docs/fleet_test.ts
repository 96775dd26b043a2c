/** Runs what docs/fleet.md shows for each engine, where the engine is installed. */

import { assert, assertEquals } from "@std/assert";
import { type EngineName, withoutEngine } from "../stores/engines.ts";
import { testUnless } from "../test_unless.ts";

const PROGRAM = new URL("./fleet_at_engine.ts", import.meta.url);

Deno.test("docs/fleet.md shows the table of examples/fleet", async () => {
  const read = (path: string) =>
    Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  const [page, table] = await Promise.all([
    read("docs/fleet.md"),
    read("examples/fleet/table.sql"),
  ]);
  assert(page.includes(`\`\`\`sql\n${table}\`\`\`\n`));
});

for (const name of ["postgres", "redis", "nats"] satisfies EngineName[]) {
  testUnless(
    await withoutEngine(name),
    `docs/fleet.md shows a host that works with ${name}`,
    async () => {
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--no-prompt",
          "--no-check",
          "--allow-read",
          "--allow-net=127.0.0.1",
          "--allow-run",
          "--allow-env",
          PROGRAM.href,
          name,
        ],
        stdin: "null",
        stdout: "null",
      }).output();
      assertEquals([success, success || new TextDecoder().decode(stderr)], [
        true,
        true,
      ]);
    },
  );
}
