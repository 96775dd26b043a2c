/**
 * Tokens that are known by their form.
 *
 * @module
 */

import { REDACTED } from "./redacted.ts";
import { TOKEN_FORMS } from "./token_forms.ts";

function alternatives(isDoubtful: boolean): string {
  return TOKEN_FORMS.filter((form) => (form.isDoubtful ?? false) === isDoubtful)
    .map(({ prefixes, body }) => {
      const literal = prefixes.replaceAll(/[.$/]/g, "\\$&");
      return `(?:${literal.replaceAll(" ", "|")})${body}`;
    }).join("|");
}

let formsRegexp: RegExp | undefined;

function createFormsRegexp(): RegExp {
  return new RegExp(
    `(?<![A-Za-z0-9])(?:${alternatives(false)}|(${alternatives(true)}))`,
    "g",
  );
}

const CHANCE_REGEXP = /\d|[A-Z]|[a-z]{20}/;
const SHORTEST_TOKEN = 12;

function isDoubtful(form: string): boolean {
  if (form.startsWith("eyJ")) return !form.includes(".");
  return !CHANCE_REGEXP.test(form.slice(3));
}

/**
 * Masks tokens whose form says what they are: those of GitHub, OpenAI, AWS,
 * Slack, Stripe and others, JSON Web Tokens, password hashes.
 *
 * @param text The text.
 * @returns The text without them.
 */
export function maskTokens(text: string): string {
  if (text.length < SHORTEST_TOKEN) return text;
  // Most processes never see what could be one.
  formsRegexp ??= createFormsRegexp();
  return text.replace(
    formsRegexp,
    (token: string, doubtful: string | undefined) =>
      doubtful !== undefined && isDoubtful(doubtful) ? token : REDACTED,
  );
}
