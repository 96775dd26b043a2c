import { PluginError } from "@semantik/plugins";
import { testPlugin } from "@semantik/plugins/testing";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
} from "@std/assert";
import { connectPlugin, KEY } from "./connect_plugin.ts";
import { FakeApi, inputOf, refusal } from "./fake_api.ts";
import plugin from "./mod.ts";
import manifest from "./plugin.json" with { type: "json" };

Deno.test("embed() sends requests in the format of the API", async () => {
  await using server = new FakeApi();
  const { api } = await connectPlugin(server);
  const vectors = await api.embed(["one", "three"]);
  assertEquals(server.requests, [{
    method: "POST",
    path: "/v1/embeddings",
    authorization: `Bearer ${KEY}`,
    contentType: "application/json",
    body: {
      model: "text-embedding-3-small",
      input: ["one", "three"],
      encoding_format: "float",
    },
  }]);
  assertEquals(api.dimensions, 1_536);
  assertEquals(vectors.map((vector) => vector.length), [1_536, 1_536]);
});

Deno.test("embed() returns vectors of length one in the order of the texts", async () => {
  await using server = new FakeApi();
  const { api } = await connectPlugin(server);
  const vectors = await api.embed(["a", "bb", "ccc"]);
  for (const [index, vector] of vectors.entries()) {
    assertAlmostEquals((vector[0] ?? 0) / (vector[1] ?? 0), index + 1, 1e-5);
    const length = vector.reduce((sum, value) => sum + value * value, 0);
    assertAlmostEquals(length, 1, 1e-5);
  }
});

Deno.test("embed() sends many texts in batches", async () => {
  await using server = new FakeApi();
  const { api } = await connectPlugin(server, { batch_size: 2 });
  const vectors = await api.embed(["a", "bb", "ccc", "dddd", "eeeee"]);
  assertEquals(server.requests.map(({ body }) => inputOf(body)), [
    ["a", "bb"],
    ["ccc", "dddd"],
    ["eeeee"],
  ]);
  assertAlmostEquals((vectors[4]?.[0] ?? 0) / (vectors[4]?.[1] ?? 0), 5, 1e-5);
});

Deno.test("embed() sends no request for empty texts", async () => {
  await using server = new FakeApi();
  const { api } = await connectPlugin(server);
  assertEquals(await api.embed([]), []);
  const [empty, text, blank] = await api.embed(["", "text", " \n"]);
  assertEquals(server.requests.map(({ body }) => inputOf(body)), [["text"]]);
  assertEquals(empty, new Float32Array(1_536));
  assertEquals(blank, new Float32Array(1_536));
  assert((text?.[0] ?? 0) > 0);
});

Deno.test("embed() sends the beginning of a long text, and logs it", async () => {
  const warnings: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn: (message: string) => void warnings.push(message),
    error() {},
  };
  await using server = new FakeApi();
  const { api } = await connectPlugin(server, { max_input_characters: 4 }, {
    log,
  });
  await api.embed(["abc", "abcdef", "abc😀"]);
  assertEquals(server.requests.map(({ body }) => inputOf(body)), [
    ["abc", "abcd", "abc\ufffd"],
  ]);
  assertEquals(warnings, [
    "2 of 3 texts are longer than 4 characters: only their beginnings are embedded",
  ]);
});

Deno.test("embed() shortens vectors only if the model can", async () => {
  await using server = new FakeApi([], 8);
  const small = await connectPlugin(server, { dimensions: 8 });
  assertEquals((await small.api.embed(["a"]))[0]?.length, 8);
  const other = await connectPlugin(server, { model: "local", dimensions: 8 });
  assertEquals((await other.api.embed(["a"]))[0]?.length, 8);
  assertEquals(server.requests.map(({ body }) => body), [
    {
      model: "text-embedding-3-small",
      input: ["a"],
      encoding_format: "float",
      dimensions: 8,
    },
    { model: "local", input: ["a"], encoding_format: "float" },
  ]);
});

Deno.test("embed() stops when the plugin must stop", async () => {
  const stop = new AbortController();
  await using server = new FakeApi([() => {
    stop.abort(new Error("disabled"));
    return refusal(429, { message: "Later" }, { "retry-after": "30" });
  }]);
  const { api } = await connectPlugin(server, { max_retries: 5 }, {
    signal: stop.signal,
  });
  await assertRejects(async () => await api.embed(["a"]), Error, "disabled");
  assertEquals(server.requests.length, 1);
});

Deno.test("embed() stops when its caller does", async () => {
  const stop = new AbortController();
  await using server = new FakeApi([() => {
    stop.abort(new Error("changed my mind"));
    return undefined;
  }]);
  const { api } = await connectPlugin(server, { batch_size: 1 });
  await assertRejects(
    async () => await api.embed(["a", "b"], { signal: stop.signal }),
    Error,
    "changed my mind",
  );
  assertEquals(server.requests.length, 1);
});

Deno.test("setup() reads the key from the environment", async () => {
  await using server = new FakeApi();
  await using tested = await testPlugin(plugin, manifest, {
    config: { base_url: server.baseUrl },
    env: { OPENAI_API_KEY: `${KEY}\n` },
  });
  await tested.api.embed(["a"]);
  assertEquals(server.requests[0]?.authorization, `Bearer ${KEY}`);
});

Deno.test("setup() explains a missing or unusable key", async (t) => {
  const cases: Readonly<Record<string, string>>[] = [
    {},
    { OPENAI_API_KEY: "" },
    { OPENAI_API_KEY: "sk-\u00e9\nx: y" },
  ];
  for (const env of cases) {
    await t.step(JSON.stringify(env), async () => {
      const error = await assertRejects(
        () => testPlugin(plugin, manifest, { env }),
        Error,
      );
      assertEquals(
        error.message,
        'Cannot set up plugin "openai-embedding": Error: ' +
          "The key of the API is missing or malformed: set OPENAI_API_KEY, " +
          "or api_key in the configuration of this plugin",
      );
    });
  }
});

Deno.test("healthCheck() checks the key, the quota and the model", async () => {
  await using server = new FakeApi([
    () => undefined,
    () => refusal(401, { message: "no" }),
    () => refusal(503, { message: "Overloaded" }, { "retry-after": "0" }),
  ]);
  const { context } = await connectPlugin(server, { max_retries: 4 });
  assertEquals(await plugin.healthCheck?.(context), {
    status: "healthy",
    message: "text-embedding-3-small",
  });
  assertEquals(await plugin.healthCheck?.(context), {
    status: "unhealthy",
    message:
      "The API does not accept the key (status 401): check OPENAI_API_KEY",
  });
  assertEquals(await plugin.healthCheck?.(context), {
    status: "unhealthy",
    message: "The API answered with status 503: Overloaded",
  });
  assertEquals(server.requests.length, 3);
});

Deno.test("configSchema refuses what would fail or leak later", async (t) => {
  const cases: [string, Readonly<Record<string, unknown>>][] = [
    ["api_key", { api_key: "a b" }],
    ["base_url", { base_url: "http://api.example.com/v1" }],
    ["base_url", { base_url: "http://127.0.0.1.example.com/v1" }],
    ["base_url", { base_url: "ftp://127.0.0.1" }],
    ["base_url", { base_url: "api.example.com" }],
    ["dimensions", { model: "local" }],
    ["batch_size", { batch_size: 4_000 }],
    ["apikey", { apikey: "x" }],
  ];
  for (const [field, config] of cases) {
    await t.step(JSON.stringify(config), async () => {
      await assertRejects(
        () => testPlugin(plugin, manifest, { config }),
        PluginError,
        field,
      );
    });
  }
});

Deno.test("plugin.json declares the permissions that an operator grants", async () => {
  const error = await assertRejects(
    () => testPlugin(plugin, manifest, { grants: {} }),
    PluginError,
    'net to "api.openai.com:443", env to "OPENAI_API_KEY" are not granted',
  );
  assertEquals(error.code, "PLUGIN_PERMISSION_MISSING");
});

Deno.test("setup() gets the key by reference, and no other plugin sees it", async () => {
  await using server = new FakeApi();
  await using tested = await testPlugin(plugin, manifest, {
    config: { base_url: server.baseUrl, api_key_env: "OPENAI_API_KEY" },
    env: { OPENAI_API_KEY: KEY },
  });
  await tested.api.embed(["a"]);
  assertEquals(server.requests[0]?.authorization, `Bearer ${KEY}`);
  assert(!JSON.stringify(tested.audit.events).includes(KEY));
});
