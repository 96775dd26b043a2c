import { assert, assertEquals, assertThrows } from "@std/assert";
import { definePlugin, PluginError, PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { recordEnvironment } from "@semantik/plugins/environment";
import { Collector } from "../audit/collector.ts";
import { builtin } from "./builtin.ts";
import { createTestHost } from "./test_host.ts";

const TOKEN = "acme-live.0a1b2c3d4e";
const redact = {
  forms: [{
    name: "Acme",
    prefixes: ["acme-live.", "acme$test"],
    body: "[a-z0-9]{8,}",
  }],
};

Deno.test("PluginHost applies redact.forms to reports, logs, environment and configuration", async () => {
  let seen: Readonly<Record<string, string>> = {};
  const thrower = definePlugin({
    setup({ env, audit }) {
      seen = env;
      audit("plugin.custom.said", { text: `with ${TOKEN}!` });
      throw new Error(`cannot use ${TOKEN}, nor acme$test12345678`);
    },
  });
  await using test = createTestHost({
    redact,
    environment: recordEnvironment({ PLAIN: "x", ADDRESS: `a ${TOKEN}` }),
    builtins: [builtin("a", thrower), builtin("b")],
    config: { b: { note: TOKEN } },
  });
  const { failed, refused } = await test.host.load();
  assertEquals(
    failed[0]?.problems[0]?.message,
    'Cannot set up plugin "a": Error: cannot use [REDACTED], nor [REDACTED]',
  );
  assertEquals(refused[0]?.id, "b");
  assertEquals(seen, { PLAIN: "x" });
  const events = JSON.stringify(test.events());
  assert(events.includes("with [REDACTED]!"), events);
  assert(!events.includes("0a1b2c3d4e"), events);
});

Deno.test("createAuditLogger() redacts the forms of its options", () => {
  const handler = new Collector();
  const logger = createAuditLogger({ handlers: [handler], redact });
  logger.log("a", "said", { text: `x ${TOKEN} y`, url: "https://a:pw123@b" });
  const text = JSON.stringify(handler.events);
  assert(text.includes("x [REDACTED] y"), text);
  assert(!text.includes("pw123"), text);
});

Deno.test("PluginHost refuses an invalid form", () => {
  const table: readonly (readonly [unknown, string])[] = [
    [{ forms: "x" }, 'Cannot use option "redact.forms": it is not a list'],
    [
      { forms: [{ name: "a", prefixes: ["ab"], body: "x" }] },
      'Cannot use option "redact.forms[0].prefixes": it is not a list of texts of at least 3 characters',
    ],
    [
      { forms: [{ name: "a", prefixes: ["abc"], body: "x*" }] },
      'Cannot use option "redact.forms[0].body": it matches the empty text',
    ],
    [
      { forms: [{ name: "a", prefixes: ["abc"], body: "" }] },
      'Cannot use option "redact.forms[0].body": it matches the empty text',
    ],
    [
      { forms: [{ name: "a", prefixes: ["abc"], body: 32 }] },
      'Cannot use option "redact.forms[0].body": it is not text',
    ],
    [
      { forms: [{ name: "a", prefixes: ["abc"], body: "[" }] },
      'Cannot use option "redact.forms[0].body": it is not a regular expression: "["',
    ],
  ];
  for (const [redact, message] of table) {
    const options = { name: "a", version: "1.0.0", redact };
    const error = assertThrows(
      () => Reflect.construct(PluginHost, [options]),
      PluginError,
    );
    assertEquals([error.code, error.message], [
      "PLUGIN_OPTION_INVALID",
      message,
    ]);
  }
});
