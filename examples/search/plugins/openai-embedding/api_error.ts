import { z } from "npm:zod@^4.6.7";

const BODY_SCHEMA = z.object({
  error: z.object({
    message: z.string().catch(""),
    code: z.string().nullish().catch(undefined),
  }),
});
const MAX_SHOWN_LENGTH = 300;

/** An error response of the API. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** `true` if a retry may help. */
  readonly retryable: boolean;
  readonly headers: Headers;

  constructor(status: number, headers: Headers, body: string, apiKey: string) {
    const { message, code } = readBody(body);
    super(describe(status, code, message.replaceAll(apiKey, "[key]")));
    this.status = status;
    this.headers = headers;
    // An exhausted quota has the same status as too many requests.
    this.retryable = code !== "insufficient_quota" &&
      (status === 408 || status === 409 || status === 429 || status >= 500);
  }
}

function readBody(body: string): { message: string; code: string } {
  try {
    const { error } = BODY_SCHEMA.parse(JSON.parse(body));
    return { message: error.message, code: error.code ?? "" };
  } catch {
    // A proxy responds with HTML; its status is enough.
    return { message: "", code: "" };
  }
}

function describe(status: number, code: string, message: string): string {
  if (status === 401) {
    return "The API does not accept the key (status 401): check OPENAI_API_KEY";
  }
  if (code === "insufficient_quota") {
    return "The quota of the key is used up (status 429): see the billing page";
  }
  const said = message === "" ? "" : `: ${message.slice(0, MAX_SHOWN_LENGTH)}`;
  return `The API answered with status ${status}${said}`;
}
