/**
 * Whether the name of a value says that the value is a secret.
 *
 * Names are read as words and looked up in one table, and not matched by a
 * pattern, because the difference is in the words: `token` is a secret,
 * `max_tokens` a number; `api_key` is a secret, `sort_key` a column. Digits are
 * left out before a name is looked up, and words that stand side by side are
 * looked up as one too, so that `pass_word`, `passWord` and `password` are the
 * same entry.
 *
 * @module
 */

const ASCII_WORD_REGEXP = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g;
// deno-lint-ignore no-control-regex
const NOT_ASCII_REGEXP = /[^\u0000-\u007f]/;

function foldWord(word: string): string {
  // Upper case first: it is what turns "paßword" into the word that it is read as.
  return word.toUpperCase().toLowerCase();
}

function foreignWords(name: string): readonly string[] {
  // Made here, for the few names that need them: these classes of Unicode cost
  // more than all else that is made when this is imported.
  const plain = name.normalize("NFKD").replace(/[\p{M}\p{Cf}]/gu, "");
  const words = plain.match(
    /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lm}\p{Lo}]+|\p{N}+/gu,
  );
  return (words ?? []).map(foldWord);
}

/**
 * The words of an identifier, in lower case: `api_key`, `apiKey`, `API-KEY`
 * and `APIKey` all give `["api", "key"]`.
 *
 * Digits are words of their own. Letters that only look different are read as
 * what they are read as: width, ligatures, accents and invisible characters
 * hide nothing.
 *
 * @param name The name of a variable, a key or a header.
 * @returns Its words, in their order.
 */
export function nameWords(name: string): readonly string[] {
  if (NOT_ASCII_REGEXP.test(name)) return foreignWords(name);
  return (name.match(ASCII_WORD_REGEXP) ?? []).map((word) =>
    word.toLowerCase()
  );
}

/** Words of the table, read when one is first asked about: few processes ask. */
class Words {
  readonly #text: string;
  #all: ReadonlySet<string> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  has(word: string): boolean {
    this.#all ??= new Set(this);
    return this.#all.has(word);
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#text.trim().split(/\s+/)[Symbol.iterator]();
  }
}

/** A name with one of these in it holds a secret, unless it goes on to a {@linkcode PROPERTY_WORDS}. */
export const SECRET_WORDS = new Words(`
  password passwords passwd passwds passphrase passphrases passcode passcodes
  passkey passkeys pw pwd pwds psw pswd htpasswd
  dbpass userpass sshpass smtppass adminpass rootpass mypass ftppass keypass
  storepass mailpass authpass loginpass mysqlpass pgpass redispass ldappass
  proxypass httppass
  secret secrets token credential credentials cred creds
  jwt jwts bearer authorization cookie cookies dsn dsns
  otp otps totp mfacode salt salts pepper psk cvv cvc ssn pfx mnemonic
  connectionstring connectionstrings connstring connstr
  signedurl presignedurl sasurl sasuri webhookurl webhookuri webhookurls
  basicauth httpauth proxyauth authheader authheaders authorizationheader
  authcode authorizationcode accesscode devicecode verificationcode
  securitycode recoverycode recoverycodes backupcode backupcodes
  onetimecode pincode codeverifier
  clientassertion samlassertion samlresponse accesssignature amzsignature
  googsignature
  sessionid sessionids sessid phpsessid jsessionid aspsessionid connectsid
  seedphrase recoveryphrase secretphrase walletseed securityanswer
  secretid accesskeyid keymaterial
`);

/** These say "secret" only as the last word: `smtp_pass`, but not `pass_through`. */
export const SECRET_LAST_WORDS = new Words(`
  pass pat pats pin auth sas csrf xsrf webhook webhooks
`);

/** A key of this kind is a secret; any other key is a place in a map. */
export const SECRET_KEY_KINDS = new Words(`
  api app application access account activation admin authentication
  authorization auth bearer bot client cloud consumer crypto cryptographic
  decrypt decryption deploy dev developer encrypt encryption function functions
  gateway host hmac ingest ingestion instrumentation integration ikey licence
  license live management master merchant oauth partner payment preshared priv
  private recovery root secret security server service session shared sign
  signature signing storage subscription super symmetric token unseal vapid
  wallet webhook wifi wrapping write
  aes age cipher dsa ecdsa ed fernet gpg jwt pem pgp rsa sops ssh ssl tls
  algolia anthropic aws azure bing cloudflare cohere datadog deepgram deepl
  deepseek elastic elevenlabs fastly fireworks gcp gemini github gitlab google
  groq heroku hf huggingface jina langfuse langsmith mailchimp mailgun maps
  mapbox mistral newrelic notion nvidia openai openrouter pagerduty perplexity
  pinecone postmark qdrant replicate resend segment sendgrid serpapi sentry
  shopify slack stability stripe supabase tavily telegram together twilio
  typesense vault vercel vertex voyage weaviate xai
`);

/** Besides those of a key: tokens of this kind are secrets, others are counted. */
export const SECRET_TOKEN_KINDS = new Words(`
  refresh device csrf xsrf personal push invite reset verification login
`);

/** A token of this kind is text or a place in a list: `eos_token`, `next_page_token`. */
export const PLAIN_TOKEN_KINDS = new Words(`
  eos bos pad padding unk unknown sep cls mask stop start end begin special
  first last image word text per max min next previous prev page continuation
  sync current
`);

/** A name that ends with one of these is about the secret and does not hold it. */
export const PROPERTY_WORDS = new Words(`
  count counts limit limits length len size sizes type types kind kinds name
  names id ids env var variable variables file files filename filepath filepaths path paths dir
  directory folder url urls uri uris endpoint endpoints host hosts port field
  fields header headers prefix prefixes suffix policy policies strategy method
  methods mode modes format algorithm algorithms alg algo expiry expires
  expiration expired ttl age at in on by lifetime duration validity ms seconds
  minutes hours days issuer audience claims scope scopes version versions status
  state enabled disabled required optional provider providers manager service
  services rate budget usage used cost price window total max min rounds bytes
  bits iterations strength set configured present valid verified missing changed
  updated created rotated rotation attempts retries label description
  placeholder schema pattern regexp regex rule rules requirements arn ref refs
  source domain domains consent banner site secure only timeout interval index
  position separator delimiter backend driver plugin parser validator generator
  factory handler middleware filter bucket buckets stream streams embedding
  embeddings overlap chunk chunks probability logprobs probs vocab fingerprint
  thumbprint four last less stdin line lines column columns offset callback
  callbacks supported allowed exists found
`);

/** A name that begins with one of these asks about the secret: `has_password`, `max_token`. */
export const QUESTION_WORDS = new Words(`
  is are has have had use uses using need needs require requires required allow
  allows allowed accept accepts disable disabled enabled show hide no without
  missing can should support supports forgot max min num number count total
`);

/**
 * A single word that ends with one of these is a compound of it, as in
 * `PGPASSWORD`. What other words may end with (`key`, `pass`, `auth`) is not here.
 */
export const SECRET_ENDINGS: readonly string[] = [
  "password",
  "passwords",
  "passwd",
  "passphrase",
  "passcode",
  "secret",
  "secrets",
  "token",
  "credential",
  "credentials",
  "creds",
  "connectionstring",
  "connstr",
  "pwd",
  "pw",
];

/** What ends like a secret and is none. */
export const PLAIN_COMPOUNDS = new Words(`
  oldpwd nopassword
`);
