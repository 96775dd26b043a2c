import { checkStores } from "../../state/store_model.ts";

Deno.test("StateStore agrees with a model of it in a thousand lives", async () => {
  await checkStores({ numRuns: 1_000, maxLength: 60 });
});
