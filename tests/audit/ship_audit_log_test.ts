import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  commandSink,
  shipAuditLog,
  type ShippingProgress,
} from "@semantik/plugins/audit";
import { createFakeClock } from "@semantik/plugins/testing";
import { KeepingSink, upTo, writeEvents } from "./shipping.ts";
import { withDirectory } from "./with_directory.ts";

async function assertRefused(
  shipping: () => Promise<unknown>,
  text: string,
): Promise<void> {
  const error = await assertRejects(shipping, PluginError, text);
  assertEquals(error.code, "PLUGIN_AUDIT_UNAVAILABLE");
}

Deno.test("shipAuditLog() sends each event once, in order, across rotation and restarts", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const rotate = { maxBytes: 2_000, maxFiles: 20 };
    const sink = new KeepingSink();
    const ship = () =>
      shipAuditLog(path, { host: "search", sink, maxBatch: 10 });
    writeEvents(path, 25, { rotate });
    assertEquals((await ship()).sent, 25);
    assertEquals((await ship()).sent, 0);
    writeEvents(path, 8, { rotate });
    const { sent, sequence, missing, skipped } = await ship();
    assertEquals([sent, sequence, missing, skipped], [8, 33, 0, 0]);
    assertEquals(sink.sequences, upTo(33));
    assertEquals(sink.batches, [10, 10, 5, 8]);
    const [first] = sink.stored.values();
    assert(first?.line.endsWith(`,"chain_hash":"${first.hash}"}`));
    assertEquals(first?.event.plugin_id, "indexer");
  });
});

Deno.test("shipAuditLog() sends a batch again that failed, and remembers only what was stored", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    writeEvents(path, 5);
    const sink = new KeepingSink();
    sink.failing = 1;
    const ship = () =>
      shipAuditLog(path, { host: "search", sink, maxBatch: 2 });
    await assertRefused(ship, "The sink is down");
    assertEquals(sink.sequences, []);
    assertEquals((await ship()).sent, 5);
    // A sink that stored a batch whose sender was killed gets it again.
    await Deno.remove(`${path}.shipped`);
    assertEquals((await ship()).sent, 5);
    assertEquals(sink.sequences, upTo(5));
  });
});

Deno.test("shipAuditLog() follows a log, and asks a sink again that fails", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    writeEvents(path, 3);
    const clock = createFakeClock({ now: Date.UTC(2026, 0, 31, 12, 0, 30) });
    const stop = new AbortController();
    const sink = new KeepingSink();
    sink.failing = 3;
    const seen: ShippingProgress[] = [];
    const shipping = shipAuditLog(path, {
      host: "search",
      sink,
      follow: true,
      clock,
      signal: stop.signal,
      onProgress: (progress) => seen.push(progress),
    });
    while (sink.stored.size < 3) {
      await clock.untilPending(1);
      clock.advance(100);
    }
    await clock.untilPending(1);
    // It says that the sink fails, and how old the oldest event is.
    assertEquals(
      seen.map(({ failure, sent, lag }) => [failure, sent, lag]),
      [
        ["Error: The sink is down", 0, 30_000],
        // After pauses of 100 and 200 milliseconds.
        ["Error: The sink is down", 0, 30_100],
        ["Error: The sink is down", 0, 30_300],
        [undefined, 3, 0],
      ],
    );
    writeEvents(path, 4);
    while (sink.stored.size < 7) {
      await clock.untilPending(1);
      clock.advance(250);
    }
    await clock.untilPending(1);
    stop.abort();
    assertEquals((await shipping).sequence, 7);
    assertEquals(sink.sequences, upTo(7));
  });
});

Deno.test("shipAuditLog() says how many events rotation removed before they were sent", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const rotate = { maxBytes: 1_000, maxFiles: 2 };
    const sink = new KeepingSink();
    const ship = () => shipAuditLog(path, { host: "search", sink });
    writeEvents(path, 2, { rotate });
    await ship();
    writeEvents(path, 20, { rotate });
    const { missing, sent, sequence } = await ship();
    assertEquals(sequence, 22);
    assert(missing > 0);
    assertEquals(missing + sent, 20);
  });
});

Deno.test("shipAuditLog() refuses a log that was cut, changed or begun anew, or that has no chain", async (t) => {
  const rows: readonly (readonly [
    name: string,
    text: string,
    change: (path: string) => Promise<void>,
  ])[] = [
    ["cut", "it ends at number 2", async (path) => {
      const lines = (await Deno.readTextFile(path)).split("\n");
      await Deno.writeTextFile(path, `${lines.slice(0, 2).join("\n")}\n`);
    }],
    ["removed", "does not follow", async (path) => {
      await Deno.remove(path);
      writeEvents(path, 3, { chain: { key: "another chain, by its key" } });
      const lines = (await Deno.readTextFile(path)).split("\n");
      const anew = lines.map((line) =>
        line.replace(
          /"chain_sequence":(\d)/,
          (_, number) => `"chain_sequence":${Number(number) + 4}`,
        )
      );
      await Deno.writeTextFile(path, anew.join("\n"));
    }],
    ["begun anew", "was shipped before", async (path) => {
      await Deno.remove(path);
      writeEvents(path, 9, { chain: { key: "another chain, by its key" } });
    }],
  ];
  for (const [name, text, change] of rows) {
    await t.step(name, async () => {
      await withDirectory(async (directory) => {
        const path = `${directory}/audit.jsonl`;
        const sink = new KeepingSink();
        const ship = () => shipAuditLog(path, { host: "search", sink });
        writeEvents(path, 4);
        await ship();
        await change(path);
        await assertRefused(ship, text);
        assertEquals(sink.sequences, upTo(4));
      });
    });
  }
  await t.step("no chain", async () => {
    await withDirectory(async (directory) => {
      const path = `${directory}/audit.jsonl`;
      writeEvents(path, 2, { chain: false });
      await assertRefused(
        () => shipAuditLog(path, { host: "search", sink: new KeepingSink() }),
        "not chained",
      );
    });
  });
});

Deno.test("shipAuditLog() refuses a cursor that is none, of another host, or in use", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    writeEvents(path, 2);
    const sink = new KeepingSink();
    const ship = (host: string) => shipAuditLog(path, { host, sink });
    await ship("search");
    await assertRefused(() => ship("other"), 'host "search"');
    await Deno.writeTextFile(`${path}.shipped`, "nothing\n");
    await assertRefused(() => ship("search"), "it is no cursor");
    await Deno.remove(`${path}.shipped`);
    const waiting = Promise.withResolvers<void>();
    const first = shipAuditLog(path, {
      host: "search",
      sink: { send: () => waiting.promise },
    });
    await assertRefused(() => ship("search"), "already writes to it");
    waiting.resolve();
    assertEquals((await first).sent, 2);
  });
});

Deno.test("commandSink() passes events as lines of JSON, with their keys", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    const out = `${directory}/out`;
    writeEvents(path, 3);
    const program = new URL(
      "../fixtures/audit/store_lines.ts",
      import.meta.url,
    );
    const sink = (mode: string) =>
      commandSink(Deno.execPath(), {
        args: [
          "run",
          "--quiet",
          "--no-prompt",
          "--no-check",
          `--allow-write=${out}`,
          program.href,
          out,
          mode,
        ],
      });
    await assertRefused(
      () => shipAuditLog(path, { host: "a b", sink: sink("fail") }),
      "exited with 3",
    );
    await shipAuditLog(path, { host: "a b", sink: sink("store") });
    const lines = (await Deno.readTextFile(out)).trim().split("\n");
    assertEquals(
      lines.map((line) => {
        const { host, sequence, event } = JSON.parse(line);
        return [host, sequence, event.action];
      }),
      [1, 2, 3].map((sequence) => ["a b", sequence, "index.rebuilt"]),
    );
    assertStringIncludes(lines[0] ?? "", '"chain_hash"');
  });
});
