import { assertEquals, assertRejects } from "@std/assert";
import { CommandRun } from "../../src/cli/command_run.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { KeptStream } from "./run_cli.ts";

function createRun(stderr: KeptStream) {
  let now = 0;
  let due: (() => void) | undefined;
  const clock = {
    now: () => now,
    elapsed: () => now,
    after(_milliseconds: number, callback: () => void) {
      due = callback;
      return () => due = undefined;
    },
  };
  const terminal = new Terminal({
    stdout: new KeptStream(),
    stderr,
    noColor: true,
    clock,
  });
  const run = new CommandRun({
    terminal,
    clock,
    signal: new AbortController().signal,
    stdin: { read: () => Promise.resolve(null) },
    denoCommand: undefined,
    importModule: undefined,
  });
  const tick = () => {
    now += 1_000;
    due?.();
  };
  return { run, tick, isWaiting: () => due !== undefined };
}

Deno.test("CommandRun.withProgress() shows the elapsed seconds, then clears them", async () => {
  const stderr = new KeptStream(true);
  const { run, tick, isWaiting } = createRun(stderr);
  const work = Promise.withResolvers<string>();
  const shown = run.withProgress("Counting", work.promise);
  tick();
  tick();
  work.resolve("done");
  assertEquals(await shown, "done");
  const clear = "\r\x1b[K";
  assertEquals(
    stderr.text,
    `${clear}Counting: 1 s${clear}Counting: 2 s${clear}`,
  );
  assertEquals(isWaiting(), false);
});

Deno.test("CommandRun.withProgress() stops when the work fails", async () => {
  const { run, isWaiting } = createRun(new KeptStream());
  const failed = Promise.reject(new Error("no"));
  await assertRejects(() => run.withProgress("Counting", failed), Error, "no");
  assertEquals(isWaiting(), false);
});
