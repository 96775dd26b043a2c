import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { runExample } from "../run_example.ts";
import { startServer, TOKEN } from "./start_server.ts";

const MAIN = "examples/server/main.ts";

interface View {
  readonly id: string;
  readonly status: string;
  readonly reading?: string;
}

async function statuses(url: string): Promise<Record<string, string>> {
  const response = await fetch(`${url}plugins.json`);
  const { plugins }: { plugins: readonly View[] } = await response.json();
  return Object.fromEntries(plugins.map(({ id, status }) => [id, status]));
}

async function change(
  url: string,
  path: string,
  token: string,
): Promise<readonly [number, string]> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: {
      accept: "application/json",
      authorization: `Bearer ${token}`,
    },
  });
  return [response.status, await response.text()];
}

Deno.test("server/main.ts shows plugins, health and permissions", async () => {
  await using server = await startServer([], {});
  const page = await fetch(server.url);
  assertEquals(page.status, 200);
  const policy = page.headers.get("content-security-policy") ?? "";
  assertStringIncludes(policy, "default-src 'none'");
  assert(!policy.includes("unsafe"));
  const text = await page.text();
  assertMatch(text, /^<!DOCTYPE html>/);
  assert(!/<script|<style|\son\w+=|style=/i.test(text));
  for (
    const part of [
      '<html lang="en">',
      "Start the host with --allow-sys=hostname",
      "needs a token, and the server has none",
      '<th scope="row">memory 1.0.0</th>',
    ]
  ) assertStringIncludes(text, part);
  const json = await fetch(`${server.url}plugins.json`);
  const { flags, plugins } = await json.json();
  assertMatch(flags, /--allow-sys=hostname/);
  assertEquals(plugins.map(({ id, status }: View) => [id, status]), [
    ["hostname", "refused"],
    ["memory", "live"],
    ["uptime", "live"],
  ]);
  const gone = await fetch(`${server.url}nothing`);
  assertEquals(gone.status, 404);
  await gone.body?.cancel();
  const other = await fetch(server.url, { method: "DELETE" });
  assertEquals(other.status, 405);
  await other.body?.cancel();
});

Deno.test("server/main.ts lets nobody change anything without a token of its own", async () => {
  await using server = await startServer([], {});
  for (const token of ["", TOKEN]) {
    const [status, text] = await change(
      server.url,
      "plugins/uptime/disable",
      token,
    );
    assertEquals(status, 403, text);
  }
  assertEquals((await statuses(server.url)).uptime, "live");
});

Deno.test("server/main.ts enables and disables plugins for a client with the token", async () => {
  await using server = await startServer(["--allow-sys=hostname"], {
    env: { SERVER_TOKEN: TOKEN },
  });
  const { url } = server;
  assertEquals((await statuses(url)).hostname, "live");
  for (const token of ["x", TOKEN.slice(0, -1), `${TOKEN}x`]) {
    assertEquals((await change(url, "plugins/uptime/disable", token))[0], 401);
  }
  for (const _ of [1, 2]) {
    assertEquals(
      (await change(url, "plugins/uptime/disable", TOKEN))[0],
      200,
    );
  }
  assertEquals((await statuses(url)).uptime, "disabled");
  assertEquals((await change(url, "plugins/uptime/enable", TOKEN))[0], 200);
  assertEquals((await statuses(url)).uptime, "live");
  for (const path of ["plugins/nobody/enable", "plugins/uptime/delete"]) {
    assertEquals((await change(url, path, TOKEN))[0], 404);
  }
  const { code, stderr } = await server.end();
  if (Deno.build.os !== "windows") {
    // A signal ends it, after every plugin was disposed.
    assertEquals(code, 0, stderr);
    for (const id of ["hostname", "memory", "uptime"]) {
      assertStringIncludes(stderr, `PLUGIN_AUDIT: ${id} - plugin.disposed`);
    }
  }
  assertStringIncludes(stderr, "PLUGIN_AUDIT: uptime - plugin.disabled");
  assertStringIncludes(stderr, "change.refused");
  assert(!stderr.includes(TOKEN));
});

Deno.test("server/main.ts names the flag that a refused plugin needs", async () => {
  await using server = await startServer([], { env: { SERVER_TOKEN: TOKEN } });
  const [status, text] = await change(
    server.url,
    "plugins/hostname/enable",
    TOKEN,
  );
  assertEquals(status, 409);
  assertStringIncludes(text, "Start the host with --allow-sys=hostname");
  assertEquals((await statuses(server.url)).hostname, "refused");
});

Deno.test("server/main.ts refuses requests for another host name", async () => {
  await using server = await startServer([], {});
  const { port } = new URL(server.url);
  // fetch() sets the name itself: a page of another site would send this.
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(port),
  });
  await connection.write(
    new TextEncoder().encode(
      "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ),
  );
  const answer = new Uint8Array(64);
  await connection.read(answer);
  assertMatch(new TextDecoder().decode(answer), /^HTTP\/1\.1 421 /);
});

Deno.test("server/main.ts accepts the token of a form, unless the form is too long", async () => {
  await using server = await startServer([], { args: [`--token=${TOKEN}`] });
  const post = async (token: string) => {
    const response = await fetch(`${server.url}plugins/memory/disable`, {
      method: "POST",
      body: new URLSearchParams({ token }),
      redirect: "manual",
    });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await post("x".repeat(100_000)), 401);
  assertEquals(await post(TOKEN), 303);
  assertEquals((await statuses(server.url)).memory, "disabled");
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

Deno.test("server/main.ts serves a page that works in a browser, by keyboard", async (t) => {
  await using server = await startServer([], { env: { SERVER_TOKEN: TOKEN } });
  const folder = await Deno.makeTempDir({ prefix: "semantik-browser-" });
  try {
    const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-run=chromium,chromium-browser,google-chrome",
        "--allow-net=127.0.0.1",
        "--allow-env=PATH",
        "examples/server/drive_browser.ts",
        server.url,
        TOKEN,
        folder,
      ],
      cwd: new URL("../../", import.meta.url),
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    assertEquals(code, 0, decoder.decode(stderr));
    const found = JSON.parse(decoder.decode(stdout));
    if (found.missing !== undefined) {
      // deno-lint-ignore no-console -- reports the part that was not tested
      console.warn(`No browser was found (${found.missing.join(", ")})`);
      assertStringIncludes(
        await (await fetch(server.url)).text(),
        'action="/plugins/uptime/disable"',
      );
      return;
    }
    await t.step("nothing is blocked, and its style is in force", () => {
      assertEquals(found.complaints, []);
      assertEquals([found.title, found.width], ["Plugins", "1200px"]);
    });
    await t.step("it fits a narrow window", () => {
      assertEquals(found.overflow, 0);
    });
    await t.step("everything has a name", () => {
      for (
        const name of [
          "heading Plugins",
          "table What became of each plugin",
          "columnheader Status",
          "rowheader uptime 1.0.0",
          "textbox Token for uptime",
          "button Disable uptime",
          "button Enable hostname",
        ]
      ) assert(found.names.includes(name), name);
    });
    await t.step("the token decides", () => {
      assertEquals(found.alert, "The token is missing or wrong");
      assertEquals(found.statuses, ["live", "disabled", "live"]);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
