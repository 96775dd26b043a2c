import { assert, assertEquals } from "@std/assert";
import { testUnless } from "../test_unless.ts";
import { type EngineName, startEngine, withoutEngine } from "./engines.ts";

async function isOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

for (const name of ["postgres", "redis", "nats"] satisfies EngineName[]) {
  testUnless(
    await withoutEngine(name),
    `startEngine() starts ${name}, and ends it`,
    async () => {
      const engine = await startEngine(name);
      assert("port" in engine);
      const { port } = engine;
      await using running = engine;
      assertEquals(await isOpen(port), true);
      await running.stop();
      assertEquals(await isOpen(port), false);
      await running.start();
      assertEquals(await isOpen(port), true);
      await running[Symbol.asyncDispose]();
      assertEquals(await isOpen(port), false);
    },
  );
}
