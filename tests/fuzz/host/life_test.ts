import { checkIsolatedLives, checkLives } from "../../host/life/check_lives.ts";

// One life is worth many cases of another property.
const FUZZ_RUNS = Deno.env.get("PLUGINS_FUZZ_RUNS");
const LIVES = FUZZ_RUNS === undefined ? 25 : Math.ceil(Number(FUZZ_RUNS) / 20);

// Each starts some twenty processes.
const ISOLATED_LIVES = FUZZ_RUNS === undefined ? 1 : Math.ceil(LIVES / 5);

Deno.test("PluginHost agrees with a model of it, whatever is asked of it and whatever fails", async () => {
  await checkLives(LIVES);
});

Deno.test("PluginHost agrees with the same model when each plugin has a process of its own", async () => {
  await checkIsolatedLives(ISOLATED_LIVES);
});
