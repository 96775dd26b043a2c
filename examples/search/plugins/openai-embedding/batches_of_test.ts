import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { batchesOf } from "./batches_of.ts";

Deno.test("batchesOf() keeps every text, the order and the limits", () => {
  fc.assert(fc.property(
    fc.array(fc.string()),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 30 }),
    (texts, size, characters) => {
      const batches = batchesOf(texts, size, characters);
      assertEquals(batches.flat(), texts);
      for (const batch of batches) {
        const length = batch.join("").length;
        assert(batch.length > 0 && batch.length <= size);
        assert(batch.length === 1 || length <= characters);
      }
    },
  ));
});
