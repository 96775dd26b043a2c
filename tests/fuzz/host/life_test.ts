import { checkLives } from "../../host/life/check_lives.ts";

// One life is worth many cases of another property.
const FUZZ_RUNS = Deno.env.get("PLUGINS_FUZZ_RUNS");
const LIVES = FUZZ_RUNS === undefined ? 60 : Math.ceil(Number(FUZZ_RUNS) / 20);

Deno.test("PluginHost agrees with a model of it, whatever is asked of it and whatever fails", async () => {
  await checkLives(LIVES);
});
