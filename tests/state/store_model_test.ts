import { checkStores } from "./store_model.ts";

Deno.test("StateStore agrees with a model of it, whatever fails", async () => {
  await checkStores({ numRuns: 40, maxLength: 25 });
});
