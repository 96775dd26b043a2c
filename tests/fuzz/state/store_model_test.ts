import { checkStores } from "../../state/store_model.ts";

// One life is worth many cases of another property.
const LIVES = Math.ceil(
  Number(Deno.env.get("PLUGINS_FUZZ_RUNS") ?? 20_000) / 20,
);

Deno.test("StateStore agrees with a model of it in a thousand lives", async () => {
  await checkStores({ numRuns: LIVES, maxLength: 60 });
});
