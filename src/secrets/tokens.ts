/** Tokens of known forms, random ones, and private keys. */

import { PluginError } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import { maskSpans, REDACTED, type Span } from "./redaction.ts";

// No library serves here. gitleaks and trufflehog are Go programs, secretlint
// reads files asynchronously and needs one package for each rule, and none of
// them masks a text in place in linear time. What they publish is the source of
// most entries of the table.

/** Describes the tokens of a vendor. */
export interface TokenForm {
  /** The vendor, and the kind of token if it has several. */
  readonly vendor: string;
  /** The publication that describes the form. */
  readonly source: string;
  /** The prefixes of such tokens, each at least three characters long. */
  readonly prefixes: readonly string[];
  /**
   * The rest, as the source of a regular expression. It must be greedy and must
   * not backtrack over its own matches.
   */
  readonly body: string;
  /** Rejects a match that a letter or a digit follows; else the token goes on. */
  readonly isExact: boolean;
  /**
   * Ordinary words begin like that as well: the rest must then contain a digit,
   * a capital, or twenty small letters in a row.
   */
  readonly isDoubtful: boolean;
  /** Many ordinary words begin with these three letters: searched separately. */
  readonly isCommon: boolean;
}

// One form a line: vendor, source, prefixes, rest, and "exact" or "doubtful".
// Lengths are minimums: a truncated token is a secret as well.
const TABLE = String.raw`
Source code, packages, builds
GitHub :: gitleaks github-pat :: gho_ ghp_ ghr_ ghs_ ghu_ :: \w{8,}
GitHub, fine-grained :: gitleaks github-fine-grained-pat :: github_pat_ :: \w{8,}
GitLab :: GitLab documentation, Token prefixes :: glagent- glcbt- gldt- glffct- glft- glimt- gloas- glpat- glptt- glrt- glrtr- glsoat- glwt- :: [\w.=-]{16,}
GitLab registration :: gitleaks gitlab-rrt :: GR1348941 :: [\w-]{16,}
npm :: gitleaks npm-access-token :: npm_ :: [A-Za-z0-9]{30,}
PyPI :: gitleaks pypi-upload-token :: pypi-A :: [\w-]{16,}
RubyGems :: gitleaks rubygems-api-token :: rubygems_ :: [0-9a-f]{40,}
Clojars :: gitleaks clojars-api-token :: CLOJARS_ :: [A-Za-z0-9]{40,}
Docker :: trufflehog dockerhub/v2 :: dckr_oat_ dckr_pat_ :: [\w-]{20,}
Artifactory :: gitleaks artifactory-api-key :: AKCp :: [A-Za-z0-9]{40,}
Artifactory, reference :: gitleaks artifactory-reference-token :: cmVmd :: [A-Za-z0-9]{50,}
Atlassian :: trufflehog atlassian/v2 :: ATATT3 ATBB ATCTT3 :: [\w=-]{20,}
Bitbucket Data Center :: trufflehog bitbucketdatacenter :: BBDC- :: [\w+/@-]{30,}
Deno Deploy :: trufflehog deno :: ddo_ ddp_ ddw_ :: [A-Za-z0-9]{20,}
CircleCI :: trufflehog circleci/v2 :: CCIPAT_ CCIPRJ_ :: \w{20,}
Buildkite :: trufflehog buildkite/v2 :: bkua_ :: [a-z0-9]{30,}
SonarQube :: SonarQube documentation, Managing your tokens :: sqa_ sqp_ squ_ sqco_ :: [A-Za-z0-9]{40,}
Sourcegraph :: gitleaks sourcegraph-access-token :: sgp_ slk_ :: \w{32,}
Octopus Deploy :: gitleaks octopus-deploy-api-key :: API- :: [A-Z0-9]{26} :: exact
Harness :: gitleaks harness-api-key :: pat. sat. :: [\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20} :: exact
Prefect :: gitleaks prefect-api-token :: pnu_ :: [A-Za-z0-9]{30,}
ReadMe :: gitleaks readme-api-token :: rdme_ :: [a-z0-9]{40,}
Infracost :: gitleaks infracost-api-token :: ico- :: [A-Za-z0-9]{32} :: exact

Models
Anthropic, Langfuse, OpenAI, OpenRouter :: gitleaks openai-api-key; trufflehog anthropic, langfuse, openrouter :: sk-admin- sk-ant- sk-lf- sk-or- sk-proj- sk-svcacct- :: [\w-]{8,}
OpenAI and its like :: trufflehog openai :: sk- :: [\w-]{10,} :: doubtful
Groq :: trufflehog groq :: gsk_ :: [\w-]{20,}
Hugging Face :: gitleaks huggingface-access-token :: hf_ :: [\w-]{20,}
Hugging Face, organization :: gitleaks huggingface-organization-api-token :: api_org_ :: [\w-]{20,}
Jina :: Jina AI documentation, API keys :: jina_ :: [\w-]{20,}
LangSmith :: trufflehog langsmith :: lsv2_pt_ lsv2_sk_ :: [\w-]{20,}
NVIDIA :: trufflehog nvapi :: nvapi- :: [\w-]{20,}
Pinecone :: trufflehog pinecone :: pcsk_ :: [\w-]{20,}
Perplexity :: gitleaks perplexity-api-key :: pplx- :: [\w-]{20,}
Tavily :: Tavily documentation, Authentication :: tvly- :: [\w-]{20,}
xAI :: trufflehog xai :: xai- :: [\w-]{20,}
Replicate :: trufflehog replicate :: r8_ :: [A-Za-z0-9_-]{30,}
Fireworks, Resend :: Fireworks and Resend documentation, API keys :: fw_ re_ :: \w{20,} :: doubtful
Firecrawl :: Firecrawl documentation, Authentication :: fc- :: [0-9a-f]{32,} :: doubtful
Voiceflow :: trufflehog voiceflow :: VF. :: (?:DM\.|WS\.)?[a-fA-F0-9]{24}\.[A-Za-z0-9]{12,}
ElevenLabs :: trufflehog elevenlabs/v2 :: sk_ :: [a-f0-9]{48} :: exact

Clouds
AWS :: gitleaks aws-access-token :: ABIA ACCA AKIA ASIA :: [A-Z0-9]{16} :: exact
Amazon Bedrock :: gitleaks aws-amazon-bedrock-api-key-long-lived :: ABSK :: [A-Za-z0-9+/]{60,}
Amazon Bedrock, short-lived :: gitleaks aws-amazon-bedrock-api-key-short-lived :: bedrock-api-key- :: [A-Za-z0-9+/]{20,}
Alibaba :: gitleaks alibaba-access-key-id :: LTAI :: [A-Za-z0-9]{16,}
Google :: gitleaks gcp-api-key :: AIza :: [\w-]{30,}
Google OAuth :: trufflehog googleoauth2 :: ya29. :: [\w.-]{16,}
Google client :: Google Cloud documentation, OAuth clients :: GOCSPX- :: [\w-]{16,}
Google refresh :: Google Identity documentation, OAuth 2.0 :: 1//0 :: [\w-]{30,}
DigitalOcean :: gitleaks digitalocean-pat :: doo_v1_ dop_v1_ dor_v1_ :: [0-9a-f]{32,}
Heroku :: gitleaks heroku-api-key-v2 :: HRKU- :: [\w-]{20,}
Fly.io :: gitleaks flyio-access-token :: fm1_ fm1a_ fm1r_ fm2_ fo1_ :: [\w+/=-]{30,}
Vercel :: Vercel documentation, Access tokens :: vca_ vci_ vck_ vcp_ vcr_ :: [A-Za-z0-9]{20,}
Netlify :: trufflehog netlify/v2 :: nfp_ :: \w{30,}
Vercel Blob :: Vercel documentation, Blob :: vercel_blob_rw_ :: \w{16,}
Supabase :: trufflehog supabasetoken :: sbp_ sb_secret_ :: [\w-]{20,}
PlanetScale :: gitleaks planetscale-api-token :: pscale_oauth_ pscale_pw_ pscale_tkn_ :: \w[\w=.-]{19,}
Pulumi :: gitleaks pulumi-api-token :: pul- :: [0-9a-f]{32,}
Databricks :: gitleaks databricks-api-token :: dapi :: [0-9a-f]{32}(?:-\d)? :: exact
Scalingo :: gitleaks scalingo-api-token :: tk-us- :: [\w-]{40,}
OpenShift :: gitleaks openshift-user-token :: sha256~ :: [\w-]{40,}
Cloudflare :: trufflehog cloudflareapitoken/v2, cloudflareglobalapikey/v2 :: cfat_ cfk_ cfut_ :: [A-Za-z0-9]{40,}
Cloudflare origin CA :: gitleaks cloudflare-origin-ca-key :: v1.0- :: [a-f0-9]{24}-[a-f0-9]{100,}
ClickHouse :: gitleaks clickhouse-cloud-api-secret-key :: 4b1d :: [A-Za-z0-9]{38} :: exact
Mapbox :: trufflehog mapbox :: sk. :: eyJ[\w-]{20,}(?:\.[\w-]{16,})?

Networks and observation
Tailscale :: trufflehog tailscale :: tskey- :: [\w-]{16,}
Defined Networking :: Defined Networking documentation, API keys :: dnkey- :: [\w=-]{26,}
Dynatrace :: gitleaks dynatrace-api-token :: dt0c01. dt0s01. dt0s02. dt0s08. dt0s16. :: [A-Z0-9]{8,}\.[A-Z0-9]{32,}
Grafana :: gitleaks grafana-cloud-api-token :: glc_ glsa_ :: [\w+/=]{20,}
Grafana, old :: gitleaks grafana-api-key :: eyJrIjoi :: [A-Za-z0-9+/]{40,}={0,3}
New Relic :: trufflehog newrelicuserkey, newrelicbrowserkey :: NRAK- NRBR- NRII- NRIQ- NRJS- NRRA- :: [\w-]{16,}
pganalyze :: trufflehog pganalyzereadkey :: pgar_ :: [A-Za-z0-9]{20,}
PostHog :: trufflehog posthog :: phx_ phs_ :: \w{30,}
Rootly :: trufflehog rootly :: rootly_ :: [a-f0-9]{40,}
Sentry :: gitleaks sentry-org-token :: sntrys_ sntryu_ :: [\w+/=-]{20,}
LaunchDarkly :: trufflehog launchdarkly :: api- sdk- :: [a-f0-9]{8}(?:-[a-f0-9]{4}){3}-[a-f0-9]{12} :: exact

Secrets
Vault :: gitleaks vault-service-token :: hvb. hvr. hvs. :: [\w-]{20,}
Doppler :: trufflehog doppler :: dp.audit. dp.ct. dp.pt. dp.sa. dp.scim. dp.st. :: [\w.-]{24,}
1Password, service account :: gitleaks 1password-service-account-token :: ops_eyJ :: [A-Za-z0-9+/]{20,}={0,3}
1Password :: gitleaks 1password-secret-key :: A3- :: [A-Z0-9]{6}-[A-Z0-9]{6}-?[A-Z0-9]{5}(?:-[A-Z0-9]{5}){3} :: exact
age :: gitleaks age-secret-key :: AGE-SECRET-KEY-1 :: [A-Z0-9]{40,}
Infisical :: Infisical documentation, Service tokens :: st. :: [a-f0-9]{24}\.[a-f0-9]{32}\.[a-f0-9]{32} :: exact
JSON Web Token :: RFC 7519 :: eyJ :: [\w-]{4,}(?:\.[\w-]{4,}(?:\.[\w-]*){0,3})? :: doubtful
bcrypt :: crypt(5) :: $2a$ $2b$ $2x$ $2y$ :: \d\d\$[./A-Za-z0-9]{50,}
crypt :: crypt(5) :: $1$ $5$ $6$ $apr1$ :: (?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,}
yescrypt :: crypt(5) :: $7$ $y$ $gy$ :: [./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{40,}
argon2 :: the PHC string format :: $argon2d$ $argon2i$ $argon2id$ :: (?:[\w$=+/.-]|,(?=\w=)){16,}
PBKDF2, scrypt :: Passlib documentation, Modular Crypt Format :: $pbkdf2$ $pbkdf2-sha256$ $pbkdf2-sha512$ $scrypt$ :: (?:[\w$=+/.-]|,(?=\w=)){16,}
Django :: Django documentation, Password management :: pbkdf2_sha1$ pbkdf2_sha256$ bcrypt_sha256$ :: [\w$=+/.-]{30,}
LDAP :: RFC 2307 :: {SSHA} {SSHA256} {SSHA512} {CRYPT} {SMD5} :: [\w$=+/.-]{16,}

Messages
Slack app :: gitleaks slack-app-token :: xapp- :: \d-[\w-]{12,}
Slack :: gitleaks slack-bot-token :: xoxb- xoxc- xoxp- xoxs- xoxo- :: \d[\w-]{7,}
Slack, workspace :: gitleaks slack-legacy-workspace-token :: xoxa- xoxr- :: (?:\d-)?[0-9A-Za-z]{8,}[\w-]* :: doubtful
Slack cookie :: Slack, browser sessions :: xoxd- :: [\w%+/.=-]{16,}
Slack configuration :: gitleaks slack-config-access-token :: xoxe- xoxe. :: (?:xox[bp]-)?\d-[\w-]{8,}
Twilio SendGrid :: gitleaks sendgrid-api-token :: SG. :: [\w-]{16,64}\.[\w-]{16,}
Twilio :: gitleaks twilio-api-key :: SK0 SK1 SK2 SK3 SK4 SK5 SK6 SK7 SK8 SK9 SKa SKb SKc SKd SKe SKf :: [0-9a-f]{31} :: exact
Brevo :: gitleaks sendinblue-api-token :: xkeysib- xsmtpsib- :: [\w-]{20,}
Mailgun :: trufflehog mailgun :: key- :: [A-Za-z0-9]{32,} :: doubtful
Postmark, HubSpot :: trufflehog hubspot_apikey/v2 :: pat-eu1- pat-na1- pat-na2- pat-na3- :: [A-Za-z0-9-]{30,}
Adafruit IO :: trufflehog adafruitio :: aio_ :: [A-Za-z0-9]{24,}

Payments
Stripe :: gitleaks stripe-access-token :: rk_live_ rk_prod_ rk_test_ sk_live_ sk_prod_ sk_test_ :: [A-Za-z0-9]{8,}
Stripe webhook :: Stripe documentation, Webhooks :: whsec_ :: [A-Za-z0-9+/=]{16,}
Shopify :: gitleaks shopify-access-token :: shpat_ shpca_ shppa_ shpss_ shptka_ :: [0-9a-fA-F]{16,}
Square :: gitleaks square-access-token :: EAAA :: [\w-]{40,}
Square, OAuth :: trufflehog squareapp :: sq0atp- sq0csp- sq0idb- :: [\w-]{16,}
Meta :: gitleaks facebook-page-access-token :: EAA :: [A-Za-z0-9]{60,}
Flutterwave :: trufflehog flutterwave :: FLWSECK- :: [0-9a-z]{32}-X :: exact
Flutterwave, test :: gitleaks flutterwave-secret-key :: FLWSECK_TEST- :: [0-9A-Za-z]{12,}(?:-X)?
Ramp :: trufflehog ramp :: ramp_sec_ :: [A-Za-z0-9]{40,}
Pagar.me :: trufflehog pagarme :: ak_live_ ak_test_ :: [A-Za-z0-9]{24,}
Razorpay :: trufflehog razorpay :: rzp_live_ rzp_test_ :: [A-Za-z0-9]{14,}
EasyPost :: gitleaks easypost-api-token :: EZAK EZTK :: [A-Za-z0-9]{40,}
Duffel :: gitleaks duffel-api-token :: duffel_live_ duffel_test_ :: [\w=-]{32,}
Shippo :: gitleaks shippo-api-token :: shippo_live_ shippo_test_ :: [0-9a-fA-F]{32,}

Work
Airtable :: gitleaks airtable-personnal-access-token :: pat :: [A-Za-z0-9]{14}\.[0-9a-f]{64}
Apify :: trufflehog apify :: apify_api_ :: [A-Za-z0-9-]{30,}
Contentful :: trufflehog contentfulpersonalaccesstoken :: CFPAT- :: [\w-]{20,}
Figma :: trufflehog figmapersonalaccesstoken/v3 :: figd_ figo_ figp_ figu_ :: [\w=-]{20,}
Frame.io :: gitleaks frameio-api-token :: fio-u- :: [\w=-]{40,}
Linear :: gitleaks linear-api-key :: lin_api_ lin_oauth_ :: [A-Za-z0-9]{20,}
Notion :: gitleaks notion-api-token :: ntn_ secret_ :: [A-Za-z0-9]{40,}
Postman :: gitleaks postman-api-token :: PMAK- :: [0-9a-f-]{24,}
SettleMint :: gitleaks settlemint-personal-access-token :: sm_aat_ sm_pat_ sm_sat_ :: [A-Za-z0-9]{16,}
Typeform :: trufflehog typeform/v2 :: tfp_ :: \w{30,}
Salesforce :: trufflehog salesforceoauth2, salesforcerefreshtoken :: 3MVG9 5AEP861 :: [\w.+/=]{60,}
Adobe :: gitleaks adobe-client-secret :: p8e- :: [A-Za-z0-9]{32} :: exact
Intra42 :: gitleaks intra42-client-secret :: s-s4t2af- s-s4t2ud- :: [a-f0-9]{64}
`;

const COMMON_REGEXP = /^(?:api|ico-|roo|scr|sdk|sha|shi)/i;

function parseForm(line: string): readonly TokenForm[] {
  const [vendor, source, prefixes, body, kind] = line.split(" :: ");
  // Other lines are the headings of groups.
  if (source === undefined || prefixes === undefined || body === undefined) {
    return [];
  }
  return [{
    vendor: vendor ?? "",
    source,
    prefixes: prefixes.split(" "),
    body,
    isExact: kind === "exact",
    isDoubtful: kind === "doubtful",
    isCommon: COMMON_REGEXP.test(prefixes),
  }];
}

export const TOKEN_FORMS: readonly TokenForm[] = TABLE.split("\n")
  .flatMap(parseForm);

// A token goes on past the form that is known of it.
const TAIL = "(?:[\\w-]|[+/=.~](?=[\\w+/=-]))*=*";
const SPECIAL_REGEXP = /[.*+?^${}()|[\]\\/-]/g;
// No token begins in the middle of a word.
const TOKEN_START = "(?<![A-Za-z0-9])";

function anyPrefix(prefixes: readonly string[]): string {
  const literals = prefixes.map((prefix) =>
    prefix.replaceAll(SPECIAL_REGEXP, "\\$&")
  );
  return `(?:${literals.join("|")})`;
}

function anyToken(isWanted: (form: TokenForm) => boolean): string {
  return TOKEN_FORMS.filter(isWanted).map(({ prefixes, body, isExact }) =>
    anyPrefix(prefixes) + body + (isExact ? "(?![A-Za-z0-9])" : TAIL)
  ).join("|");
}

// Made when they are first needed: most processes never see a token.
let commonRegexp: RegExp | undefined;
let tokenRegexp: RegExp | undefined;

/** Masks tokens that begin like many ordinary words, such as `api-`. */
export function maskCommonTokens(text: string): string {
  commonRegexp ??= new RegExp(
    `${TOKEN_START}(?:${anyToken((form) => form.isCommon)})`,
    "g",
  );
  return text.replace(commonRegexp, REDACTED);
}

function createTokenRegexp(): RegExp {
  const clear = anyToken((form) => !form.isCommon && !form.isDoubtful);
  const doubtful = anyToken((form) => !form.isCommon && form.isDoubtful);
  return new RegExp(`${TOKEN_START}(?:${clear}|(${doubtful}))`, "g");
}

const RANDOM_PART_REGEXP = /\d|[A-Z]|[a-z]{20}/;
const SHORTEST_TOKEN = 12;

function isOrdinaryWord(match: string): boolean {
  return match.startsWith("eyJ")
    ? !match.includes(".")
    : !RANDOM_PART_REGEXP.test(match.slice(3));
}

/**
 * Masks tokens of a known form: those of GitHub, OpenAI, AWS, Slack, Stripe and
 * others, JSON Web Tokens, password hashes.
 */
export function maskTokens(text: string): string {
  if (text.length < SHORTEST_TOKEN) return text;
  tokenRegexp ??= createTokenRegexp();
  return text.replace(
    tokenRegexp,
    (token: string, doubtful: string | undefined) =>
      doubtful !== undefined && isOrdinaryWord(doubtful) ? token : REDACTED,
  );
}

// The secret half of an AWS key is 40 random characters.
const RANDOM_LENGTH = 40;
const RANDOM_REGEXP = /(?<![\w+/-])[A-Za-z0-9+/]{40}(?![\w+/=-])/g;
const SLASH_REGEXP = /[+/]/g;
const CHANGE_REGEXP =
  /(?<=[a-z])[^a-z]|(?<=[A-Z])[^A-Z]|(?<=\d)\D|(?<=[+/])[^+/]/g;
const MOST_SLASHES = 4;
const FEWEST_CHANGES = 14;
const BOTH_CASES_REGEXP = /[a-z].*[A-Z]|[A-Z].*[a-z]/;
const DIGIT_REGEXP = /\d/;

function countOf(text: string, regexp: RegExp): number {
  return text.match(regexp)?.length ?? 0;
}

function mixesCharacters(text: string): boolean {
  return BOTH_CASES_REGEXP.test(text) && DIGIT_REGEXP.test(text);
}

/** A path has many slashes, a hash no capitals, a name few changes of kind. */
function looksRandom(text: string): boolean {
  return mixesCharacters(text) &&
    countOf(text, SLASH_REGEXP) <= MOST_SLASHES &&
    countOf(text, CHANGE_REGEXP) >= FEWEST_CHANGES;
}

/** A token that is known by its middle or its end. */
interface Infix {
  /** The length of the shortest such token. */
  readonly shortest: number;
  /** Rules out nearly every text at little cost. */
  readonly hint: string | RegExp;
  readonly pattern: RegExp;
  /** Confirms a match; by default, each match is a token. */
  readonly isToken?: (match: string) => boolean;
}

const INFIXES: readonly Infix[] = [
  { // Terraform; gitleaks hashicorp-tf-api-token.
    shortest: 63,
    hint: ".atlasv1.",
    pattern: /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{40,}/g,
  },
  { // A license key or the token of a mobile application of New Relic.
    shortest: 32,
    hint: "NR",
    pattern: /(?<![A-Za-z0-9])[0-9A-Za-z]{28,40}(?:NRAL|-NRMA)(?![A-Za-z0-9])/g,
  },
  { // gitleaks vault-service-token.
    shortest: 26,
    hint: /s\.[A-Za-z0-9]{24}/,
    pattern: /(?<![\w.-])s\.[A-Za-z0-9]{24}(?![\w.-])/g,
    isToken: (match) => mixesCharacters(match.slice(2)),
  },
  { // Discord; gitleaks discord-client-id.
    shortest: 59,
    hint: /\.[\w-]{6}\.[\w-]{27}/,
    pattern: /(?<![\w.-])[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}(?![\w-])/g,
    isToken: mixesCharacters,
  },
  { // Azure.
    shortest: 37,
    hint: "Q~",
    pattern: /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}/g,
  },
  { // Its second half begins with an A; gitleaks telegram-bot-api-token.
    shortest: 41,
    hint: /\d:A[\w-]{34}/,
    pattern: /(?<![A-Za-z0-9:])(?:bot)?\d{5,16}:A[\w-]{34}(?![\w-])/g,
  },
  { // Mailchimp.
    shortest: 36,
    hint: "-us",
    pattern: /(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}/g,
  },
];
const SHORTEST_INFIX = 26;

/**
 * Masks tokens without a telling prefix: random runs, such as the secret half of
 * an AWS key, and tokens that are known by their middle or their end.
 */
export function maskHighEntropy(text: string): string {
  if (text.length < SHORTEST_INFIX) return text;
  let masked = text;
  if (text.length >= RANDOM_LENGTH) {
    masked = masked.replace(
      RANDOM_REGEXP,
      (run) => looksRandom(run) ? REDACTED : run,
    );
  }
  for (const { shortest, hint, pattern, isToken } of INFIXES) {
    if (text.length < shortest) continue;
    const mayHold = typeof hint === "string"
      ? text.includes(hint)
      : hint.test(text);
    if (!mayHold) continue;
    masked = isToken === undefined
      ? masked.replace(pattern, REDACTED)
      : masked.replace(pattern, (match) => isToken(match) ? REDACTED : match);
  }
  return masked;
}

const BEGIN_REGEXP =
  /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)? ?-{4,5}/g;
const END_REGEXP = /-{4,5} ?END [A-Z0-9 ]{0,60}-{4,5}/g;

/**
 * Masks PEM, OpenSSH, PGP and SSH2 private keys from their first line to their
 * last, with real line breaks or `\n`. A block without its last line is masked
 * to the end of the text.
 */
export function maskPrivateKeys(text: string): string {
  if (!text.includes("PRIVATE KEY")) return text;
  const spans: Span[] = [];
  let from = 0;
  for (const { index, 0: { length } } of text.matchAll(BEGIN_REGEXP)) {
    if (index < from) continue;
    END_REGEXP.lastIndex = index + length;
    from = END_REGEXP.exec(text) === null ? text.length : END_REGEXP.lastIndex;
    spans.push({ start: index, end: from });
  }
  return maskSpans(text, spans);
}

/** Options of `redact`: tokens to redact besides the known ones. */
export interface RedactOptions {
  /**
   * The forms of tokens that a host issues or uses.
   *
   * @default {[]}
   */
  readonly forms?: readonly {
    /** The name of the form, for messages. */
    readonly name: string;
    /** The prefixes of such tokens, each at least three characters long. */
    readonly prefixes: readonly string[];
    /**
     * The rest of a token, as the source of a regular expression, such as
     * `[A-Za-z0-9]{32}`. It must not match the empty text and must run in linear
     * time.
     */
    readonly body: string;
  }[];
}

type SecretForm = NonNullable<RedactOptions["forms"]>[number];

const SHORTEST_PREFIX = 3;

function invalid(place: string, fault: string, remedy: string): PluginError {
  return new PluginError(`Cannot use option "${place}": it ${fault}`, {
    code: "PLUGIN_OPTION_INVALID",
    remedy,
  });
}

function checkBody(body: string, place: string): void {
  const remedy =
    "Write the source of a regular expression, such as [A-Za-z0-9]{32}";
  if (typeof body !== "string") throw invalid(place, "is not text", remedy);
  let matchesNothing: boolean;
  try {
    matchesNothing = new RegExp(`^(?:${body})$`).test("");
  } catch {
    const shown = quote(body.slice(0, 80));
    throw invalid(place, `is not a regular expression: ${shown}`, remedy);
  }
  if (matchesNothing) throw invalid(place, "matches the empty text", remedy);
}

function sourceOf({ prefixes, body }: SecretForm, place: string): string {
  const isPrefix = (prefix: unknown) =>
    typeof prefix === "string" && prefix.length >= SHORTEST_PREFIX;
  if (
    !Array.isArray(prefixes) || prefixes.length === 0 ||
    !prefixes.every(isPrefix)
  ) {
    throw invalid(
      `${place}.prefixes`,
      `is not a list of texts of at least ${SHORTEST_PREFIX} characters`,
      'Write the prefixes of the tokens, as in ["acme_live_"]',
    );
  }
  checkBody(body, `${place}.body`);
  return `${anyPrefix(prefixes)}(?:${body})`;
}

/**
 * Creates a function that masks a host's own tokens; returns `undefined` if
 * there are none.
 */
export function createFormsMask(
  { forms = [] }: RedactOptions,
): ((text: string) => string) | undefined {
  if (!Array.isArray(forms)) {
    throw invalid("redact.forms", "is not a list", "Give a list of forms");
  }
  if (forms.length === 0) return undefined;
  const sources = forms.map((form, index) =>
    sourceOf(form, `redact.forms[${index}]`)
  );
  const regexp = new RegExp(`${TOKEN_START}(?:${sources.join("|")})`, "g");
  return (text) => text.replace(regexp, REDACTED);
}
