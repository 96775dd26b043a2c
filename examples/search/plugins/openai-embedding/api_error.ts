import { z } from "npm:zod@^4.6.7";

const BODY_SCHEMA = z.object({
  error: z.object({
    message: z.string().catch(""),
    code: z.string().nullish().catch(undefined),
  }),
});
const MAX_SHOWN_LENGTH = 300;

/** An answer of the API that is not the one asked for. */
export class ApiError extends Error {
  /** Always `"ApiError"`. */
  override readonly name = "ApiError";
  /** The status of the answer. */
  readonly status: number;
  /** Whether asking again may help. */
  readonly retryable: boolean;
  /** The headers of the answer. */
  readonly headers: Headers;

  /**
   * Reads an answer.
   *
   * @param status The status of the answer.
   * @param headers Its headers.
   * @param body Its body.
   * @param apiKey The key, which is shown to nobody even if the server does.
   */
  constructor(status: number, headers: Headers, body: string, apiKey: string) {
    const { message, code } = readBody(body);
    super(describe(status, code, message.replaceAll(apiKey, "[key]")));
    this.status = status;
    this.headers = headers;
    // Who has used up the quota gets the status of who asks too fast.
    this.retryable = code !== "insufficient_quota" &&
      (status === 408 || status === 409 || status === 429 || status >= 500);
  }
}

function readBody(body: string): { message: string; code: string } {
  try {
    const { error } = BODY_SCHEMA.parse(JSON.parse(body));
    return { message: error.message, code: error.code ?? "" };
  } catch {
    // A proxy in between answers in HTML, of which the status says enough.
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
