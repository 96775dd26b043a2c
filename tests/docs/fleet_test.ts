/** Runs what docs/fleet.md shows for each engine, where the engine is installed. */

import { assertEquals } from "@std/assert";
import { type EngineName, withoutEngine } from "../stores/engines.ts";
import { testUnless } from "../test_unless.ts";

const PROGRAM = new URL("./fleet_at_engine.ts", import.meta.url);

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
