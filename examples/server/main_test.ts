import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runExample } from "../run_example.ts";
import { type RunningExample, startExample } from "../start_example.ts";

const MAIN = "examples/server/main.ts";
const TOKEN = "0123456789-test-token";

function startServer(
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RunningExample> {
  return startExample(MAIN, [
    "--allow-read=examples/server/plugins",
    "--allow-net=127.0.0.1:0",
    "--allow-env=SEMANTIK_ENABLE_*,SERVER_TOKEN",
    ...flags,
  ], { args: ["--port=0"], env });
}

async function statuses(
  url: string,
  token?: string,
): Promise<Record<string, string>> {
  const response = await fetch(`${url}?format=json`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const { plugins }: {
    plugins: readonly { readonly id: string; readonly status: string }[];
  } = await response.json();
  return Object.fromEntries(plugins.map(({ id, status }) => [id, status]));
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
  for (
    const part of ["Read only", "Start the host with --allow-sys=hostname"]
  ) assertStringIncludes(text, part);
  assertEquals(await statuses(server.url), {
    hostname: "refused",
    memory: "live",
    uptime: "live",
  });
  const [status] = await change(
    server.url,
    { do: "disable", id: "uptime" },
    TOKEN,
  );
  assertEquals(status, 403);
  const readings = await (await fetch(`${server.url}readings.json`)).json();
  assertEquals(Object.keys(readings).sort(), ["memory", "uptime"]);
  const gone = await fetch(`${server.url}nothing`);
  assertEquals(gone.status, 404);
  await gone.body?.cancel();
});

Deno.test("server/main.ts changes plugins for a client with the token, and ends while a page is open", async () => {
  await using server = await startServer(["--allow-sys=hostname"], {
    SERVER_TOKEN: TOKEN,
  });
  const { url } = server;
  const stranger = await fetch(url);
  assertEquals(stranger.status, 401);
  await stranger.body?.cancel();
  assertEquals((await statuses(url, TOKEN)).hostname, "live");
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
    for (const id of ["hostname", "memory"]) {
      assertStringIncludes(stderr, `PLUGIN_AUDIT: ${id} - plugin.disposed`);
    }
  }
  for (
    const action of ["plugin.disabled", "page.change", "page.sign_in.failed"]
  ) {
    assertStringIncludes(stderr, action);
  }
  assert(!stderr.includes(TOKEN));
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
