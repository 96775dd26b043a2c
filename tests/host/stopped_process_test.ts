import { assertEquals } from "@std/assert";
import { withStateFile } from "../state/with_state_file.ts";
import { spawnProgram } from "../run_deno.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";

const PROGRAM = new URL("../fixtures/host/stopped.ts", import.meta.url);

/** Longer than every limit of the program. */
const STOP = 1_000;

/** Stops a program when it says that it is ready, lets it go on, and returns its last line. */
async function stopWhenReady(path: string): Promise<string> {
  const child = spawnProgram(PROGRAM, { flags: ["--allow-all"], args: [path] });
  const errors = new Response(child.stderr).text();
  let text = "";
  let isStopped = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (isStopped || !text.includes("ready\n")) continue;
    isStopped = true;
    child.kill("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, STOP));
    child.kill("SIGCONT");
  }
  assertEquals((await child.status).code, 0, await errors);
  await errors;
  return text.trimEnd().split("\n").at(-1) ?? "";
}

testUnless(
  withoutPosix("SIGSTOP"),
  "PluginHost blames no plugin, and a store no writer, for time in which the process was stopped or blocked",
  () =>
    withStateFile(async (path) => {
      assertEquals(JSON.parse(await stopWhenReady(path)), {
        beside: ["hangs"],
        stopped: [],
        stored: 1,
      });
    }),
);
