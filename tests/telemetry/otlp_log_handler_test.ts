import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { type AuditLogger, createAuditLogger } from "@semantik/plugins/audit";
import {
  OtlpLogHandler,
  type OtlpLogHandlerOptions,
} from "@semantik/plugins/telemetry";
import { createFakeClock, type FakeClock } from "@semantik/plugins/testing";
import { type Collector, startCollector } from "./collector.ts";

interface Trail {
  readonly audit: AuditLogger;
  readonly handler: OtlpLogHandler;
  readonly clock: FakeClock;
  readonly warnings: readonly string[];
}

function trailTo(
  { endpoint }: Pick<Collector, "endpoint">,
  options: Partial<OtlpLogHandlerOptions> = {},
): Trail {
  const clock = createFakeClock({ now: Date.UTC(2026, 0, 31, 12) });
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const handler = new OtlpLogHandler({ endpoint, clock, warn, ...options });
  const audit = createAuditLogger({ handlers: [handler], clock, warn });
  return { audit, handler, clock, warnings };
}

Deno.test("OtlpLogHandler sends what waits in one request, as log records", async () => {
  await using collector = startCollector();
  const { audit, handler, clock } = trailTo(collector, {
    headers: { "x-team": "search" },
    resource: { "service.name": "search" },
  });
  audit.log("indexer", "index.rebuilt", {
    documents: 12,
    ratio: 0.5,
    api_key: "sk-hidden",
    parts: ["a", { b: null }],
  }, {
    level: "warn",
    plugin: { type: "index", version: "1.2.0" },
  });
  audit.log("indexer", "index.done");
  // Nothing is sent before the interval is over.
  assertEquals([collector.requests.length, clock.pending], [0, 1]);
  clock.advance(1_000);
  await handler.flush();
  const [request, ...more] = collector.requests;
  assertEquals(more, []);
  assertEquals(request?.path, "/v1/logs");
  assertEquals(request?.headers.get("x-team"), "search");
  assertEquals(request?.resource, {
    attributes: [{ key: "service.name", value: { stringValue: "search" } }],
  });
  assertEquals(request?.records[0], {
    timeUnixNano: "1769860800000000000",
    severityNumber: 13,
    severityText: "WARN",
    eventName: "index.rebuilt",
    body: { stringValue: "PLUGIN_AUDIT: indexer - index.rebuilt" },
    attributes: [
      { key: "semantik.plugin.id", value: { stringValue: "indexer" } },
      { key: "semantik.plugin.type", value: { stringValue: "index" } },
      { key: "semantik.plugin.version", value: { stringValue: "1.2.0" } },
      { key: "semantik.audit.documents", value: { intValue: "12" } },
      { key: "semantik.audit.ratio", value: { doubleValue: 0.5 } },
      { key: "semantik.audit.api_key", value: { stringValue: "[REDACTED]" } },
      {
        key: "semantik.audit.parts",
        value: {
          arrayValue: {
            values: [
              { stringValue: "a" },
              { kvlistValue: { values: [{ key: "b", value: {} }] } },
            ],
          },
        },
      },
    ],
  });
  assertEquals(collector.taken, ["index.rebuilt", "index.done"]);
  audit[Symbol.dispose]();
});

Deno.test("OtlpLogHandler asks again when the collector says so, and keeps the order", async () => {
  await using collector = startCollector(
    new Response(null, { status: 503, headers: { "retry-after": "7" } }),
    new Response(null, { status: 429 }),
  );
  const { audit, handler, clock } = trailTo(collector, { timeout: 1e9 });
  const began = clock.elapsed();
  const sent: number[] = [];
  audit.log("a", "one");
  let isFlushed = false;
  const flushed = handler.flush().then(() => isFlushed = true);
  audit.log("a", "two");
  while (!isFlushed) {
    if (collector.requests.length > sent.length) {
      sent.push(clock.elapsed() - began);
    }
    // Requests on loopback take their time, whatever the clock says.
    await new Promise((resolve) => setTimeout(resolve, 1));
    clock.advance(100);
  }
  await flushed;
  const [, second = 0, third = 0] = sent;
  assert(second >= 7_000, `${second}`);
  // Without a time of the collector's, half a second at least.
  assert(third >= second + 500, `${third}`);
  assertEquals(collector.taken, ["one", "two"]);
  assertEquals([audit.dropped, handler.lost], [0, 0]);
  audit[Symbol.dispose]();
});

Deno.test("OtlpLogHandler gives up in the end, counts that, and reports it before the next event", async () => {
  await using collector = startCollector(
    new Response(null, { status: 503, headers: { "retry-after": "3600" } }),
  );
  const { audit, handler, clock, warnings } = trailTo(collector);
  audit.log("a", "one");
  audit.log("a", "two");
  await handler.flush();
  assertEquals([handler.lost, audit.dropped], [2, 2]);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0] ?? "", "HTTP 503");
  audit.log("a", "three");
  await handler.flush();
  assertEquals(collector.taken, ["audit.lost", "three"]);
  const [report] = collector.requests[1]?.records ?? [];
  assertEquals(
    report?.attributes.find(({ key }) => key === "semantik.audit.count")?.value,
    { intValue: "2" },
  );
  // What was reported is not reported again.
  audit.log("a", "four");
  await handler.flush();
  assertEquals(collector.taken, ["audit.lost", "three", "four"]);
  assertEquals(clock.pending, 0);
  audit[Symbol.dispose]();
});

Deno.test("OtlpLogHandler does not repeat what the collector refuses", async () => {
  await using collector = startCollector(
    new Response(null, { status: 400 }),
    Response.json({ partialSuccess: { rejectedLogRecords: "1" } }),
  );
  const { audit, handler } = trailTo(collector);
  for (const action of ["one", "two"]) {
    audit.log("a", action);
    await handler.flush();
  }
  assertEquals(collector.requests.length, 2);
  assertEquals(handler.lost, 2);
  audit[Symbol.dispose]();
});

Deno.test("OtlpLogHandler bounds its queue, and the logger counts the rest", async () => {
  await using collector = startCollector();
  const { audit, handler } = trailTo(collector, { maxQueue: 3, maxBatch: 2 });
  for (let count = 0; count < 10; count++) audit.log("a", `n${count}`);
  assertEquals(audit.dropped, 7);
  await handler.flush();
  audit.log("a", "last");
  await handler.flush();
  assertEquals(
    collector.requests.map(({ records }) => records.length).slice(0, 2),
    [2, 2],
  );
  assertEquals(collector.taken, ["n0", "n1", "audit.lost", "n2", "last"]);
  audit[Symbol.dispose]();
});

Deno.test("disposing the logger sends the last events, and not forever", async () => {
  await using collector = startCollector();
  const { audit, handler } = trailTo(collector);
  audit.log("a", "one");
  audit[Symbol.dispose]();
  await handler.flush();
  assertEquals(collector.taken, ["one"]);

  await using busy = startCollector(new Response(null, { status: 503 }));
  const other = trailTo(busy, { closeTimeout: 500 });
  other.audit.log("a", "one");
  other.audit[Symbol.dispose]();
  await other.clock.untilPending(2);
  other.clock.advance(500);
  await other.handler.flush();
  assertEquals(other.handler.lost, 1);
  assertEquals(other.clock.pending, 0);
});

Deno.test("OtlpLogHandler refuses what cannot work, and shows no token", () => {
  const endpoint = "http://127.0.0.1:4318";
  const cases: readonly [options: object, code: string, text: string][] = [
    [{}, "PLUGIN_OPTION_INVALID", "endpoint"],
    [{ endpoint: "127.0.0.1:4318" }, "PLUGIN_OPTION_INVALID", "http: URL"],
    [
      { endpoint: "http://a:token123@127.0.0.1" },
      "PLUGIN_OPTION_INVALID",
      "password",
    ],
    [
      { endpoint, headers: { a: "token123\nb" } },
      "PLUGIN_OPTION_INVALID",
      "header",
    ],
    [{ endpoint, headers: { a: 1 } }, "PLUGIN_OPTION_INVALID", "headers"],
    [{ endpoint, maxQueue: 0 }, "PLUGIN_OPTION_INVALID", "maxQueue"],
    [
      { endpoint: "https://collector.example" },
      "PLUGIN_AUDIT_UNAVAILABLE",
      "collector.example:443",
    ],
  ];
  for (const [options, code, text] of cases) {
    const error = assertThrows(
      // @ts-expect-error A caller without TypeScript may pass anything.
      () => new OtlpLogHandler(options),
      PluginError,
      text,
    );
    assertEquals(error.code, code);
    assert(!`${error.message} ${error.remedy}`.includes("token123"));
  }
});
