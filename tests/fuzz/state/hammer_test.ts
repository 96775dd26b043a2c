import { assert } from "@std/assert";
import { hammer } from "../../state/hammer.ts";

Deno.test("FileStateStore.update() loses no change of two processes in ten seconds", async () => {
  const counts = await hammer({ updates: Infinity, milliseconds: 10_000 });
  for (const count of counts) assert(count > 0);
});
