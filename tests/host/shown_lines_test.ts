import { assert, assertEquals } from "@std/assert";
import type { Plugin } from "@semantik/plugins";
import { createTestHost } from "@semantik/plugins/testing";

const KEY = "quiet harbour\nlantern row\n  eleven";

async function messagesOf(plugin: Partial<Plugin>): Promise<readonly string[]> {
  await using host = createTestHost({
    env: { SSH_KEY: KEY },
    builtins: [{
      manifest: {
        id: "lines",
        type: "note",
        version: "1.0.0",
        permissions: { env: ["SSH_KEY"] },
      },
      plugin: { setup: () => ({}), ...plugin },
    }],
  });
  const { failed } = await host.load();
  const health = host.get("lines") === undefined
    ? undefined
    : (await host.health()).get("lines")?.message;
  return [
    ...failed.flatMap(({ problems }) => problems.map((one) => one.message)),
    ...health === undefined ? [] : [health],
  ];
}

function fail(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

Deno.test("PluginHost shows a message on one line, with a sign for each break", async (t) => {
  const text = "the query failed\nnear line 3\n\x1b[31m";
  const shown = "the query failed ⏎ near line 3";
  const validate = () => ({ issues: [{ message: text }] });
  const plugins: Readonly<Record<string, Partial<Plugin>>> = {
    setup: { setup: fail(text) },
    health: { healthCheck: fail(text) },
    "health message": {
      healthCheck: () => ({ status: "degraded", message: text }),
    },
    schema: {
      configSchema: { "~standard": { version: 1, vendor: "own", validate } },
    },
  };
  for (const [name, plugin] of Object.entries(plugins)) {
    await t.step(name, async () => {
      const [message = ""] = await messagesOf(plugin);
      assert(message.includes(shown), message);
      assert(!/\\n|\p{Cc}/u.test(message), message);
    });
  }
});

Deno.test("PluginHost masks a multi-line secret in a message", async () => {
  assertEquals(await messagesOf({ setup: fail(`bad key ${KEY}\nagain`) }), [
    'Cannot set up plugin "lines": Error: bad key [REDACTED] ⏎ again',
  ]);
});

Deno.test("PluginHost keeps a backslash in a message", async () => {
  const [message] = await messagesOf({ setup: fail("no file C:\\new") });
  assertEquals(message, 'Cannot set up plugin "lines": Error: no file C:\\new');
});

Deno.test("PluginHost escapes the messages of a contract schema", async () => {
  const validate = () => ({
    issues: [{ message: "no method\n\x1b[2Jembed", path: ["a\nb"] }],
  });
  await using host = createTestHost({
    contracts: {
      note: { "~standard": { version: 1, vendor: "own", validate } },
    },
    builtins: [{
      manifest: { id: "lines", type: "note", version: "1.0.0" },
      plugin: { setup: () => ({}) },
    }],
  });
  const { failed } = await host.load();
  assertEquals(
    failed[0]?.problems[0]?.message,
    'Cannot load plugin "lines": a ⏎ b: no method ⏎ \\u001b[2Jembed, which a ' +
      'plugin of type "note" must have',
  );
});
