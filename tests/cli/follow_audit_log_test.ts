import { assertEquals, assertMatch } from "@std/assert";
import { createAuditLogger, JsonLinesHandler } from "@semantik/plugins/audit";
import { followAuditLog } from "../../src/cli/follow_audit_log.ts";
import { denoCommand } from "./run_deno.ts";
import { withFolder } from "./with_plugins.ts";

const CLI = new URL("../../cli.ts", import.meta.url).href;

function event(action: string): string {
  return `${
    JSON.stringify({
      timestamp: "2026-01-31T12:00:00.000Z",
      level: "info",
      plugin_id: "alpha",
      action,
    })
  }\n`;
}

/**
 * Follows a log whose time goes on only when all was read: each step is what
 * happens to the log then.
 */
async function follow(
  path: string,
  steps: readonly (() => void)[],
): Promise<Readonly<{ actions: readonly string[]; malformed: number }>> {
  const stop = new AbortController();
  const queue = [...steps];
  const actions: string[] = [];
  let malformed = 0;
  const clock = {
    now: () => 0,
    elapsed: () => 0,
    after(_milliseconds: number, callback: () => void) {
      const step = queue.shift();
      if (step === undefined) stop.abort();
      else step();
      queueMicrotask(callback);
      return () => {};
    },
  };
  const events = followAuditLog(path, {
    signal: stop.signal,
    clock,
    onMalformed: () => void malformed++,
    onIdle: () => {},
  });
  for await (const { action } of events) actions.push(action);
  return { actions, malformed };
}

function append(path: string, text: string): () => void {
  return () => Deno.writeTextFileSync(path, text, { append: true });
}

Deno.test("followAuditLog() yields existing events and later ones", async () => {
  await withFolder({ "audit.jsonl": event("one") }, async (folder) => {
    const path = `${folder}/audit.jsonl`;
    const line = event("three");
    const found = await follow(path, [
      append(path, event("two")),
      () => {},
      append(path, line.slice(0, 20)),
      append(path, line.slice(20) + event("four")),
      append(path, "no event\n"),
      append(path, event("five")),
    ]);
    assertEquals(found, {
      actions: ["one", "two", "three", "four", "five"],
      malformed: 1,
    });
  });
});

Deno.test("followAuditLog() follows several rotations between two reads", async () => {
  await withFolder({}, async (folder) => {
    const path = `${folder}/audit.jsonl`;
    using audit = createAuditLogger({
      handlers: [
        new JsonLinesHandler(path, {
          chain: true,
          rotate: { maxBytes: 1_200, maxFiles: 10 },
        }),
      ],
    });
    let count = 0;
    const write = (times: number) => () => {
      for (let index = 0; index < times; index++) {
        audit.log("alpha", `step.${count++}`);
      }
    };
    write(3)();
    const steps = [1, 1, 1, 10, 0, 2, 15, 1, 1].map(write);
    const { actions, malformed } = await follow(path, steps);
    const expected = Array.from({ length: count }, (_, at) => `step.${at}`);
    assertEquals({ actions, malformed }, { actions: expected, malformed: 0 });
  });
});

Deno.test("followAuditLog() waits during a rotation and continues in the new file", async () => {
  await withFolder({ "audit.jsonl": event("one") }, async (folder) => {
    const path = `${folder}/audit.jsonl`;
    const found = await follow(path, [
      () => Deno.renameSync(path, `${path}.1`),
      append(`${path}.1`, event("two")),
      append(path, event("three")),
      () => Deno.truncateSync(path),
      append(path, event("4")),
    ]);
    assertEquals(found.actions, ["one", "two", "three", "4"]);
  });
});

Deno.test("followAuditLog() skips a line of any length", async () => {
  const long = `"${"x".repeat(3_000_000)}"`;
  await withFolder({ "audit.jsonl": event("one") }, async (folder) => {
    const path = `${folder}/audit.jsonl`;
    const found = await follow(path, [
      append(path, long.slice(0, 2_000_000)),
      append(path, `${long.slice(2_000_000)}\n${event("two")}`),
    ]);
    assertEquals(found, { actions: ["one", "two"], malformed: 1 });
  });
});

Deno.test("audit --follow prints new events, each in an envelope with --json", async () => {
  await withFolder({ "audit.jsonl": event("one") }, async (folder) => {
    const path = `${folder}/audit.jsonl`;
    await using child = denoCommand([
      "run",
      "--no-prompt",
      `--allow-read=${folder}`,
      CLI,
      "audit",
      "--follow",
      "--json",
      "--action=o*",
      path,
    ]).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const first = await lines.read();
    assertMatch(
      first.value ?? "",
      /^\{"schema":1,"command":"audit","result":\{.*"action":"one"\}\}\n$/,
    );
    Deno.writeTextFileSync(path, event("two") + event("other"), {
      append: true,
    });
    const second = await lines.read();
    assertMatch(second.value ?? "", /"action":"other"/);
    await lines.cancel();
    child.kill("SIGTERM");
    await child.stderr.cancel();
  });
});
