import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { runExample } from "../run_example.ts";
import { type RunningExample, startExample } from "../start_example.ts";

const MAIN = "examples/server/main.ts";
const TOKEN = "0123456789-test-token";

function startServer(
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<RunningExample> {
  return startExample(MAIN, [
    "--allow-read=examples/server/plugins",
    "--allow-net=127.0.0.1:0",
    "--allow-env=SEMANTIK_ENABLE_*,SERVER_TOKEN",
    ...flags,
  ], { args: ["--port=0", ...args], env });
}

interface Shown {
  readonly plugins: readonly { readonly id: string; readonly status: string }[];
  readonly questions?: readonly {
    readonly id: string;
    readonly question: { readonly plugin: { readonly id: string } };
  }[];
}

async function show(url: string, token?: string): Promise<Shown> {
  const response = await fetch(`${url}?format=json`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  return await response.json();
}

async function statuses(
  url: string,
  token?: string,
): Promise<Record<string, string>> {
  const { plugins } = await show(url, token);
  return Object.fromEntries(plugins.map(({ id, status }) => [id, status]));
}

/** Says yes to questions about these plugins, once the server asks them. */
async function sayYes(url: string, ids: readonly string[]): Promise<void> {
  const open = new Set(ids);
  while (open.size > 0) {
    for (
      const { id, question: { plugin } }
        of (await show(url, TOKEN)).questions ?? []
    ) {
      if (!open.delete(plugin.id)) continue;
      const answer = { do: "answer", question: id, answer: "run", by: "ada" };
      assertEquals((await change(url, answer, TOKEN))[0], 200);
    }
  }
}

async function untilLive(url: string, ids: readonly string[]): Promise<void> {
  while (true) {
    const now = await statuses(url, TOKEN);
    if (ids.every((id) => now[id] === "live")) return;
    assert(ids.every((id) => now[id] !== "failed"), JSON.stringify(now));
  }
}

async function change(
  url: string,
  fields: Record<string, string>,
  token: string,
): Promise<readonly [number, string]> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      accept: "application/json",
      authorization: `Bearer ${token}`,
    },
    body: new URLSearchParams(fields),
  });
  return [response.status, await response.text()];
}

Deno.test("server/main.ts shows its plugins to everybody on the machine without a token, and lets nobody change them", async () => {
  await using server = await startServer([], {});
  const text = await (await fetch(server.url)).text();
  for (const part of ["Read only", "It waits for a yes", "need a yes"]) {
    assertStringIncludes(text, part);
  }
  assertEquals(await statuses(server.url), {
    hostname: "refused",
    memory: "refused",
    uptime: "refused",
  });
  const [status] = await change(
    server.url,
    { do: "disable", id: "uptime" },
    TOKEN,
  );
  assertEquals(status, 403);
  const readings = await (await fetch(`${server.url}readings.json`)).json();
  assertEquals(readings, {});
  const gone = await fetch(`${server.url}nothing`);
  assertEquals(gone.status, 404);
  await gone.body?.cancel();
});

Deno.test("server/main.ts asks for plugins on its page, changes them for a client with the token, and ends while a page is open", async () => {
  await using server = await startServer([], { SERVER_TOKEN: TOKEN });
  const { url } = server;
  const stranger = await fetch(url);
  assertEquals(stranger.status, 401);
  await stranger.body?.cancel();
  await sayYes(url, ["memory", "uptime"]);
  await untilLive(url, ["memory", "uptime"]);
  const readings = await (await fetch(`${url}readings.json`)).json();
  assertEquals(Object.keys(readings).sort(), ["memory", "uptime"]);
  const disable = { do: "disable", id: "uptime" };
  assertEquals((await change(url, disable, `${TOKEN}x`))[0], 401);
  assertEquals((await change(url, disable, TOKEN))[0], 200);
  assertEquals((await statuses(url, TOKEN)).uptime, "disabled");
  const live = await fetch(`${url}?events`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  assertEquals(live.status, 200);
  const { code, stderr } = await server.end();
  await live.text();
  if (Deno.build.os !== "windows") {
    // A signal ends it, after every plugin was disposed.
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "PLUGIN_AUDIT: memory - plugin.disposed");
  }
  for (
    const action of [
      "plugin.consent.granted",
      "plugin.disabled",
      "page.change",
      "page.sign_in.failed",
    ]
  ) {
    assertStringIncludes(stderr, action);
  }
  assert(!stderr.includes(TOKEN));
});

Deno.test({
  // Windows has no live mode.
  ignore: Deno.build.os === "windows",
  name:
    "server/main.ts runs a plugin in live mode, asks for an optional permission at its first use, and takes it back",
  async fn() {
    const sockets = await Deno.makeTempDir({ prefix: "server-" });
    try {
      await using server = await startServer(
        [
          `--allow-read=examples/server/plugins,${sockets}`,
          `--allow-write=${sockets}`,
          `--allow-net=127.0.0.1:0,unix:${sockets}/hostname.sock`,
          `--allow-run=${Deno.execPath()}`,
        ],
        { SERVER_TOKEN: TOKEN },
        [`--sockets=${sockets}`],
      );
      const { url } = server;
      await sayYes(url, ["hostname", "memory", "uptime"]);
      await untilLive(url, ["hostname"]);
      const [first] = await Promise.all([
        fetch(`${url}readings.json`).then((response) => response.json()),
        sayYes(url, ["hostname"]),
      ]);
      assertMatch(first.hostname, /^\S+ \(.+\)$/);
      const revoke = { do: "revoke", id: "hostname", entry: "sys:osRelease" };
      assertEquals((await change(url, revoke, TOKEN))[0], 200);
      const second = await (await fetch(`${url}readings.json`)).json();
      assertEquals(first.hostname.split(" ")[0], second.hostname);
      const { stderr } = await server.end();
      assertStringIncludes(stderr, "permission.revoked");
    } finally {
      await Deno.remove(sockets, { recursive: true });
    }
  },
});

Deno.test("server/main.ts explains invalid arguments", async () => {
  const cases = [
    [["--port=x"], 'The port is "x"'],
    [["--token=short"], "The token is too short"],
    [["--verbose"], 'The argument "--verbose" is unknown'],
  ] as const;
  for (const [args, message] of cases) {
    const { code, stderr } = await runExample(MAIN, [], { args });
    assertEquals(code, 2);
    assertStringIncludes(stderr, message);
    assert(!stderr.includes("short\n"));
  }
});
