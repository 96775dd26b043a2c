import { checkStores } from "../../state/store_model.ts";

// One life is worth many cases of another property: a thousand of them are lived
// in the run with many cases.
const RUNS = Number(Deno.env.get("PLUGINS_FUZZ_RUNS") ?? 100);

Deno.test("StateStore agrees with a model of it in as many lives as are asked for", async () => {
  await checkStores({ numRuns: Math.ceil(RUNS / 20), maxLength: 60 });
});
