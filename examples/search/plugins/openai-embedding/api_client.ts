import { ApiError } from "./api_error.ts";
import { retryDelay } from "./retry_delay.ts";
import { wait } from "./wait.ts";

// A server that wants to be left alone for longer is down for who waits here.
const MAX_RETRY_DELAY = 60_000;

/** How an {@linkcode ApiClient} asks. */
export type ApiClientOptions = Readonly<{
  baseUrl: string;
  apiKey: string;
  maxRetries: number;
  /** How many milliseconds to wait for one answer. */
  timeout: number;
}>;

/** What an {@linkcode ApiClient} asks of the world. */
export type ApiClientPowers = Readonly<{
  fetch(url: string, init: RequestInit): Promise<Response>;
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  now(): number;
  random(): number;
}>;

const POWERS: ApiClientPowers = {
  fetch: (url, init) => fetch(url, init),
  wait,
  now: () => Date.now(),
  random: () => Math.random(),
};

/** Asks an API that speaks JSON, again where it is busy. */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #powers: ApiClientPowers;

  /**
   * Makes a client. Asks nothing yet.
   *
   * @param options How to ask.
   * @param powers The network and the clock.
   */
  constructor(options: ApiClientOptions, powers: ApiClientPowers = POWERS) {
    this.#options = options;
    this.#powers = powers;
  }

  /**
   * Sends a value and reads the answer. Needs permission `net` for the host of
   * the base URL.
   *
   * @param path Where to, below the base URL.
   * @param body What to send.
   * @param signal Aborts the wait.
   * @returns The answer, of unknown shape.
   * @throws {ApiError} when the API does not do what it is asked.
   * @throws {TypeError} when the API cannot be reached.
   */
  async post(
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#ask(path, body, signal);
      } catch (error) {
        const last = attempt > this.#options.maxRetries;
        if (last || signal.aborted || !isPassing(error)) throw error;
        const delay = retryDelay(
          error instanceof ApiError ? error.headers : new Headers(),
          attempt,
          this.#powers.now(),
          this.#powers.random(),
        );
        if (delay > MAX_RETRY_DELAY) throw error;
        await this.#powers.wait(delay, signal);
      }
    }
  }

  async #ask(
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { apiKey, baseUrl, timeout } = this.#options;
    const limit = new AbortController();
    const timer = setTimeout(() => {
      const seconds = timeout / 1_000;
      limit.abort(new TimeoutError(`The API did not answer in ${seconds} s`));
    }, timeout);
    try {
      const response = await this.#powers.fetch(
        `${baseUrl.replace(/\/+$/, "")}${path}`,
        {
          method: "POST",
          headers: {
            authorization: `Bearer ${apiKey}`,
            "content-type": "application/json",
          },
          body: JSON.stringify(body),
          // The key is for this server, not for one that it points to.
          redirect: "manual",
          signal: AbortSignal.any([signal, limit.signal]),
        },
      );
      const text = await response.text();
      if (!response.ok) {
        throw new ApiError(response.status, response.headers, text, apiKey);
      }
      return parseJson(text);
    } finally {
      clearTimeout(timer);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error("The API answered with what is not JSON", { cause });
  }
}

class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return error.retryable;
  // What `fetch` throws where there is no connection. A missing permission is
  // no TypeError and does not pass.
  return error instanceof TypeError || error instanceof TimeoutError;
}
