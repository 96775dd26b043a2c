import { assertEquals, assertRejects } from "@std/assert";
import { ApiClient, type ApiClientPowers } from "./api_client.ts";

type Answer = () => Promise<Response>;

/** Makes a client that never really waits. */
function makeClient(answers: readonly Answer[], timeout = 30_000) {
  const waits: number[] = [];
  const queue = [...answers];
  const powers: ApiClientPowers = {
    fetch: (_url, init) => {
      const answer = queue.shift();
      return answer === undefined ? never(init.signal) : answer();
    },
    wait: (milliseconds) => {
      waits.push(milliseconds);
      return Promise.resolve();
    },
    now: () => 0,
    random: () => 0,
  };
  const client = new ApiClient({
    apiKey: "k",
    baseUrl: "https://api.example/v1/",
    maxRetries: 3,
    timeout,
  }, powers);
  const ask = () => client.post("/x", {}, new AbortController().signal);
  return { ask, waits };
}

function never(signal?: AbortSignal | null): Promise<Response> {
  const { promise, reject } = Promise.withResolvers<Response>();
  signal?.addEventListener("abort", () => reject(signal.reason));
  return promise;
}

function failed(error: unknown): Answer {
  return () => Promise.reject(error);
}

function answered(status: number, headers = {}): Answer {
  return () => Promise.resolve(new Response("{}", { status, headers }));
}

Deno.test("post() waits longer each time between its attempts", async () => {
  const { ask, waits } = makeClient([
    answered(500),
    failed(new TypeError("connection refused")),
    answered(429),
    answered(200),
  ]);
  assertEquals(await ask(), {});
  assertEquals(waits, [500, 1_000, 2_000]);
});

Deno.test("post() waits as long as the server says", async () => {
  const { ask, waits } = makeClient([
    answered(429, { "retry-after": "20" }),
    answered(200),
  ]);
  assertEquals(await ask(), {});
  assertEquals(waits, [20_000]);
});

Deno.test("post() gives up after its last attempt", async () => {
  const down = failed(new TypeError("connection refused"));
  const { ask, waits } = makeClient([down, down, down, down, down]);
  const message = "The API cannot be reached: connection refused";
  await assertRejects(ask, Error, message);
  assertEquals(waits.length, 3);
});

Deno.test("post() explains a failed connection", async () => {
  const cause = new Error("client error (Connect): tcp connect error");
  const down = failed(new TypeError("fetch failed", { cause }));
  const { ask } = makeClient([down, down, down, down]);
  await assertRejects(
    ask,
    Error,
    "The API cannot be reached: client error (Connect): tcp connect error",
  );
});

Deno.test("post() does not retry without permission", async () => {
  const { ask, waits } = makeClient([
    failed(new Deno.errors.NotCapable("Requires net access")),
  ]);
  await assertRejects(ask, Deno.errors.NotCapable);
  assertEquals(waits, []);
});

Deno.test("post() retries after a timeout", async () => {
  const { ask, waits } = makeClient([], 1);
  await assertRejects(ask, Error, "The API did not respond within 0.001 s");
  assertEquals(waits, [500, 1_000, 2_000]);
});
