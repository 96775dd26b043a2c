import { assertEquals } from "@std/assert";
import { runProgram } from "../../run_deno.ts";

Deno.test("Channel keeps references alive as long as they are of use", async () => {
  const program = new URL("./collect_garbage.ts", import.meta.url);
  const { code, stderr } = await runProgram(program, {
    flags: ["--v8-flags=--expose-gc"],
  });
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("an object from before many reloads keeps none of the versions between", async () => {
  const program = new URL("./collect_reloads.ts", import.meta.url);
  const { code, stderr } = await runProgram(program, {
    flags: [
      "--v8-flags=--expose-gc",
      "--allow-read",
      "--allow-write",
      "--allow-run",
    ],
  });
  assertEquals([code, stderr], [0, ""]);
});
