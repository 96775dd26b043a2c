import { assert, assertEquals } from "@std/assert";
import { createAuditLogger } from "@semantik/plugins/audit";
import { Collector, detailsOf } from "./collector.ts";
import MASKING from "../vectors/masking.json" with { type: "json" };
import VECTORS from "./vectors.json" with { type: "json" };

Deno.test("createAuditLogger() redacts the test vectors", async (t) => {
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

Deno.test("createAuditLogger() masks credentials in every string", () => {
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

Deno.test("createAuditLogger() redacts nothing with `redact: false`", () => {
  const url = "https://user:hunter2hunter2@host/";
  assertEquals(
    detailsOf({ password: "p", url }, { redact: false }),
    { password: "p", url },
  );
});

Deno.test("createAuditLogger() redacts values that a name elsewhere reveals", () => {
  for (const { source, details, leak, keep } of MASKING) {
    if (details === undefined) continue;
    const text = JSON.stringify(detailsOf(details));
    for (const part of leak) assert(!text.includes(part), `${source}: ${text}`);
    for (const part of keep) assert(text.includes(part), `${source}: ${text}`);
  }
  const form = new FormData();
  form.append("q", "a");
  form.append("api_key", "hush");
  form.append("file", new File(["hush"], "notes.txt"));
  assertEquals(
    detailsOf({
      spawn: { command: "sshpass", args: ["-p", "hush", "ssh", "host"] },
      curl: ["curl", "-u", "ada:hush", "-H", "X-Api-Key: hush", "--silent"],
      rawHeaders: ["Host", "x.example", "Private-Token", "hush"],
      allowed: ["X-Api-Key", "X-Request-Id"],
      pairs: new Set([["x-api-key", "hush"], ["accept", "*"]]),
      flags: new Set(["--token", "hush", "--verbose"]),
      tags: [{ Key: "DB_PASSWORD", Value: "hush" }, {
        Key: "Team",
        Value: "a",
      }],
      change: { field: "password", old: "hush", new: "hush2", by: "ada" },
      headers: new Headers([
        ["set-cookie", "a=hush"],
        ["set-cookie", "b=hush"],
        ["accept", "x"],
        ["accept", "y"],
      ]),
      form,
    }),
    {
      spawn: {
        command: "sshpass",
        args: ["-p", "[REDACTED]", "ssh", "host"],
      },
      curl: [
        ...["curl", "-u", "[REDACTED]", "-H", "X-Api-Key: [REDACTED]"],
        "--silent",
      ],
      rawHeaders: ["Host", "x.example", "Private-Token", "[REDACTED]"],
      allowed: ["X-Api-Key", "X-Request-Id"],
      pairs: [["x-api-key", "[REDACTED]"], ["accept", "*"]],
      flags: ["--token", "[REDACTED]", "--verbose"],
      tags: [
        { Key: "DB_PASSWORD", Value: "[REDACTED]" },
        { Key: "Team", Value: "a" },
      ],
      change: {
        field: "password",
        old: "[REDACTED]",
        new: "[REDACTED]",
        by: "ada",
      },
      headers: { accept: "x, y", "set-cookie": "[REDACTED]" },
      form: { q: "a", api_key: "[REDACTED]", file: "[File of 4 bytes]" },
    },
  );
});

Deno.test("createAuditLogger() writes a list for a name with several values", () => {
  const form = new FormData();
  form.append("tag", "a");
  form.append("tag", "b");
  const collector = new Collector();
  using audit = createAuditLogger({ handlers: [collector] });
  audit.log("a", "b", {
    query: new URLSearchParams("q=1&token=x&q=2&token=y&r=3"),
    headers: new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]),
    form,
  });
  const [line = ""] = collector.lines;
  assert(
    line.endsWith(
      '"query":{"q":["1","2"],"token":"[REDACTED]","r":"3"},' +
        '"headers":{"set-cookie":"[REDACTED]"},"form":{"tag":["a","b"]}}',
    ),
    line,
  );
});
