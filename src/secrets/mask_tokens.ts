/**
 * Tokens that are known by their form.
 *
 * @module
 */

import { hasRun, wordCharacters } from "./ascii_set.ts";
import { REDACTED } from "./redacted.ts";

// Each entry takes all that follows its prefix and demands nothing after it, so
// that a text of nothing but prefixes is read once.
const TOKEN_FORMS: readonly string[] = [
  "gh[oprsu]_[A-Za-z0-9]{16,}", // GitHub
  "github_pat_\\w{16,}",
  "gl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|soat)-[\\w.-]{16,}", // GitLab
  "sk-(?:admin|ant|lf|or|proj|svcacct)-[\\w-]{8,}", // OpenAI, Anthropic, OpenRouter
  "(?:gsk|hf|xai|pplx|pcsk|nvapi|tvly|jina|lsv2_pt|lsv2_sk)[_-][\\w-]{20,}",
  "r8_[A-Za-z0-9]{30,}", // Replicate
  "A(?:BIA|CCA|KIA|SIA)[A-Z0-9]{16}(?![A-Za-z0-9])", // AWS
  "LTAI[A-Za-z0-9]{16,}", // Alibaba
  "AIza[\\w-]{30,}", // Google
  "ya29\\.[\\w.-]{16,}",
  "GOCSPX-[\\w-]{16,}",
  "1//0[\\w-]{30,}",
  "xox[a-z](?:\\.xox[a-z])?-[\\w-]{8,}", // Slack
  "xapp-[\\w-]{16,}",
  "[rs]k_(?:live|test)_[A-Za-z0-9]{8,}", // Stripe
  "whsec_[A-Za-z0-9+/=]{16,}",
  "npm_[A-Za-z0-9]{30,}",
  "pypi-A[\\w-]{16,}",
  "SG\\.[\\w-]{16,64}\\.[\\w-]{16,}", // SendGrid
  "SK[0-9a-f]{32}(?![A-Za-z0-9])", // Twilio
  "do[opr]_v1_[0-9a-f]{32,}", // DigitalOcean
  "(?:bot)?\\d{6,12}:[\\w-]{30,}", // Telegram
  "shp(?:at|ca|pa|ss)_[0-9a-fA-F]{16,}", // Shopify
  "sq0(?:atp|csp)-[\\w-]{16,}", // Square
  "EAA[A-Za-z0-9]{60,}", // Facebook
  "dapi[0-9a-f]{32}", // Databricks
  "lin_(?:api|oauth)_[A-Za-z0-9]{20,}", // Linear
  "(?:ntn|secret)_[A-Za-z0-9]{40,}", // Notion
  "pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}", // Airtable
  "PMAK-[0-9a-f-]{24,}", // Postman
  "dp\\.(?:audit|ct|pt|sa|scim|st)\\.[\\w.-]{24,}", // Doppler
  "hv[bsr]\\.[\\w-]{20,}", // Vault
  "HRKU-[\\w-]{20,}", // Heroku
  "fig[dou]_[\\w-]{20,}", // Figma
  "gl(?:c|sa)_[\\w+/=]{20,}", // Grafana
  "NR(?:AK|II|JS|RA)-[\\w-]{16,}", // New Relic
  "sntry[su]_[\\w+/=-]{20,}", // Sentry
  "pul-[0-9a-f]{32,}", // Pulumi
  "sb(?:p|_secret)_[\\w-]{20,}", // Supabase
  "AT(?:ATT3|BB|CTT3)[\\w=-]{20,}", // Atlassian
  "AKCp[A-Za-z0-9]{40,}", // Artifactory
  "dckr_(?:oat|pat)_[\\w-]{20,}", // Docker
  "rubygems_[0-9a-f]{40,}",
  "pscale_(?:oauth|pw|tkn)_[\\w.-]{20,}", // PlanetScale
  "f(?:m[12]|o1)_[\\w+/=-]{30,}", // Fly
  "dd[op]_[A-Za-z0-9]{20,}", // Deno Deploy
  "tskey-[\\w-]{16,}", // Tailscale
  "ops_eyJ[\\w-]{20,}", // 1Password
  "AGE-SECRET-KEY-1[A-Z0-9]{40,}",
  "xkeysib-[\\w-]{20,}|xsmtpsib-[\\w-]{20,}", // Brevo
  "[0-9a-f]{32}-us\\d{1,2}", // Mailchimp
  "vercel_blob_rw_\\w{16,}",
  "CFPAT-[\\w-]{20,}", // Contentful
  "\\$2[abxy]\\$\\d\\d\\$[./A-Za-z0-9]{50,}", // bcrypt
  "\\$argon2(?:d|i|id)\\$[\\w$=,+/.-]{16,}",
];

// Forms whose prefix is also an ordinary word: these need something of chance too.
const DOUBTFUL_FORMS: readonly string[] = [
  "sk-[\\w-]{16,}",
  "key-[A-Za-z0-9]{32,}", // Mailgun
  "re_[A-Za-z0-9_]{20,}", // Resend
  "fw_[A-Za-z0-9]{20,}", // Fireworks
  "fc-[0-9a-f]{32,}", // Firecrawl
  "eyJ[\\w-]{4,}(?:\\.[\\w-]{4,}(?:\\.[\\w-]*){0,3})?", // JSON Web Tokens
];

const FORMS_REGEXP = new RegExp(
  `(?<![A-Za-z0-9])(?:${TOKEN_FORMS.join("|")}|(${DOUBTFUL_FORMS.join("|")}))`,
  "g",
);
const TOKEN_CHARACTERS = wordCharacters("_$.-");
const SHORTEST_RUN = 16;
const CHANCE_REGEXP = /\d|[A-Z]|[a-z]{20}/;
const FORTY_REGEXP = /(?<![\w+/-])[A-Za-z0-9+/]{40}(?![\w+/=-])/g;
const AZURE_REGEXP = /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}/g;
const CLASS_CHANGES_OF_CHANCE = 14;

function isDoubtful(form: string): boolean {
  if (form.startsWith("eyJ")) return !form.includes(".");
  return !CHANCE_REGEXP.test(form.slice(3));
}

function classOf(character: string): string {
  if (character >= "0" && character <= "9") return "digit";
  if (character >= "a" && character <= "z") return "lower";
  return character >= "A" && character <= "Z" ? "upper" : "other";
}

/** Forty characters of chance are the secret half of an AWS key; a path or a hash is not. */
function maskForty(text: string): string {
  let changes = 0;
  const classes = new Set<string>();
  let before = "";
  for (const character of text) {
    const current = classOf(character);
    classes.add(current);
    if (current !== before) changes++;
    before = current;
  }
  const isChance = classes.has("upper") && classes.has("lower") &&
    classes.has("digit") && changes >= CLASS_CHANGES_OF_CHANCE;
  return isChance ? REDACTED : text;
}

/**
 * Masks tokens whose form says what they are: those of GitHub, OpenAI, AWS,
 * Slack, Stripe and others, JSON Web Tokens, password hashes.
 *
 * @param text The text.
 * @returns The text without them.
 */
export function maskTokens(text: string): string {
  if (!hasRun(text, TOKEN_CHARACTERS, SHORTEST_RUN)) return text;
  const masked = text.replace(
    FORMS_REGEXP,
    (form: string, doubtful: string | undefined) =>
      doubtful !== undefined && isDoubtful(doubtful) ? form : REDACTED,
  );
  if (text.length < 40) return masked;
  return masked.replace(FORTY_REGEXP, maskForty).replace(
    AZURE_REGEXP,
    REDACTED,
  );
}
