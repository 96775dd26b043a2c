import { assert, assertEquals } from "@std/assert";
import { measureSecrets } from "../../../tools/secrets/measure.ts";

Deno.test("measureSecrets() finds the secrets of the corpus and keeps its harmless texts", () => {
  const { recall, harmless } = measureSecrets(7, 3);
  assert(recall.all > 400 && harmless.all > 80);
  assert(recall.right / recall.all > 0.98, Deno.inspect(recall.wrong));
  assert(harmless.right / harmless.all > 0.95, Deno.inspect(harmless.wrong));
  // The same seed makes the same corpus.
  assertEquals(measureSecrets(7, 3).recall.all, recall.all);
});
