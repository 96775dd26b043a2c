/** A request that a {@linkcode FakeApi} received. */
export type SeenRequest = Readonly<{
  method: string;
  path: string;
  authorization: string | null;
  contentType: string | null;
  body: unknown;
}>;

/** Responds to one request; without a result, the API responds normally. */
export type FakeAnswer = (request: SeenRequest) => Response | undefined;

/**
 * A local server that imitates OpenAI's embeddings API. Needs permission `net`
 * for 127.0.0.1.
 */
export class FakeApi implements AsyncDisposable {
  /** The received requests, in order. */
  readonly requests: SeenRequest[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** Listens on a free port. */
  constructor(answers: readonly FakeAnswer[] = [], dimensions = 1_536) {
    const queue = [...answers];
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const seen = {
          method: request.method,
          path: new URL(request.url).pathname,
          authorization: request.headers.get("authorization"),
          contentType: request.headers.get("content-type"),
          body: await request.json(),
        };
        this.requests.push(seen);
        return queue.shift()?.(seen) ?? embeddings(seen.body, dimensions);
      },
    );
  }

  /** The value for `base_url`. */
  get baseUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  /** Stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/**
 * Makes a response with a vector for each text: its first number is the length
 * of the text, its second is one.
 */
export function embeddings(body: unknown, dimensions = 1_536): Response {
  const input = inputOf(body);
  const data = input.map((text, index) => {
    const embedding = new Array<number>(dimensions).fill(0);
    embedding[0] = text.length;
    embedding[1] = 1;
    return { object: "embedding", index, embedding };
  }).reverse();
  return Response.json({ object: "list", data, usage: { total_tokens: 1 } });
}

/** Makes an error response. */
export function refusal(
  status: number,
  error: Readonly<{ message: string; code?: string | null }>,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ error: { type: "error", param: null, ...error } }, {
    status,
    headers,
  });
}

/** Reads the texts of a request. */
export function inputOf(body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null || !("input" in body)) {
    return [];
  }
  const { input } = body;
  return Array.isArray(input) ? input.map((text) => String(text)) : [];
}
