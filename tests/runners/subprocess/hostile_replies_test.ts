/** Plugins that answer the host themselves, in place of the bootstrap. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { PluginHost } from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { subprocess } from "@semantik/plugins/subprocess";
import { collectAudit } from "@semantik/plugins/testing";
import { withPlugins } from "../../host/with_plugins.ts";

const SECRET = "Zq8vK2mXw5Rt9LpYc3Nf7Hb1Jd6Gs4Aa";

/** Writes frames with the mark of the session, which each plugin can read. */
const WIRE = `
  const mark = Uint8Array.from(Deno.args[0].match(/../g), (b) => parseInt(b, 16));
  function send(message) {
    const head = new TextEncoder().encode(JSON.stringify(message));
    const bytes = new Uint8Array(mark.length + 8 + head.length);
    bytes.set(mark);
    new DataView(bytes.buffer).setUint32(mark.length, head.length, true);
    bytes.set(head, mark.length + 8);
    Deno.stdout.writeSync(bytes);
  }
  const text = "\\u001b[31m\\u202e first\\nsecond " + Deno.env.get("MY_SECRET_KEY");
`;

/** Loads a plugin whose top level is the given code. */
async function load(top: string) {
  const result: { code?: string; message?: string; all: string } = { all: "" };
  await withPlugins({
    a: {
      code: `${WIRE}\n${top}\nexport default { setup: () => ({}) };`,
      manifest: { permissions: { env: ["MY_SECRET_KEY"] } },
    },
  }, async (folder) => {
    const audit = collectAudit();
    const lines: string[] = [];
    await using host = new PluginHost({
      name: "test",
      version: "1.0.0",
      sources: [folder],
      runner: subprocess(),
      environment: recordEnvironment({ MY_SECRET_KEY: SECRET }),
      switches: false,
      log: (_id, _level, line) => lines.push(line),
      audit,
    });
    const { failed } = await host.load();
    const { code, message } = failed[0]?.problems[0] ?? {};
    Object.assign(result, { code, message });
    result.all = JSON.stringify([failed, lines, audit.events]);
  });
  return result;
}

Deno.test("what a plugin says in place of the bootstrap is masked, and on one line", async () => {
  const replies = [
    '{ kind: "none", message: text, remedy: text }',
    '{ kind: "broken", error: text }',
    `{ kind: "broken", error: { $: "error", k: "PluginError", m: text,
       x: { code: "PLUGIN_REVOKED", remedy: text } } }`,
  ];
  for (const reply of replies) {
    const { code, message, all } = await load(
      `send(["r", 1, ${reply}]); for (;;);`,
    );
    assertEquals(code, "PLUGIN_MODULE_INVALID", reply);
    assertMatch(message ?? "", /\[REDACTED\]/);
    assert(!all.includes(SECRET), all);
    // JSON escapes the backslash of what is escaped already.
    assert(!/[^\\]\\u001b|\u202e|[^\\]\\n/.test(all), all);
  }
});

Deno.test("a secret that a plugin shows at its top level is masked", async () => {
  const { code, message, all } = await load(
    "console.log(text); throw new Error(text);",
  );
  assertEquals(code, "PLUGIN_IMPORT_FAILED");
  assertMatch(message ?? "", /\[REDACTED\]/);
  assert(!all.includes(SECRET), all);
});

Deno.test("a process that breaks the protocol is named as that in every phase", async () => {
  const { code, message } = await load('send(["h", 1, null, null]);');
  assertEquals(code, "PLUGIN_PROTOCOL_BROKEN");
  assertEquals(
    message,
    'Cannot import plugin "a": its process broke the protocol: it sent a ' +
      "second greeting",
  );
  const later = await load(`
    send(["r", 1, { kind: "plugin" }]);
    send(["r", 7, 1]);`);
  assertEquals(later.code, "PLUGIN_PROTOCOL_BROKEN");
});
