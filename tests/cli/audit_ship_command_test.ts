import { assertEquals, assertStringIncludes } from "@std/assert";
import { writeEvents } from "../audit/shipping.ts";
import { startCollector } from "../telemetry/collector.ts";
import { runCli, runJson } from "./run_cli.ts";
import { withFolder } from "./with_plugins.ts";

Deno.test("audit ship sends a log to a collector, and goes on there", async () => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeEvents(file, 3);
    await using collector = startCollector();
    const ship = [
      "audit",
      "ship",
      file,
      "--host=search",
      "--to=otlp",
      `--endpoint=${collector.endpoint}`,
    ];
    const { code, stdout } = await runCli(ship);
    assertEquals([code, stdout], [
      0,
      "Shipped 3 events, up to number 3\n",
    ]);
    writeEvents(file, 1);
    const again = await runJson(ship);
    assertEquals(again.code, 0);
    assertEquals(again.result, {
      sent: 1,
      sequence: 4,
      lag: 0,
      missing: 0,
      rejected: 0,
      skipped: 0,
    });
    assertEquals(collector.taken.length, 4);
  });
});

Deno.test("audit ship says what it needs, and what keeps it", async (t) => {
  await withFolder({}, async (folder) => {
    const file = `${folder}/audit.jsonl`;
    writeEvents(file, 1);
    const rows: readonly (readonly [flags: string[], text: string])[] = [
      [["--to=otlp"], "--host"],
      [["--host=a"], "--to"],
      [["--host=a", "--to=kafka"], "postgres, otlp, command"],
      [["--host=a", "--to=otlp"], "Add --endpoint"],
      [["--host=a", "--to=otlp", "--endpoint=nowhere"], "http: URL"],
      [
        ["--host=a", "--to=otlp", "--endpoint=http://127.0.0.1:1"],
        "were not stored",
      ],
      [["--host=a", "--to=command"], "-- ./store-events"],
      [
        ["--host=a", "--to=otlp", "--endpoint=http://127.0.0.1:1", "--", "cat"],
        "use --to command",
      ],
    ];
    for (const [flags, text] of rows) {
      await t.step(flags.join(" "), async () => {
        const { code, stderr } = await runCli([
          "audit",
          "ship",
          file,
          ...flags,
        ]);
        assertEquals(code, 2);
        assertStringIncludes(stderr.replaceAll(/\s+/g, " "), text);
      });
    }
  });
});
