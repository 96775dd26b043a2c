import { assertEquals } from "@std/assert";
import { shipAuditLog } from "@semantik/plugins/audit";
import { measureShipping } from "@semantik/plugins/telemetry";
import { KeepingSink, writeEvents } from "../audit/shipping.ts";
import { withDirectory } from "../audit/with_directory.ts";
import { FakeTelemetry } from "./fake_telemetry.ts";

Deno.test("measureShipping() reports lag and counts to the registered meter", async () => {
  const fake = new FakeTelemetry();
  const symbol = Symbol.for("opentelemetry.js.api.1");
  // As Deno has it: a class whose method provides.
  const metrics = class {
    static getMeter = () => fake.meter;
  };
  Reflect.set(globalThis, symbol, { metrics });
  try {
    await withDirectory(async (directory) => {
      const path = `${directory}/audit.jsonl`;
      writeEvents(path, 5);
      await shipAuditLog(path, {
        host: "search",
        sink: new KeepingSink(),
        maxBatch: 3,
        onProgress: measureShipping("search"),
      });
    });
  } finally {
    Reflect.deleteProperty(globalThis, symbol);
  }
  assertEquals(
    fake.sums("semantik.audit.ship.events", "semantik.host.name"),
    { search: 5 },
  );
  assertEquals(
    fake.measured.filter(([name]) => name === "semantik.audit.ship.lag").length,
    2,
  );
  assertEquals(fake.sums("semantik.audit.ship.missing", "all"), {});
});
