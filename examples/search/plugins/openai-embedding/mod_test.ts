import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
} from "@std/assert";
import { setUpPlugin, type TestContext } from "../../set_up_plugin.ts";
import { embeddings, FakeApi, inputOf, refusal } from "./fake_api.ts";
import plugin from "./mod.ts";

const KEY = "sk-test-0123456789";

async function connect(
  api: FakeApi,
  config: Readonly<Record<string, unknown>> = {},
  context: TestContext = {},
) {
  const base = { api_key: KEY, base_url: api.baseUrl, max_retries: 0 };
  return await setUpPlugin(plugin, { ...base, ...config }, context);
}

Deno.test("embed() asks the API as it wants to be asked", async () => {
  await using server = new FakeApi();
  const { api } = await connect(server);
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

Deno.test("embed() answers in the order of the texts, with vectors of length one", async () => {
  await using server = new FakeApi();
  const { api } = await connect(server);
  const vectors = await api.embed(["a", "bb", "ccc"]);
  for (const [index, vector] of vectors.entries()) {
    assertAlmostEquals((vector[0] ?? 0) / (vector[1] ?? 0), index + 1, 1e-5);
    const length = vector.reduce((sum, value) => sum + value * value, 0);
    assertAlmostEquals(length, 1, 1e-5);
  }
});

Deno.test("embed() sends many texts in batches", async () => {
  await using server = new FakeApi();
  const { api } = await connect(server, { batch_size: 2 });
  const vectors = await api.embed(["a", "bb", "ccc", "dddd", "eeeee"]);
  assertEquals(server.requests.map(({ body }) => inputOf(body)), [
    ["a", "bb"],
    ["ccc", "dddd"],
    ["eeeee"],
  ]);
  assertAlmostEquals((vectors[4]?.[0] ?? 0) / (vectors[4]?.[1] ?? 0), 5, 1e-5);
});

Deno.test("embed() asks nothing for texts that say nothing", async () => {
  await using server = new FakeApi();
  const { api } = await connect(server);
  assertEquals(await api.embed([]), []);
  const [empty, text, blank] = await api.embed(["", "text", " \n"]);
  assertEquals(server.requests.map(({ body }) => inputOf(body)), [["text"]]);
  assertEquals(empty, new Float32Array(1_536));
  assertEquals(blank, new Float32Array(1_536));
  assert((text?.[0] ?? 0) > 0);
});

Deno.test("embed() sends the beginning of a text that is too long, and says so", async () => {
  const warnings: string[] = [];
  const log = {
    debug() {},
    info() {},
    warn: (message: string) => void warnings.push(message),
    error() {},
  };
  await using server = new FakeApi();
  const { api } = await connect(server, { max_input_characters: 4 }, { log });
  await api.embed(["abc", "abcdef", "abc😀"]);
  assertEquals(server.requests.map(({ body }) => inputOf(body)), [
    ["abc", "abcd", "abc\ufffd"],
  ]);
  assertEquals(warnings, [
    "2 of 3 texts are longer than 4 characters: only their beginnings are embedded",
  ]);
});

Deno.test("embed() shortens vectors only where the model can", async () => {
  await using server = new FakeApi([], 8);
  const small = await connect(server, { dimensions: 8 });
  assertEquals((await small.api.embed(["a"]))[0]?.length, 8);
  const other = await connect(server, { model: "local", dimensions: 8 });
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

Deno.test("embed() asks again where the API is busy, when the API says", async () => {
  const now = { "retry-after": "0" };
  await using server = new FakeApi([
    () => refusal(429, { message: "Rate limit reached" }, now),
    () => refusal(503, { message: "Overloaded" }, now),
    () =>
      new Response("<html>Bad gateway</html>", { status: 502, headers: now }),
  ]);
  const { api } = await connect(server, { max_retries: 3 });
  const [vector] = await api.embed(["a"]);
  assertEquals(vector?.length, 1_536);
  assertEquals(server.requests.length, 4);
});

Deno.test("embed() says in the end what the API said", async () => {
  const now = { "retry-after": "0" };
  const busy = () => refusal(429, { message: "Rate limit reached" }, now);
  await using server = new FakeApi([busy, busy, busy]);
  const { api } = await connect(server, { max_retries: 1 });
  await assertRejects(
    async () => await api.embed(["a"]),
    Error,
    "The API answered with status 429: Rate limit reached",
  );
  assertEquals(server.requests.length, 2);
});

Deno.test("embed() does not ask again where that cannot help", async (t) => {
  const cases: [string, () => Response, string][] = [
    [
      "a wrong key",
      () => refusal(401, { message: `Incorrect API key provided: ${KEY}` }),
      "The API does not accept the key (status 401): check OPENAI_API_KEY",
    ],
    [
      "a quota that is used up",
      () => refusal(429, { message: "Quota", code: "insufficient_quota" }),
      "The quota of the key is used up (status 429): see the billing page",
    ],
    [
      "a text that is too long",
      () => refusal(400, { message: "maximum context length", code: null }),
      "The API answered with status 400: maximum context length",
    ],
    [
      "an unknown model",
      () => refusal(404, { message: "The model does not exist" }),
      "The API answered with status 404: The model does not exist",
    ],
    [
      "a way to somewhere else",
      () => Response.redirect("http://127.0.0.1:1/", 307),
      "The API answered with status 307",
    ],
    [
      "a server that wants to be left alone for an hour",
      () => refusal(429, { message: "Later" }, { "retry-after": "3600" }),
      "The API answered with status 429: Later",
    ],
    [
      "no JSON",
      () => new Response("<html>Sign in</html>"),
      "The API answered with what is not JSON",
    ],
    [
      "other JSON",
      () => Response.json({ data: "none" }),
      "The answer of the API is not of embeddings",
    ],
    [
      "too few vectors",
      () => embeddings({ input: [] }),
      "The API answered with 0 embeddings for 1 texts, none of which is for text 1",
    ],
    [
      "vectors of another length",
      () => embeddings({ input: ["a"] }, 3),
      "The API answered with vectors of 3 dimensions instead of 1536",
    ],
  ];
  for (const [name, answer, message] of cases) {
    await t.step(name, async () => {
      await using server = new FakeApi([answer]);
      const { api } = await connect(server, { max_retries: 2 });
      const error = await assertRejects(
        async () => await api.embed(["a"]),
        Error,
      );
      assertEquals(error.message, message);
      assertEquals(server.requests.length, 1);
    });
  }
});

Deno.test("embed() never shows the key, even where the server does", async () => {
  await using server = new FakeApi([
    () => refusal(403, { message: `Not for ${KEY}, whoever that is` }),
  ]);
  const { api } = await connect(server);
  const error = await assertRejects(async () => await api.embed(["a"]), Error);
  assertEquals(
    error.message,
    "The API answered with status 403: Not for [key], whoever that is",
  );
});

Deno.test("embed() stops when the plugin is to stop", async () => {
  const stop = new AbortController();
  await using server = new FakeApi([() => {
    stop.abort(new Error("disabled"));
    return refusal(429, { message: "Later" }, { "retry-after": "30" });
  }]);
  const { api } = await connect(server, { max_retries: 5 }, {
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
  const { api } = await connect(server, { batch_size: 1 });
  await assertRejects(
    async () => await api.embed(["a", "b"], { signal: stop.signal }),
    Error,
    "changed my mind",
  );
  assertEquals(server.requests.length, 1);
});

Deno.test("setup() takes the key from the environment", async () => {
  await using server = new FakeApi();
  const { api } = await setUpPlugin(plugin, { base_url: server.baseUrl }, {
    env: { OPENAI_API_KEY: `${KEY}\n` },
  });
  await api.embed(["a"]);
  assertEquals(server.requests[0]?.authorization, `Bearer ${KEY}`);
});

Deno.test("setup() says what to do without a key that can be used", async (t) => {
  const cases: Readonly<Record<string, string>>[] = [
    {},
    { OPENAI_API_KEY: "" },
    { OPENAI_API_KEY: "sk-\u00e9\nx: y" },
  ];
  for (const env of cases) {
    await t.step(JSON.stringify(env), async () => {
      const error = await assertRejects(
        () => setUpPlugin(plugin, {}, { env }),
        Error,
      );
      assertEquals(
        error.message,
        "The key of the API is missing or malformed: set OPENAI_API_KEY, " +
          "or api_key in the configuration of this plugin",
      );
    });
  }
});

Deno.test("healthCheck() tells whether the API does what it is needed for", async () => {
  await using server = new FakeApi([
    () => undefined,
    () => refusal(401, { message: "no" }),
    () => refusal(503, { message: "Overloaded" }, { "retry-after": "0" }),
  ]);
  const { context } = await connect(server, { max_retries: 4 });
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
      await assertRejects(() => setUpPlugin(plugin, config), TypeError, field);
    });
  }
});
