/**
 * Secrets that are known by themselves: tokens of a well-known form, and what
 * has no form but its length and its chance.
 *
 * @module
 */

import { REDACTED } from "./redaction.ts";

/** What a token begins with, at least three characters of it, and what follows. */
export type TokenForm = Readonly<{
  /** Its beginnings, with a space between. */
  prefixes: string;
  /**
   * What follows, as a regular expression that takes all it can and demands
   * nothing after it, so that a text of nothing but prefixes is read once.
   */
  body: string;
  /** Whether the beginning is also that of ordinary words. */
  isDoubtful?: boolean;
}>;

const HEX = "0 1 2 3 4 5 6 7 8 9 a b c d e f";

/** The forms, by who gives such tokens out. */
export const TOKEN_FORMS: readonly TokenForm[] = [
  // Source code and packages
  { prefixes: "gho_ ghp_ ghr_ ghs_ ghu_", body: "[A-Za-z0-9]{8,}" },
  { prefixes: "github_pat_", body: "\\w{8,}" },
  {
    prefixes: "glagent- glcbt- gldt- glffct- glft- glimt- gloas- glpat- " +
      "glptt- glrt- glsoat-",
    body: "[\\w.-]{16,}",
  },
  { prefixes: "npm_", body: "[A-Za-z0-9]{30,}" },
  { prefixes: "pypi-A", body: "[\\w-]{16,}" },
  { prefixes: "rubygems_", body: "[0-9a-f]{40,}" },
  { prefixes: "dckr_oat_ dckr_pat_", body: "[\\w-]{20,}" },
  { prefixes: "AKCp", body: "[A-Za-z0-9]{40,}" },
  { prefixes: "ATATT3 ATBB ATCTT3", body: "[\\w=-]{20,}" },
  { prefixes: "ddo_ ddp_", body: "[A-Za-z0-9]{20,}" },
  // Models
  {
    prefixes: "sk-admin- sk-ant- sk-lf- sk-or- sk-proj- sk-svcacct-",
    body: "[\\w-]{8,}",
  },
  { prefixes: "sk-", body: "[\\w-]{10,}", isDoubtful: true },
  {
    prefixes: "gsk_ hf_ jina_ lsv2_pt_ lsv2_sk_ nvapi- pcsk_ pplx- tvly- xai-",
    body: "[\\w-]{20,}",
  },
  { prefixes: "r8_", body: "[A-Za-z0-9]{30,}" },
  { prefixes: "fw_ re_", body: "[A-Za-z0-9_]{20,}", isDoubtful: true },
  { prefixes: "fc-", body: "[0-9a-f]{32,}", isDoubtful: true },
  // Clouds
  {
    prefixes: "ABIA ACCA AKIA ASIA",
    body: "[A-Z0-9]{16}(?![A-Za-z0-9])",
  },
  { prefixes: "LTAI", body: "[A-Za-z0-9]{16,}" },
  { prefixes: "AIza", body: "[\\w-]{30,}" },
  { prefixes: "ya29.", body: "[\\w.-]{16,}" },
  { prefixes: "GOCSPX-", body: "[\\w-]{16,}" },
  { prefixes: "1//0", body: "[\\w-]{30,}" },
  { prefixes: "doo_v1_ dop_v1_ dor_v1_", body: "[0-9a-f]{32,}" },
  { prefixes: "HRKU-", body: "[\\w-]{20,}" },
  { prefixes: "fm1_ fm2_ fo1_", body: "[\\w+/=-]{30,}" },
  { prefixes: "vercel_blob_rw_", body: "\\w{16,}" },
  { prefixes: "sbp_ sb_secret_", body: "[\\w-]{20,}" },
  { prefixes: "pscale_oauth_ pscale_pw_ pscale_tkn_", body: "[\\w.-]{20,}" },
  { prefixes: "pul-", body: "[0-9a-f]{32,}" },
  { prefixes: "dapi", body: "[0-9a-f]{32}" },
  // Secrets
  { prefixes: "hvb. hvr. hvs.", body: "[\\w-]{20,}" },
  {
    prefixes: "dp.audit. dp.ct. dp.pt. dp.sa. dp.scim. dp.st.",
    body: "[\\w.-]{24,}",
  },
  { prefixes: "ops_eyJ", body: "[\\w-]{20,}" },
  { prefixes: "AGE-SECRET-KEY-1", body: "[A-Z0-9]{40,}" },
  { prefixes: "tskey-", body: "[\\w-]{16,}" },
  {
    prefixes: "eyJ",
    body: "[\\w-]{4,}(?:\\.[\\w-]{4,}(?:\\.[\\w-]*){0,3})?",
    isDoubtful: true,
  },
  { prefixes: "$2a$ $2b$ $2x$ $2y$", body: "\\d\\d\\$[./A-Za-z0-9]{50,}" },
  {
    prefixes: "$argon2d$ $argon2i$ $argon2id$",
    body: "(?:[\\w$=+/.-]|,(?=\\w=)){16,}",
  },
  // Messages and payments
  { prefixes: "xapp-", body: "[\\w-]{16,}" },
  {
    prefixes: "xoxa- xoxb- xoxc- xoxd- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs-",
    body: "[\\w.-]{8,}",
  },
  { prefixes: "rk_live_ rk_test_ sk_live_ sk_test_", body: "[A-Za-z0-9]{8,}" },
  { prefixes: "whsec_", body: "[A-Za-z0-9+/=]{16,}" },
  { prefixes: "SG.", body: "[\\w-]{16,64}\\.[\\w-]{16,}" },
  {
    prefixes: HEX.replaceAll(/\w/g, "SK$&"),
    body: "[0-9a-f]{31}(?![A-Za-z0-9])",
  },
  { prefixes: "shpat_ shpca_ shppa_ shpss_", body: "[0-9a-fA-F]{16,}" },
  { prefixes: "sq0atp- sq0csp-", body: "[\\w-]{16,}" },
  { prefixes: "EAA", body: "[A-Za-z0-9]{60,}" },
  { prefixes: "xkeysib- xsmtpsib-", body: "[\\w-]{20,}" },
  { prefixes: "key-", body: "[A-Za-z0-9]{32,}", isDoubtful: true },
  // Work
  { prefixes: "lin_api_ lin_oauth_", body: "[A-Za-z0-9]{20,}" },
  { prefixes: "ntn_ secret_", body: "[A-Za-z0-9]{40,}" },
  { prefixes: "pat", body: "[A-Za-z0-9]{14}\\.[0-9a-f]{64}" },
  { prefixes: "PMAK-", body: "[0-9a-f-]{24,}" },
  { prefixes: "figd_ figo_ figu_", body: "[\\w-]{20,}" },
  { prefixes: "CFPAT-", body: "[\\w-]{20,}" },
  { prefixes: "glc_ glsa_", body: "[\\w+/=]{20,}" },
  { prefixes: "NRAK- NRII- NRJS- NRRA-", body: "[\\w-]{16,}" },
  { prefixes: "sntrys_ sntryu_", body: "[\\w+/=-]{20,}" },
];

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

const CHANCE_LENGTH = 40;
const FORTY_REGEXP = /(?<![\w+/-])[A-Za-z0-9+/]{40}(?![\w+/=-])/g;
const AZURE_REGEXP = /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}/g;
const BOT_REGEXP = /(?<![A-Za-z0-9])(?:bot)?\d{6,12}:[\w-]{30,}/g;
const BOT_HINT_REGEXP = /\d:[\w-]{30}/;
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
  if (text.length < 35) return text;
  let masked = text;
  if (text.length >= CHANCE_LENGTH) {
    masked = masked.replace(
      FORTY_REGEXP,
      (run) => isOfChance(run) ? REDACTED : run,
    );
  }
  if (text.includes("Q~")) masked = masked.replace(AZURE_REGEXP, REDACTED);
  if (BOT_HINT_REGEXP.test(text)) masked = masked.replace(BOT_REGEXP, REDACTED);
  if (text.includes("-us")) masked = masked.replace(REGION_REGEXP, REDACTED);
  return masked;
}
