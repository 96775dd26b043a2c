/** Sends log records to a collector, by OTLP over HTTP in JSON. */

import {
  argumentError,
  isRecord,
  PluginError,
  requireOptions,
} from "../base/errors.ts";
import { describeThrown, quote } from "../base/text.ts";
import { type Clock, TimeoutSignal } from "../base/timing.ts";
import {
  logRequest,
  type OtlpLogRecord,
  type ResourceAttributes,
} from "./otlp_record.ts";

/** A collector, and what it is told about the sender. */
export interface OtlpTarget {
  /**
   * The URL of the collector, as in `OTEL_EXPORTER_OTLP_ENDPOINT`: without
   * `/v1/logs`, which is added.
   */
  readonly endpoint: string | URL;
  /**
   * The headers of each request, such as a token of the collector. They are never
   * shown.
   *
   * @default {{}}
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * The attributes of the resource. `service.name` names the application.
   *
   * @default {{}}
   */
  readonly resource?: Readonly<Record<string, string>> | undefined;
}

/** The answer of a collector to one request. */
export type OtlpAnswer =
  /** It took all records but a few, which it will never take. */
  | { readonly kind: "sent"; readonly rejected: number }
  /** It may take them later; `after` is in milliseconds, if it said so. */
  | {
    readonly kind: "retry";
    readonly reason: string;
    readonly after: number | undefined;
  }
  /** It will never take them. */
  | { readonly kind: "refused"; readonly reason: string };

const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

// A collector answers in a few bytes.
const MAX_ANSWER = 65_536;

/** Reads `Retry-After`: seconds, or a date. Returns milliseconds. */
export function retryAfter(
  header: string | null,
  now: number,
): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Reads the beginning of an answer, and releases the connection. */
async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER) break;
  }
  return text;
}

/** Returns the number of records that a collector rejected for good. */
function rejectedIn(text: string): number {
  try {
    const answer: unknown = JSON.parse(text);
    const partial = isRecord(answer) ? answer["partialSuccess"] : undefined;
    const rejected = isRecord(partial) ? partial["rejectedLogRecords"] : 0;
    const count = Number(rejected);
    return Number.isSafeInteger(count) && count > 0 ? count : 0;
  } catch {
    return 0;
  }
}

function checkUrl(endpoint: unknown, action: string): URL {
  const text = endpoint instanceof URL ? endpoint.href : endpoint;
  const remedy = 'Give the URL of a collector, e.g. "http://127.0.0.1:4318"';
  if (typeof text !== "string") {
    throw argumentError(endpoint, { action, expected: "an endpoint", remedy });
  }
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw argumentError(text, { action, expected: "an http: URL", remedy });
  }
  if (url.username === "" && url.password === "") return url;
  throw new PluginError(
    `Cannot ${action}: the URL of the collector contains a password`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: "Give it in headers, e.g. { authorization }",
    },
  );
}

function checkTexts(value: unknown, name: string, action: string): void {
  if (value === undefined) return;
  if (
    isRecord(value) &&
    Object.values(value).every((one) => typeof one === "string")
  ) return;
  // The value is not shown: it may be a token.
  throw new PluginError(
    `Cannot ${action}: option "${name}" is no object of texts`,
    {
      code: "PLUGIN_OPTION_INVALID",
      remedy: `Pass ${name}: { "name": "value" }`,
    },
  );
}

function headersOf(given: Readonly<Record<string, string>>): Headers {
  try {
    return new Headers({ ...given, "content-type": "application/json" });
  } catch {
    throw new PluginError(
      "Cannot send to a collector: a header has an invalid name or value",
      {
        code: "PLUGIN_OPTION_INVALID",
        remedy: "Pass headers that HTTP allows: ASCII text on one line",
      },
    );
  }
}

/** One collector. */
export class OtlpClient {
  readonly #url: URL;
  readonly #headers: Headers;
  readonly #resource: ResourceAttributes;
  readonly #clock: Clock;
  readonly #timeout: number;

  /**
   * Checks the options, and that the process may connect to the collector. The
   * time limit of a request is in milliseconds.
   */
  constructor(target: OtlpTarget, clock: Clock, timeout: number) {
    const action = "send to a collector";
    requireOptions(target, action, '{ endpoint: "http://127.0.0.1:4318" }');
    const { endpoint, headers = {}, resource = {} } = target;
    const url = checkUrl(endpoint, action);
    checkTexts(headers, "headers", action);
    checkTexts(resource, "resource", action);
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/logs`;
    this.#url = url;
    this.#headers = headersOf(headers);
    this.#resource = { ...resource };
    this.#clock = clock;
    this.#timeout = timeout;
    requireNet(url);
  }

  /** Sends records once. Never throws, unless the signal is aborted. */
  async send(
    records: readonly OtlpLogRecord[],
    signal?: AbortSignal,
  ): Promise<OtlpAnswer> {
    using limit = new TimeoutSignal(
      this.#clock,
      this.#timeout,
      () => new Error(`it did not answer within ${this.#timeout} ms`),
      signal,
    );
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: this.#headers,
        body: logRequest(records, this.#resource),
        // A collector does not move, and the headers are for this one alone.
        redirect: "error",
        signal: limit.signal,
      });
      const text = await readText(response);
      if (response.ok) return { kind: "sent", rejected: rejectedIn(text) };
      const reason = `it answered with HTTP ${response.status}`;
      if (!RETRYABLE.has(response.status)) return { kind: "refused", reason };
      const after = retryAfter(
        response.headers.get("retry-after"),
        this.#clock.now(),
      );
      return { kind: "retry", reason, after };
    } catch (thrown) {
      signal?.throwIfAborted();
      return {
        kind: "retry",
        reason: describeThrown(thrown),
        after: undefined,
      };
    }
  }
}

/** Refuses a collector that the process may not connect to, before Deno asks a person. */
function requireNet(url: URL): void {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const host = `${url.hostname}:${port}`;
  if (Deno.permissions.querySync({ name: "net", host }).state === "granted") {
    return;
  }
  throw new PluginError(
    `Cannot send to the collector ${
      quote(host)
    }: permission net is not granted`,
    {
      code: "PLUGIN_AUDIT_UNAVAILABLE",
      remedy: `Start with --allow-net=${host}`,
    },
  );
}
