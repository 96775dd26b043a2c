/**
 * Secrets that are known by themselves: tokens of a well-known form, and what
 * has no form but its length and its chance.
 *
 * @module
 */

import { REDACTED } from "./redaction.ts";
import { TOKEN_FORMS, type TokenForm } from "./token_forms.ts";

// A token goes on past the form that is known of it.
const TAIL = "(?:[\\w-]|[+/=.~](?=[\\w+/=-]))*=*";
const SPECIAL_REGEXP = /[.*+?^${}()|[\]\\/-]/g;

function sourceOf({ prefixes, body, isExact }: TokenForm): string {
  const literal = prefixes
    .map((prefix) => prefix.replaceAll(SPECIAL_REGEXP, "\\$&")).join("|");
  return `(?:${literal})${body}${isExact === true ? "(?![A-Za-z0-9])" : TAIL}`;
}

function alternatives(isDoubtful: boolean): string {
  return TOKEN_FORMS.filter((form) =>
    form.isCommon !== true && (form.isDoubtful ?? false) === isDoubtful
  ).map(sourceOf).join("|");
}

let commonRegexp: RegExp | undefined;

/**
 * Masks tokens whose beginning is that of many ordinary words, such as `api-`.
 *
 * @param text The text.
 * @returns The text without them.
 */
export function maskCommonTokens(text: string): string {
  commonRegexp ??= new RegExp(
    `(?<![A-Za-z0-9])(?:${
      TOKEN_FORMS.filter((form) => form.isCommon === true).map(sourceOf)
        .join("|")
    })`,
    "g",
  );
  return text.replace(commonRegexp, REDACTED);
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

const CHANCE_LENGTH = 40;
const FORTY_REGEXP = /(?<![\w+/-])[A-Za-z0-9+/]{40}(?![\w+/=-])/g;
const AZURE_REGEXP = /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}/g;
// Its second half begins with an A; gitleaks telegram-bot-api-token.
const BOT_REGEXP = /(?<![A-Za-z0-9:])(?:bot)?\d{5,16}:A[\w-]{34}(?![\w-])/g;
const BOT_HINT_REGEXP = /\d:A[\w-]{34}/;
// A licence key or the token of a mobile application of New Relic.
const NEW_RELIC_REGEXP =
  /(?<![A-Za-z0-9])[0-9A-Za-z]{28,40}(?:NRAL|-NRMA)(?![A-Za-z0-9])/g;
// gitleaks hashicorp-tf-api-token, vault-service-token, discord-client-id.
const TERRAFORM_REGEXP =
  /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}/g;
const VAULT_HINT_REGEXP = /s\.[A-Za-z0-9]{24}/;
const VAULT_REGEXP = /(?<![\w.-])s\.[A-Za-z0-9]{24}(?![\w.-])/g;
const SHORTEST_DISCORD = 59;
const DISCORD_HINT_REGEXP = /\.[\w-]{6}\.[\w-]{27}/;
const DISCORD_REGEXP =
  /(?<![\w.-])[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}(?![\w-])/g;
const REGION_REGEXP = /(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}/g;
const LETTERS_REGEXP = /[a-z].*[A-Z]|[A-Z].*[a-z]/;
const DIGIT_REGEXP = /\d/;
const CHANGE_REGEXP =
  /(?<=[a-z])[^a-z]|(?<=[A-Z])[^A-Z]|(?<=\d)\D|(?<=[+/])[^+/]/g;
const SLASH_REGEXP = /[+/]/g;
const MOST_SLASHES = 4;
const FEWEST_CHANGES = 14;

function countOf(text: string, regexp: RegExp): number {
  return text.match(regexp)?.length ?? 0;
}

/** A path has many slashes, a hash no capitals, a name few changes of kind. */
function isOfChance(text: string): boolean {
  return LETTERS_REGEXP.test(text) && DIGIT_REGEXP.test(text) &&
    countOf(text, SLASH_REGEXP) <= MOST_SLASHES &&
    countOf(text, CHANGE_REGEXP) >= FEWEST_CHANGES;
}

/**
 * Masks the secret half of an AWS key, which is forty characters of chance, and
 * the secrets of Azure, Telegram and Mailchimp, which are known by their middle or end.
 *
 * @param text The text.
 * @returns The text without them.
 */
export function maskChance(text: string): string {
  if (text.length < 26) return text;
  let masked = text;
  if (text.length >= CHANCE_LENGTH) {
    masked = masked.replace(
      FORTY_REGEXP,
      (run) => isOfChance(run) ? REDACTED : run,
    );
  }
  if (text.includes(".atlasv1.")) {
    masked = masked.replace(TERRAFORM_REGEXP, REDACTED);
  }
  if (text.includes("NR")) masked = masked.replace(NEW_RELIC_REGEXP, REDACTED);
  if (VAULT_HINT_REGEXP.test(text)) {
    masked = masked.replace(
      VAULT_REGEXP,
      (run) =>
        LETTERS_REGEXP.test(run.slice(2)) && DIGIT_REGEXP.test(run)
          ? REDACTED
          : run,
    );
  }
  if (text.length >= SHORTEST_DISCORD && DISCORD_HINT_REGEXP.test(text)) {
    masked = masked.replace(
      DISCORD_REGEXP,
      (run) =>
        LETTERS_REGEXP.test(run) && DIGIT_REGEXP.test(run) ? REDACTED : run,
    );
  }
  if (text.includes("Q~")) masked = masked.replace(AZURE_REGEXP, REDACTED);
  if (BOT_HINT_REGEXP.test(text)) masked = masked.replace(BOT_REGEXP, REDACTED);
  if (text.includes("-us")) masked = masked.replace(REGION_REGEXP, REDACTED);
  return masked;
}
