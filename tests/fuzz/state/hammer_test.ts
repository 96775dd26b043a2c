import { assert } from "@std/assert";
import { hammer } from "../../state/hammer.ts";

const MILLISECONDS = Deno.env.has("PLUGINS_FUZZ_RUNS") ? 10_000 : 1_000;

Deno.test("FileStateStore.update() loses no change of two processes in a while", async () => {
  const counts = await hammer({
    updates: Infinity,
    milliseconds: MILLISECONDS,
  });
  for (const count of counts) assert(count > 0);
});
