/** A request as a {@linkcode FakeApi} saw it. */
export type SeenRequest = Readonly<{
  method: string;
  path: string;
  authorization: string | null;
  contentType: string | null;
  body: unknown;
}>;

/** Answers one request; what it leaves open, the API as it should be answers. */
export type FakeAnswer = (request: SeenRequest) => Response | undefined;

/**
 * A server on this machine that speaks as OpenAI's embeddings API does. For
 * tests. Needs permission `net` for 127.0.0.1.
 */
export class FakeApi implements AsyncDisposable {
  /** What was asked, in order. */
  readonly requests: SeenRequest[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /**
   * Starts to listen on a free port.
   *
   * @param answers What to answer first, one for each request.
   * @param dimensions The length of the vectors.
   */
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

  /** What is to be configured as `base_url`. */
  get baseUrl(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/v1`;
  }

  /** Stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/**
 * An answer with a vector for each text: its first number is the length of the
 * text, its second is one.
 *
 * @param body The body of the request.
 * @param dimensions The length of the vectors.
 * @returns The answer; its vectors come in the opposite order, as the API may.
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

/**
 * An answer that refuses.
 *
 * @param status Its status.
 * @param error What it says.
 * @param headers What else it says.
 * @returns The answer.
 */
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

/** The texts of a request. */
export function inputOf(body: unknown): readonly string[] {
  if (typeof body !== "object" || body === null || !("input" in body)) {
    return [];
  }
  const { input } = body;
  return Array.isArray(input) ? input.map((text) => String(text)) : [];
}
