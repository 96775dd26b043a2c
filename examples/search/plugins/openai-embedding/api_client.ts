import { ApiError } from "./api_error.ts";
import { retryDelay } from "./retry_delay.ts";
import { wait } from "./wait.ts";

// A server that asks for a longer pause counts as down.
const MAX_RETRY_DELAY = 60_000;

/** Options of an {@linkcode ApiClient}. */
export type ApiClientOptions = Readonly<{
  baseUrl: string;
  apiKey: string;
  maxRetries: number;
  /** The milliseconds to wait for one response. */
  timeout: number;
}>;

/** The effects of an {@linkcode ApiClient}. */
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

/** Sends requests to a JSON API, and retries when it is busy. */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #powers: ApiClientPowers;

  constructor(options: ApiClientOptions, powers: ApiClientPowers = POWERS) {
    this.#options = options;
    this.#powers = powers;
  }

  /**
   * Sends a value and reads the response. Needs permission `net` for the host
   * of the base URL.
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
    const { apiKey, timeout } = this.#options;
    const limit = new AbortController();
    const timer = setTimeout(() => {
      const seconds = timeout / 1_000;
      limit.abort(
        new NoAnswerError(`The API did not respond within ${seconds} s`),
      );
    }, timeout);
    try {
      const { headers, ok, status, text } = await this.#send(
        path,
        body,
        AbortSignal.any([signal, limit.signal]),
      );
      if (!ok) throw new ApiError(status, headers, text, apiKey);
      return parseJson(text);
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(path: string, body: unknown, signal: AbortSignal) {
    const { apiKey, baseUrl } = this.#options;
    const url = `${baseUrl.replace(/\/+$/, "")}${path}`;
    try {
      const response = await this.#powers.fetch(url, {
        method: "POST",
        headers: {
          authorization: `Bearer ${apiKey}`,
          "content-type": "application/json",
        },
        body: JSON.stringify(body),
        // The key is for this server, not for a redirect's.
        redirect: "manual",
        signal,
      });
      const { headers, ok, status } = response;
      return { headers, ok, status, text: await response.text() };
    } catch (error) {
      // `fetch` throws this without a connection; the reason is in its cause.
      // A missing permission is no TypeError.
      if (!(error instanceof TypeError)) throw error;
      const { message } = error.cause instanceof Error ? error.cause : error;
      throw new NoAnswerError(`The API cannot be reached: ${message}`, {
        cause: error,
      });
    }
  }
}

/** No response arrived; a retry may get one. */
class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

function isPassing(error: unknown): boolean {
  return error instanceof ApiError
    ? error.retryable
    : error instanceof NoAnswerError;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error("The response of the API is not JSON", { cause });
  }
}
