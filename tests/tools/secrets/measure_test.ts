import { assert, assertEquals } from "@std/assert";
import { measureSecrets } from "../../../tools/secrets/measure.ts";

Deno.test("measureSecrets() finds the secrets of the corpus and keeps its harmless texts", () => {
  const { recall, harmless } = measureSecrets(7, 3);
  assert(recall.all > 400 && harmless.all > 80);
  assertEquals(recall.wrong, []);
  assertEquals(harmless.wrong, []);
  // The same seed makes the same corpus.
  assertEquals(measureSecrets(7, 3).recall.all, recall.all);
});
