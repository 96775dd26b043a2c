import { assert, assertEquals } from "@std/assert";
import { createAuditLogger } from "../../src/audit/audit_logger.ts";
import { Collector, detailsOf } from "./collector.ts";
import VECTORS from "./vectors.json" with { type: "json" };

Deno.test("createAuditLogger() redacts the vectors as wanted", async (t) => {
  for (const { details, written } of VECTORS) {
    await t.step(JSON.stringify(details), () => {
      assertEquals(detailsOf(details), { ...written });
    });
  }
});

Deno.test("createAuditLogger() redacts at any depth, and keeps the key", () => {
  assertEquals(
    detailsOf({
      "API-KEY": "s",
      nested: { list: [{ dbPassword: { deep: ["s"] } }, [{ cookie: 1 }]] },
      map: new Map<string, unknown>([["client_secret", "s"], ["name", "n"]]),
      set: new Set([{ authorization: null }]),
      error: Object.assign(new Error("m"), { private_key: "s" }),
      access_token: undefined,
      max_tokens: 5,
      config_keys: ["api_key"],
    }),
    {
      "API-KEY": "[REDACTED]",
      nested: {
        list: [{ dbPassword: "[REDACTED]" }, [{ cookie: "[REDACTED]" }]],
      },
      map: { client_secret: "[REDACTED]", name: "n" },
      set: [{ authorization: "[REDACTED]" }],
      error: { name: "Error", message: "m", private_key: "[REDACTED]" },
      max_tokens: 5,
      config_keys: ["api_key"],
    },
  );
});

Deno.test("createAuditLogger() masks credentials wherever a text can stand", () => {
  const secret = "hunter2hunter2";
  const url = `https://user:${secret}@host/path`;
  const collector = new Collector();
  using audit = createAuditLogger({ handlers: [collector] });
  audit.log(url, `called ${url}`, {
    [url]: 1,
    text: `Authorization: Bearer ${secret}${secret}`,
    list: [url, new Error(url, { cause: url }), new URL(url)],
    map: new Map<unknown, unknown>([[url, url], [1, url]]),
    symbol: Symbol(url),
    function: Object.defineProperty(() => {}, "name", { value: url }),
    get thrown() {
      throw new Error(url);
    },
  }, { plugin: { type: url, version: url, entryPoint: url } });
  const [line = ""] = collector.lines;
  assert(!line.includes(secret), line);
  assert(!(collector.messages[0] ?? "").includes(secret));
  assert(line.includes('"https://user:[REDACTED]@host/path":1'));
});

Deno.test("createAuditLogger() redacts nothing where that is turned off", () => {
  const url = "https://user:hunter2hunter2@host/";
  assertEquals(
    detailsOf({ password: "p", url }, { redact: false }),
    { password: "p", url },
  );
});
