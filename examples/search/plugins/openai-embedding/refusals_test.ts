import { assertEquals, assertRejects } from "@std/assert";
import { connectPlugin, KEY } from "./connect_plugin.ts";
import { embeddings, FakeApi, refusal } from "./fake_api.ts";

Deno.test("embed() retries when a busy API asks for it", async () => {
  const now = { "retry-after": "0" };
  await using server = new FakeApi([
    () => refusal(429, { message: "Rate limit reached" }, now),
    () => refusal(503, { message: "Overloaded" }, now),
    () =>
      new Response("<html>Bad gateway</html>", { status: 502, headers: now }),
  ]);
  const { api } = await connectPlugin(server, { max_retries: 3 });
  const [vector] = await api.embed(["a"]);
  assertEquals(vector?.length, 1_536);
  assertEquals(server.requests.length, 4);
});

Deno.test("embed() reports the error of the API after its last attempt", async () => {
  const now = { "retry-after": "0" };
  const busy = () => refusal(429, { message: "Rate limit reached" }, now);
  await using server = new FakeApi([busy, busy, busy]);
  const { api } = await connectPlugin(server, { max_retries: 1 });
  await assertRejects(
    async () => await api.embed(["a"]),
    Error,
    "The API answered with status 429: Rate limit reached",
  );
  assertEquals(server.requests.length, 2);
});

Deno.test("embed() does not retry if that cannot help", async (t) => {
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
      "The response of the API is not JSON",
    ],
    [
      "other JSON",
      () => Response.json({ data: "none" }),
      "The response of the API has no embeddings",
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
      const { api } = await connectPlugin(server, { max_retries: 2 });
      const error = await assertRejects(
        async () => await api.embed(["a"]),
        Error,
      );
      assertEquals(error.message, message);
      assertEquals(server.requests.length, 1);
    });
  }
});

Deno.test("embed() never shows the key, even if the server does", async () => {
  await using server = new FakeApi([
    () => refusal(403, { message: `Not for ${KEY}, whoever that is` }),
  ]);
  const { api } = await connectPlugin(server);
  const error = await assertRejects(async () => await api.embed(["a"]), Error);
  assertEquals(
    error.message,
    "The API answered with status 403: Not for [key], whoever that is",
  );
});
