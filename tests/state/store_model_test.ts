import { checkStores } from "./store_model.ts";

Deno.test("StateStore agrees with its model under failures", async () => {
  await checkStores({ numRuns: 15, maxLength: 25 });
});
