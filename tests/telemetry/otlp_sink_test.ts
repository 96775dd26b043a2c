import { assertEquals, assertRejects } from "@std/assert";
import { shipAuditLog } from "@semantik/plugins/audit";
import { otlpSink } from "@semantik/plugins/telemetry";
import { writeEvents } from "../audit/shipping.ts";
import { withDirectory } from "../audit/with_directory.ts";
import { startCollector } from "./collector.ts";

Deno.test("otlpSink() ships events as log records with their keys, and fails when they are not taken", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/audit.jsonl`;
    writeEvents(path, 2);
    await using collector = startCollector(
      new Response(null, { status: 503 }),
      new Response(null, { status: 403 }),
      Response.json({ partialSuccess: { rejectedLogRecords: 1 } }),
    );
    const sink = otlpSink({ endpoint: collector.endpoint });
    const ship = () => shipAuditLog(path, { host: "search", sink });
    await assertRejects(ship, Error, "HTTP 503");
    await assertRejects(ship, Error, "HTTP 403");
    const { sent, rejected } = await ship();
    assertEquals([sent, rejected], [2, 1]);
    assertEquals(
      collector.requests.at(-1)?.records.map(({ eventName, attributes }) => [
        eventName,
        attributes.find(({ key }) => key === "log.record.uid")?.value,
      ]),
      [
        ["index.rebuilt", { stringValue: "search/1" }],
        ["index.rebuilt", { stringValue: "search/2" }],
      ],
    );
  });
});
