/**
 * The public forms of tokens: one table, an entry a vendor.
 *
 * No library is used for this. The tables of gitleaks and trufflehog are Go
 * programs, secretlint reads files asynchronously and brings a package a rule,
 * and none of them masks a text in place, in time linear in its length. What
 * they publish is the source of most entries here.
 *
 * @module
 */

/** The public form of a vendor's tokens. */
export interface TokenForm {
  /** The vendor, and the kind of token if it has several. */
  readonly vendor: string;
  /** The publication that describes the form. */
  readonly source: string;
  /** The beginnings of such a token, each of at least three characters. */
  readonly prefixes: readonly string[];
  /**
   * The rest, as the source of a regular expression. It must match as much as it
   * can and must not backtrack over its own matches.
   */
  readonly body: string;
  /**
   * Ends the token with `body`: a letter or a digit after it makes the text
   * something else. By default, whatever goes on like a token is part of it.
   *
   * @default {false}
   */
  readonly isExact?: boolean;
  /**
   * Set if ordinary words begin like that as well: the rest must then hold a
   * digit, a capital, or twenty small letters in a row.
   *
   * @default {false}
   */
  readonly isDoubtful?: boolean;
  /**
   * Set if many ordinary words begin with the same three letters: the form is
   * then looked for apart from the others.
   *
   * @default {false}
   */
  readonly isCommon?: boolean;
}

// A form a line: vendor, source, beginnings, rest, and how it ends or begins.
// Lengths are lower bounds: a token that was cut is a secret as well.
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

/** The forms that are known. */
export const TOKEN_FORMS: readonly TokenForm[] = TABLE.split("\n")
  .flatMap(parseForm);
