import type { PluginRunner } from "@semantik/plugins";
import { recordEnvironment } from "@semantik/plugins/environment";
import { subprocess } from "@semantik/plugins/subprocess";
import { collectAudit } from "@semantik/plugins/testing";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHost, type SearchHost } from "../../create_host.ts";
import { KEY } from "./connect_plugin.ts";
import { FakeApi, inputOf } from "./fake_api.ts";
import manifest from "./plugin.json" with { type: "json" };

const ID = "openai-embedding";
const ROOT = new URL("../../../../", import.meta.url);

/** The plugin in its own process resolves names by the project's deno.json. */
const RUNNERS: Readonly<Record<string, PluginRunner | undefined>> = {
  "the process of the host": undefined,
  "a process of its own": subprocess({
    config: new URL("deno.json", ROOT).pathname,
  }),
};

/** Copies the plugin, for it declares the server of OpenAI and not that of a test. */
async function copyPlugin(folder: string, net: readonly string[]) {
  for await (const { name } of Deno.readDir(new URL(".", import.meta.url))) {
    if (name.includes("_test.") || name === "plugin.json") continue;
    await Deno.copyFile(
      new URL(name, import.meta.url),
      `${folder}/${name}`,
    );
  }
  const permissions = { ...manifest.permissions, net };
  await Deno.writeTextFile(
    `${folder}/plugin.json`,
    JSON.stringify({ ...manifest, permissions }),
  );
}

async function withHost(
  server: FakeApi,
  net: readonly string[],
  runner: PluginRunner | undefined,
  use: (host: SearchHost) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await copyPlugin(folder, net);
    await using host = createHost({
      sources: [folder],
      config: { [ID]: { base_url: server.baseUrl, max_retries: 0 } },
      environment: recordEnvironment({ OPENAI_API_KEY: KEY }),
      // The test itself may reach 127.0.0.1 alone, at any port.
      permissions: "report",
      audit: collectAudit(),
      ...runner === undefined ? {} : { runner },
    });
    const { loaded, failed } = await host.load();
    assertEquals([loaded.length, failed], [1, []]);
    await use(host);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const [place, runner] of Object.entries(RUNNERS)) {
  Deno.test(`openai-embedding works in ${place}`, async () => {
    await using server = new FakeApi();
    const net = [new URL(server.baseUrl).host];
    await withHost(server, net, runner, async (host) => {
      const vectors = await host.use(
        ID,
        "embedding",
        (embedding) => embedding.embed(["one", "three"]),
      );
      assertEquals(vectors.map((vector) => vector.constructor.name), [
        "Float32Array",
        "Float32Array",
      ]);
      const [first, second] = vectors.map(([one = 0, two = 0]) => one / two);
      assertEquals([Math.round(first ?? 0), Math.round(second ?? 0)], [3, 5]);
      const { status } = await host.health(ID);
      assertEquals(status, "healthy");
      const seen = server.requests.map(({ authorization, body }) => [
        authorization,
        inputOf(body),
      ]);
      assertEquals(seen, [
        [`Bearer ${KEY}`, ["one", "three"]],
        [`Bearer ${KEY}`, ["ok"]],
      ]);
    });
  });
}

Deno.test("openai-embedding in a process of its own reaches no server that it does not declare", async () => {
  await using server = new FakeApi();
  const runner = RUNNERS["a process of its own"];
  await withHost(server, ["api.openai.com:443"], runner, async (host) => {
    const error = await assertRejects(
      () => host.use(ID, "embedding", (one) => one.embed(["secret"])),
      Deno.errors.NotCapable,
    );
    assertStringIncludes(error.message, new URL(server.baseUrl).host);
    assertEquals(server.requests, []);
  });
});
