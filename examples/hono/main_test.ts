import { createPage } from "@semantik/plugins/page";
import { createTestHost } from "@semantik/plugins/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runExample } from "../run_example.ts";
import { startExample } from "../start_example.ts";
import { createApp, options } from "./main.ts";

const MAIN = "examples/hono/main.ts";

/** Runs a test with an empty data directory. */
async function withDirectory(
  test: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik-hono-" }),
  );
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The flags of the README, for another directory and port. */
async function flagsOf(directory: string): Promise<readonly string[]> {
  const page = await Deno.readTextFile("examples/hono/README.md");
  const [, line = ""] = /^deno run ([^]*?) examples\/hono\/main\.ts/m.exec(
    page.replaceAll("\\\n", ""),
  ) ?? [];
  return line.replaceAll("'", "").replaceAll("data/", `${directory}/`)
    .replace(":8000", ":0").trim().split(/\s+/);
}

Deno.test("hono/main.ts greets, and reports the health of its plugins", async () => {
  await using host = createTestHost(options);
  const app = createApp(host);
  assertEquals((await app.request("/health")).status, 503);
  await host.load();

  const greeting = await app.request("/greet/Ada");
  assertEquals(await greeting.text(), "Servus Ada");
  const health = await app.request("/health");
  assertEquals(health.status, 200);
  assertEquals((await health.json()).greeter.status, "healthy");
});

Deno.test("hono/main.ts returns 503 while the greeter is not live", async () => {
  await using host = createTestHost(options);
  const app = createApp(host);
  await host.load();
  await host.disable("greeter");
  for (const path of ["/greet/Ada", "/health"]) {
    const response = await app.request(path);
    assertEquals(response.status, 503);
    await response.body?.cancel();
  }
  await host.enable("greeter");
  assertEquals((await app.request("/greet/Ada")).status, 200);
});

Deno.test("an application on Hono mounts the page for plugins", async () => {
  await using host = createTestHost(options);
  const app = createApp(host);
  app.mount("/plugins", createPage({ host, anonymous: "read" }));
  await host.load();
  for (const path of ["/plugins", "/plugins/"]) {
    const response = await app.request(`http://localhost:8000${path}`);
    assertEquals(response.status, 200);
    assertStringIncludes(await response.text(), "Greeter");
  }
});

Deno.test("hono/main.ts hides the error of a plugin from its clients", async () => {
  await using host = createTestHost({
    ...options,
    sources: [],
    builtins: [{
      manifest: { id: "greeter", type: "greeting", version: "1.0.0" },
      plugin: {
        setup: () => ({
          greet() {
            throw new Error("a detail");
          },
        }),
      },
    }],
    config: {},
  });
  await host.load();
  const response = await createApp(host).request("/greet/Ada");
  assertEquals([response.status, await response.text()], [
    500,
    "Something went wrong",
  ]);
  assertEquals(host.audit.actions("greeter").at(-1), "plugin.call.failed");
});

Deno.test("hono/main.ts needs a variable of its greeter", async () => {
  await using host = createTestHost({ ...options, grants: {} });
  const { refused } = await host.load();
  assertEquals(
    refused[0]?.problems[0]?.remedy,
    "Start the host with --allow-env=GREETING",
  );
});

Deno.test("hono/main.ts runs with the flags of its README, and ends in order", async () => {
  await withDirectory(async (directory) => {
    await using server = await startExample(MAIN, await flagsOf(directory), {
      args: [directory, "0"],
      env: { GREETING: "Grüß Gott," },
    });
    const greeting = await fetch(`${server.url}greet/Ada`);
    assertEquals(await greeting.text(), "Grüß Gott, Ada");
    const health = await fetch(`${server.url}health`);
    assertEquals([health.status, typeof await health.json()], [200, "object"]);
    const { code, stderr } = await server.end();
    assert(!stderr.includes("warn"), stderr);
    if (Deno.build.os === "windows") return;
    assertEquals(code, 0, stderr);
    const trail = await Deno.readTextFile(`${directory}/audit.jsonl`);
    const events = trail.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(events.map(({ action }) => action), [
      "plugin.registered.external",
      "plugin.health_check",
      "plugin.disposed",
    ]);
    assertEquals(events.map(({ chain_sequence }) => chain_sequence), [1, 2, 3]);
  });
});

/** Sorts the values of a flag: absolute paths have another order than relative ones. */
function sortValues(flag: string): string {
  const [name = "", values] = flag.split("=");
  return values === undefined
    ? name
    : `${name}=${values.split(",").sort().join(",")}`;
}

Deno.test({
  name: "hono/README.md shows the flags that the command line prints",
  // The paths of Windows are others than those of the page.
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await withDirectory(async (directory) => {
      const { code, stdout, stderr } = await runExample("cli.ts", [
        "--allow-read",
        "--allow-env",
      ], {
        args: [
          "permissions",
          "examples/hono/plugins",
          "--format=flags",
          `--state=${directory}/state.json`,
          `--audit-log=${directory}/audit.jsonl`,
          "--audit-files=2",
          '--host-permissions={"net":["0.0.0.0:0"]}',
        ],
      });
      assertEquals(code, 0, stderr);
      const root = Deno.cwd();
      const printed = stdout.trim().replaceAll("'", "")
        .replaceAll(`${root}/`, "").split(" ");
      assertEquals(
        (await flagsOf(directory)).map(sortValues).sort(),
        printed.filter((flag) => flag.startsWith("--")).map(sortValues).sort(),
      );
    });
  },
});

Deno.test("hono/main.ts explains a missing data directory", async () => {
  const { code, stderr } = await runExample(MAIN, await flagsOf("missing"), {
    args: ["missing", "0"],
  });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "missing");
});
