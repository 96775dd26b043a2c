import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertThrows,
} from "@std/assert";
import {
  AuditConsoleHandler,
  createAuditLogger,
} from "@semantik/plugins/audit";
import { PartialWriteError, writeAll } from "../../src/base/text.ts";
import { runFixture } from "./run_fixture.ts";

const CLOCK = { now: () => 0 };
const START =
  '{"timestamp":"1970-01-01T00:00:00.000Z","level":"info","plugin_id":"a","action":"b"';

/** A writer that takes bytes as it is told to: how many, or what to throw. */
class Scripted {
  output = "";
  readonly #script: (number | Error)[];

  constructor(...script: (number | Error)[]) {
    this.#script = script;
  }

  writeSync(bytes: Uint8Array): number {
    const step = this.#script.shift() ?? bytes.length;
    if (typeof step !== "number") throw step;
    this.output += new TextDecoder().decode(bytes.subarray(0, step));
    return Math.min(step, bytes.length);
  }
}

function logTo(writer: Scripted, times: number): number {
  using audit = createAuditLogger({
    handlers: [new AuditConsoleHandler({ writer })],
    clock: CLOCK,
    warn: () => {},
  });
  for (let index = 0; index < times; index++) audit.log("a", "b", { index });
  return audit.dropped;
}

function lines(...indices: readonly number[]): string {
  return indices.map((index) =>
    `PLUGIN_AUDIT: a - b ${START},"index":${index}}\n`
  ).join("");
}

Deno.test("AuditConsoleHandler writes one line an event", () => {
  const writer = new Scripted();
  assertEquals(logTo(writer, 2), 0);
  assertEquals(writer.output, lines(0, 1));
});

Deno.test("AuditConsoleHandler continues after a partial write", () => {
  const writer = new Scripted(1, 2, 30, new Deno.errors.Interrupted("x"), 4);
  assertEquals(logTo(writer, 2), 0);
  assertEquals(writer.output, lines(0, 1));
});

Deno.test("AuditConsoleHandler waits for a pipe that is full", () => {
  const full = () => new Deno.errors.WouldBlock("full");
  const writer = new Scripted(full(), 10, full(), full());
  assertEquals(logTo(writer, 2), 0);
  assertEquals(writer.output, lines(0, 1));
});

Deno.test("AuditConsoleHandler ends a truncated line before the next one", () => {
  const broken = new Deno.errors.BrokenPipe("gone");
  const writer = new Scripted(12, broken, broken);
  assertEquals(logTo(writer, 3), 2);
  assertEquals(writer.output, `PLUGIN_AUDIT\n${lines(2)}`);
});

Deno.test("writeAll() does not wait forever", () => {
  const full = () => new Deno.errors.WouldBlock("full");
  const writer = new Scripted(2, full(), full(), full(), 9);
  const error = assertThrows(
    () => writeAll(writer, new TextEncoder().encode("abcdef"), 2),
    PartialWriteError,
  );
  assertEquals(error.written, 2);
  assertInstanceOf(error.cause, Deno.errors.WouldBlock);
  assertEquals(writer.output, "ab");
});

Deno.test("AuditConsoleHandler counts events that a closed pipe rejects", () => {
  const broken = new Deno.errors.BrokenPipe("gone");
  const writer = new Scripted(broken, broken);
  assertEquals(logTo(writer, 3), 2);
  assertEquals(writer.output, lines(2));
});

Deno.test("AuditConsoleHandler colors lines on request", () => {
  const writer = new Scripted();
  using audit = createAuditLogger({
    handlers: [new AuditConsoleHandler({ writer, colors: true })],
    clock: CLOCK,
  });
  audit.log("a", "b\x1b[0m", {}, { level: "error" });
  assertEquals(
    writer.output,
    "\x1b[38;5;160mPLUGIN_AUDIT: a - b\\u001b[0m\x1b[0m \x1b[38;5;243m" +
      START.replace("info", "error").slice(0, -1) +
      '\\\\u001b[0m"}\x1b[0m\n',
  );
});

Deno.test("AuditConsoleHandler omits events below its level", () => {
  const writer = new Scripted();
  using audit = createAuditLogger({
    handlers: [new AuditConsoleHandler({ writer, level: "WARN" })],
  });
  audit.log("a", "b");
  assertEquals(writer.output, "");
  audit.log("a", "b", {}, { level: "warn" });
  assert(writer.output.endsWith("\n"));
});

Deno.test("auditLog() writes only to standard error, without permissions", async () => {
  const { code, stdout, stderr } = await runFixture("say.ts");
  assertEquals({ code, stdout }, { code: 0, stdout: "" });
  const [first = "", second = "", rest] = stderr.split("\n");
  assertMatch(first, /^PLUGIN_AUDIT: indexer - index\.rebuilt \{"timestamp":"/);
  assert(first.includes('"documents":12,"password":"[REDACTED]"'));
  assertMatch(second, /^PLUGIN_AUDIT: indexer\\n - index\.failed /);
  assertEquals(JSON.parse(second.slice(second.indexOf("{")))["level"], "error");
  assertEquals(rest, "");
});

Deno.test("warnOnStderr() reports once that a handler loses events", async () => {
  const { code, stdout, stderr } = await runFixture("lose.ts");
  assertEquals({ code, stdout }, { code: 0, stdout: "dropped 3\n" });
  assertEquals(
    stderr,
    "Warning: An audit event was not written by Failing: Error: full ⏎ disk; further losses are only counted\n",
  );
});
