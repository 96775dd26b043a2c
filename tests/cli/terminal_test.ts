import { assertEquals, assertThrows } from "@std/assert";
import { systemClock } from "../../src/base/timing.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { KeptStream } from "./run_cli.ts";

Deno.test("Terminal shows progress at most ten times a second and clears it before other lines", () => {
  let now = 0;
  const stdout = new KeptStream(true);
  const stderr = new KeptStream(true);
  const terminal = new Terminal({
    stdout,
    stderr,
    noColor: true,
    clock: { ...systemClock, elapsed: () => now },
  });
  for (; now < 1_000; now += 10) terminal.progress(() => `${now}`);
  assertEquals(stderr.text.split("\r\x1b[K").length - 1, 10);
  const before = stderr.text;
  terminal.printError("line");
  assertEquals(stderr.text.slice(before.length), "\r\x1b[Kline\n");
  terminal.clearProgress();
  terminal.print("held");
  assertEquals(stdout.text, "");
  terminal.printError("after");
  assertEquals(stdout.text, "held");
});

Deno.test("Terminal shows no progress unless standard error is a terminal", () => {
  const stderr = new KeptStream();
  const terminal = new Terminal({
    stdout: new KeptStream(true),
    stderr,
    noColor: false,
    clock: systemClock,
  });
  terminal.progress(() => {
    throw new Error("Unexpected call");
  });
  assertEquals(stderr.text, "");
});

Deno.test("Terminal writes a long text completely to a slow stream", () => {
  const taken: number[] = [];
  const stdout = {
    isTerminal: () => false,
    writeSync(bytes: Uint8Array) {
      const count = Math.min(bytes.length, 1_000);
      taken.push(count);
      return count;
    },
  };
  const terminal = new Terminal({
    stdout,
    stderr: new KeptStream(),
    noColor: true,
    clock: systemClock,
  });
  terminal.print("ä".repeat(70_000));
  assertEquals(taken.reduce((sum, count) => sum + count, 0), 140_000);
});

Deno.test("Terminal distinguishes a closed pipe from other write errors", () => {
  for (
    const [error, name] of [
      [new Deno.errors.BrokenPipe("closed"), "OutputClosedError"],
      [new TypeError("full"), "TypeError"],
    ] as const
  ) {
    const stdout = {
      isTerminal: () => false,
      writeSync: (): number => {
        throw error;
      },
    };
    const terminal = new Terminal({
      stdout,
      stderr: new KeptStream(),
      noColor: true,
      clock: systemClock,
    });
    terminal.print("x");
    const thrown = assertThrows(() => terminal.flush(), Error);
    assertEquals(thrown.name, name);
  }
});
