/**
 * The words of secret names, in tables.
 *
 * Names are split into words, because a pattern cannot tell `token` from
 * `max_tokens`, or `api_key` from `sort_key`. Digits are ignored. Adjacent words are
 * also looked up together: `pass_word`, `passWord` and `password` are one entry.
 */

const ASCII_WORD_REGEXP = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;
// deno-lint-ignore no-control-regex
const NOT_ASCII_REGEXP = /[^\u0000-\u007f]/;

function foldWord(word: string): string {
  // Upper case first: it turns "ß" into "ss", as people read it.
  return word.toUpperCase().toLowerCase();
}

function foreignWords(name: string): readonly string[] {
  // Created here, for the few names that need them: these Unicode classes would
  // cost more than the rest of the import.
  const plain = name.normalize("NFKD").replace(/[\p{M}\p{Cf}]/gu, "");
  const words = plain.match(
    /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lm}\p{Lo}]+|\p{N}+/gu,
  );
  return (words ?? []).map(foldWord);
}

/**
 * Splits an identifier into words in lower case: `api_key`, `apiKey`, `API-KEY` and
 * `APIKey` all return `["api", "key"]`. Digits are separate words. Width, ligatures,
 * accents and invisible characters make no difference.
 */
export function nameWords(name: string): readonly string[] {
  if (NOT_ASCII_REGEXP.test(name)) return foreignWords(name);
  return (name.match(ASCII_WORD_REGEXP) ?? []).map((word) =>
    word.toLowerCase()
  );
}

/** A table of words, parsed when it is first used: few processes use it. */
class Words {
  readonly #text: string;
  #all: ReadonlySet<string> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  has(word: string): boolean {
    return this.#read().has(word);
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#read().values();
  }

  #read(): ReadonlySet<string> {
    return this.#all ??= new Set(this.#text.trim().split(/\s+/));
  }
}

/** A name with one of these is a secret, unless it only describes one. */
export const SECRET_WORDS = new Words(`
  password passwords passwd passwds passphrase passphrases passcode passcodes
  passkey passkeys pw pwd pwds psw pswd htpasswd keypass storepass mypass
  secret secrets token credential credentials cred creds
  jwt jwts bearer authorization cookie cookies dsn dsns
  otp otps totp mfacode salt salts pepper psk cvv cvc ssn pfx mnemonic mnemonics
  privkey
  connectionstring connectionstrings connstring connstr
  signedurl presignedurl sasurl sasuri
  webhookurl webhookuri webhookurls webhookendpoint webhookaddress webhooklink
  basicauth httpauth proxyauth authheader authheaders authorizationheader
  dockerauthconfig
  authcode authorizationcode accesscode accesscodes devicecode verificationcode
  securitycode recoverycode recoverycodes backupcode backupcodes
  onetimecode pincode logincode activationcode unlockcode pairingcode codeverifier
  clientassertion samlassertion samlresponse accesssignature amzsignature
  googsignature
  sessionid sessionids sessid phpsessid jsessionid aspsessionid connectsid
  seedphrase seedwords recoveryphrase secretphrase securityanswer
  secretid accesskeyid keymaterial
`);

/** Secrets only as the last word: `smtp_pass`, but not `pass_through`. */
export const SECRET_LAST_WORDS = new Words(`
  pass pat pats pin auth sas csrf xsrf webhook webhooks skey akey
`);

/**
 * Secrets in an environment as the last word, or before a
 * {@linkcode CONTENT_WORDS}. Before other words they are the prefix of a program:
 * `AUTH_OKTA_ISSUER`, `NEXT_PRIVATE_SMTP_HOST`.
 */
export const PREFIX_WORDS = new Words(`
  auth oauth private
`);

/** The last word of a variable that contains the text of something. */
export const CONTENT_WORDS = new Words(`
  b base content contents data der hash hex json jwk pem raw string value
`);

/** A key of this kind is a secret; any other is the key of a map. */
export const SECRET_KEY_KINDS = new Words(`
  api app application access account activation admin authentication
  authorization auth bearer bot client cloud consumer crypto cryptographic
  decrypt decryption deploy dev developer enc encrypt encryption function
  functions gateway host hmac ingest ingestion instrumentation integration
  license licence live management master merchant oauth partner payment
  preshared priv private recovery root secret security server service
  servicerole session shared sign signature signing storage subscription super
  symmetric token unseal vapid wallet webhook wifi wrapping write
  aes age cipher dsa ecdsa ed fernet gpg jwt pem pgp rsa sops ssh ssl tls
  algolia anthropic aws azure bing cloudflare cohere datadog deepgram deepl
  deepseek elastic elevenlabs fastly fireworks gcp gemini github gitlab google
  groq heroku hf huggingface jina langfuse langsmith mailchimp mailgun maps
  mapbox mistral newrelic notion nvidia openai openrouter pagerduty perplexity
  pinecone postmark qdrant replicate resend segment sendgrid serpapi sentry
  shopify slack stability stripe supabase tavily telegram together twilio
  typesense vault vercel vertex voyage weaviate xai
  alchemy etherscan giphy infura kaggle sa wandb
`);

/** After one of these, a key of any kind is a secret: `encryption_primary_key`. */
export const SECRET_KEY_PURPOSES = new Words(`
  crypto decryption encryption hmac private signing
`);

/** These have a public half: `PUBLIC_SIGNING_KEY`. */
export const KEY_PAIR_KINDS = new Words(`
  dsa ecdsa ed encryption gpg host jwt pem pgp rsa signing ssh ssl tls vapid
`);

/**
 * A variable with a key of one of these kinds is public or the key of a map; with any
 * other kind, it is withheld. `PRIMARY_KEY` is that of an account.
 */
export const PLAIN_KEY_KINDS = new Words(`
  public pub publishable site authorized foreign sort partition cache
  translation idempotency identifier
`);

/** More kinds of tokens that are secrets; other tokens are counted. */
export const SECRET_TOKEN_KINDS = new Words(`
  refresh device csrf xsrf personal push invite reset verification login
`);

/** A token of this kind is text or a position: `eos_token`, `next_page_token`. */
export const PLAIN_TOKEN_KINDS = new Words(`
  eos bos pad padding unk unknown sep cls mask stop start end begin special
  first last image word text per max min next previous prev page continuation
  sync current
`);

/** A seed of this kind creates keys; others create random numbers or rows. */
export const SECRET_SEED_KINDS = new Words(`
  wallet hd private secret signing encryption crypto nkey nkeys mnemonic bip bitcoin btc ethereum eth evm solana sol stellar xlm
  ripple xrp xrpl substrate polkadot iota nano cosmos validator totp otp
`);

/** A session of this kind is a window or a login of the desktop. */
export const PLAIN_SESSION_KINDS = new Words(`
  xdg term iterm terminal desktop window gnome dbus wezterm zellij tmux
`);

/** A cookie of this kind is a flag: `SESSION_SECURE_COOKIE=true`. */
export const PLAIN_COOKIE_KINDS = new Words(`
  secure samesite
`);

/** Prefixes of `pass` in a single word: `dbpass`, `smtppass`. */
export const SECRET_PASS_KINDS = new Words(`
  admin auth bind db ftp git http imap keystore ldap login mail mongo mqtt mysql
  pg pop postgres proxy rabbit redis root smtp sql ssh sudo user wifi
`);

/** Words before `key` at the end of a single word: `openaiapikey`. */
export const SECRET_KEY_ENDINGS = new Words(`
  access account api auth client consumer crypt decryption encryption hmac
  licence license master merchant private secret service session shared signing
  ssh storage subscription token webhook
`);

/** A name that ends with one of these only describes a secret. */
export const PROPERTY_WORDS = new Words(`
  count counts limit limits length len size sizes type types kind kinds name
  names id ids env var variable variables file files filename filepath filepaths
  path paths dir directory folder url urls uri uris endpoint endpoints host
  hosts port field fields header headers prefix prefixes suffix policy policies
  strategy method methods mode modes format algorithm algorithms alg algo expiry
  expires expiration expired ttl age at in on by lifetime duration validity ms
  seconds minutes hours days issuer audience claims scope scopes version
  versions status state enabled disabled required optional provider providers
  manager service services rate budget usage used cost price window total max
  min rounds bytes bits iterations strength set configured present valid
  verified missing changed updated created rotated rotation attempts retries
  label description placeholder schema pattern regexp regex rule rules
  requirements arn ref refs source domain domains consent banner site secure
  only timeout interval index position separator delimiter backend driver plugin
  parser validator generator factory handler middleware filter bucket buckets
  stream streams embedding embeddings overlap chunk chunks probability logprobs
  probs vocab fingerprint thumbprint four last less stdin line lines column
  columns offset callback callbacks supported allowed exists found
`);

/** So does one with these; in a map of secrets, they name one: `{ monitor: "x" }`. */
export const OTHER_PROPERTY_WORDS = new Words(`
  algs expire milliseconds sec secs second mins minute hour day week weeks month
  months year years issuers audiences claim active ratelimit retry samesite
  httponly module mechanism region zone realm tenant namespace locale username
  ips cidr cidrs whitelist allowlist blacklist denylist origins checks leeway
  skew broker keyserver restart concurrency score selector prompt lifespan exp
  delta helper scanning renew through counter rotator scanner checker detector
  inspector linter tracker monitor watcher formatter viewer encoder decoder
  complexity hasher flag workers step engine scheme tolerance period periods kid
  notice partitioned insecure round aud role roles permission permissions
  validators alias aliases mount listen
`);

/** So does a variable with these; in data, such a key may hold a secret. */
export const VARIABLE_PROPERTY_WORDS = new Words(`
  reset change history bundle settings options digits attribute attributes event
  events channel model table time times tool tools origin subject ring queue
  extension extensions process
`);

/** A name that begins with one of these is a question: `has_password`, `is_secret`. */
export const QUESTION_WORDS = new Words(`
  is are has have had use uses using need needs require requires allow allows
  accept accepts disable enable show hide without missing can should supports
  forgot existing
`);

/** So is a key of data with these; `ALLOWED_API_KEYS` contains secrets. */
export const DATA_QUESTION_WORDS = new Words(`
  required allowed disabled enabled
`);

/** Directly before secrets, these count them or tell what happens to them. */
export const QUANTITY_WORDS = new Words(`
  no max min num number count total mask
`);

/** Anywhere before a secret, these make a name a question: `MYSQL_ALLOW_EMPTY_PASSWORD`. */
export const ASKING_WORDS = new Words(`
  allow allows disable disables enable enables require requires ignore ignores
  skip has expire redact rotate
`);

/** After a secret, these describe it: `JWT_ALLOW_EMPTY`, `JWT_ACCEPTED_ISSUERS`. */
export const TELLING_WORDS = new Words(`
  allow allowed disable disabled enable enabled require required ignore accepted
  skip rotate
`);

/** At the end of a name, these only distinguish it from another one. */
export const VARIANT_WORDS = new Words(`
  prod production dev development staging stage stg qa uat preprod sandbox
  old new previous main primary secondary
`);

/**
 * A single word that ends with one of these is a secret, as in `PGPASSWORD`. For
 * `key` and `pass`, see {@linkcode SECRET_KEY_ENDINGS} and
 * {@linkcode SECRET_PASS_KINDS}.
 */
export const SECRET_ENDINGS: readonly string[] = `
  password passwords passwd passphrase passcode secret secrets token credential
  credentials creds connectionstring connstr accesskeyid accesscode pwd pw
`.trim().split(/\s+/);

/** Words that end like a secret and are not. */
export const PLAIN_COMPOUNDS = new Words(`
  oldpwd nopassword
`);
