/**
 * Generates texts for measuring the masking of secrets: tokens of every known
 * form, and harmless texts that look like them.
 */

import fc from "fast-check";
import { TOKEN_FORMS } from "../../src/secrets/tokens.ts";

/** A text, and the part that must be masked. */
export interface Sample {
  /** The template of the text. */
  readonly template: string;
  readonly text: string;
  /** The part to mask; a harmless text has none. */
  readonly secret?: string;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const BASE62 = `${LETTERS}${LETTERS.toUpperCase()}0123456789`;
const HEX = "0123456789abcdef";

/** Creates random numbers, the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Random = () => number;

function pick<Value>(random: Random, from: readonly Value[]): Value {
  const found = from[Math.floor(random() * from.length)];
  if (found === undefined) throw new RangeError("Nothing to choose from");
  return found;
}

function letters(random: Random, alphabet: string, length: number): string {
  return Array.from(
    { length },
    () => alphabet.charAt(Math.floor(random() * alphabet.length)),
  ).join("");
}

const CONTEXTS: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => `cannot log in with ${secret} at the server`,
  (secret) => `{"value":"${secret}","next":1}`,
  (secret) => `GET /v1/items?q=${secret}&page=2`,
  (secret) => `value: '${secret}'`,
  (secret) => `[${secret}]\n`,
];

/** Secrets without a known form, which a name or a command reveals. */
const NAMED: Readonly<Record<string, (secret: string) => string>> = {
  "assignment": (secret) => `DB_PASSWORD=${secret}`,
  "glued name": (secret) => `openaiapikey=${secret}`,
  "make": (secret) => `X_TOKEN ?= "${secret}"`,
  "PHP": (secret) => `$xToken .= "${secret}";`,
  "Ruby": (secret) => `settings['root_password'] = '${secret}'; url 'x'`,
  "JSON": (secret) => `{"client_secret":"${secret}","next":1}`,
  "YAML": (secret) => `  apiKey: ${secret}\n  next: 1`,
  "header": (secret) => `X-Api-Key: ${secret}\nHost: x`,
  "bearer": (secret) => `Authorization: Bearer ${secret}`,
  "URL": (secret) => `postgres://app:${secret}@db:5432/app`,
  "query": (secret) => `https://x.example/?access_token=${secret}&q=1`,
  "XML": (secret) => `<add key="Password" value="${secret}" />`,
  "element": (secret) => `<password>${secret}</password>`,
  "flag": (secret) => `tool --password ${secret} --verbose`,
  "Go flag": (secret) => `tool -token ${secret} -v`,
  "sshpass": (secret) => `sshpass -p '${secret}' ssh deploy@10.0.0.1`,
  "redis-cli": (secret) => `redis-cli -h cache -a ${secret} ping`,
  "mysql": (secret) => `mysqldump -u app -p${secret} shop`,
  "ldap": (secret) => `ldapsearch -x -D cn=admin -w ${secret} -b dc=x`,
  "docker": (secret) => `docker login -u app -p ${secret} registry.example`,
  "curl": (secret) => `curl -u app:${secret} https://x.example`,
  "here-string": (secret) => `gh auth login --with-token <<< ${secret}`,
  "pipe": (secret) => `echo ${secret} | docker login --password-stdin`,
  "SQL": (secret) => `CREATE USER app IDENTIFIED BY '${secret}'`,
};

/** Makes secrets without a known form, each beside a name or a command. */
export function namedSamples(seed: number, each: number): readonly Sample[] {
  const random = createRandom(seed);
  return Object.entries(NAMED).flatMap(([template, make]) =>
    Array.from({ length: each }, () => {
      const secret = letters(random, BASE62, 12 + Math.floor(random() * 20));
      return { template, text: make(secret), secret };
    })
  );
}

/** Makes tokens of every known form, each inside a text. */
export function tokenSamples(seed: number, each: number): readonly Sample[] {
  const random = createRandom(seed);
  return TOKEN_FORMS.flatMap(({ vendor, prefixes, body, isDoubtful }) => {
    // fast-check generates no text for a lookahead.
    const plain = new RegExp(`^(?:${body.replaceAll("|,(?=\\w=)", "")})$`);
    const needed = vendor === "JSON Web Token"
      ? /\./
      : isDoubtful === true
      ? /..(?:\d|[A-Z]|[a-z]{20})/
      : /^/;
    const rests = fc.sample(
      fc.stringMatching(plain).filter((text) => needed.test(text)),
      { numRuns: each, seed },
    );
    return rests.map((rest) => {
      const secret = `${pick(random, prefixes)}${rest}`;
      const text = pick(random, CONTEXTS)(secret);
      return { template: vendor, text, secret };
    });
  });
}

const WORDS =
  "cache client cluster config daemon database dead export feature gateway index item job letter loader manager model node order parser plugin queue reader release report runner search server service session shard storage stream task thing tool user vault vector view worker writer"
    .split(" ");
const REGIONS = ["us-east-2", "eu-central-1", "ap-southeast-1"];

/** Templates of harmless texts: W is a word, R a random part. */
const HARMLESS: Readonly<Record<string, (random: Random) => string>> = {
  "ARN": (r) =>
    `arn:aws:${pick(r, ["sqs", "sns", "lambda:function", "s3", "iam"])}:${
      pick(r, REGIONS)
    }:${letters(r, "0123456789", 12)}:${
      [1, 2, 3, 4, 5].map(() => pick(r, WORDS)).join("-")
    }`,
  "file name": (r) =>
    `${2000 + Math.floor(r() * 30)}-${Math.floor(r() * 400)}-xoxo-${
      pick(r, WORDS)
    }-1.jpg`,
  "path": (r) =>
    `/srv/${pick(r, WORDS)}/${pick(r, WORDS)}_token_${pick(r, WORDS)}.ts:12:5`,
  "Maven": (r) =>
    `io.${pick(r, WORDS)}token:${pick(r, WORDS)}-jackson-0.${
      Math.floor(r() * 20)
    }.2`,
  "npm": (r) =>
    `npm:@${pick(r, WORDS)}/secret-${pick(r, WORDS)}@^${
      Math.floor(r() * 9)
    }.1.0`,
  "image": (r) =>
    `registry.example.com/${pick(r, WORDS)}@sha256:${letters(r, HEX, 64)}`,
  "commit": (r) => `commit ${letters(r, HEX, 40)} of ${pick(r, WORDS)}`,
  "UUID": (r) =>
    `${letters(r, HEX, 8)}-${letters(r, HEX, 4)}-4${letters(r, HEX, 3)}-a${
      letters(r, HEX, 3)
    }-${letters(r, HEX, 12)}`,
  "integrity": (r) => `etag "${letters(r, HEX, 32)}"`,
  "Kubernetes": (r) =>
    `secretKey: ${pick(r, WORDS).toUpperCase()}_${
      pick(r, WORDS).toUpperCase()
    }`,
  "Kubernetes, name": (r) =>
    `secretName: ${pick(r, WORDS)}-${pick(r, WORDS)}-tls`,
  "pipeline": () => "keyVaultToStoreSecrets: name",
  "URL": (r) =>
    `https://github.com/xoxa-${pick(r, WORDS)}/xoxa-${
      pick(r, WORDS)
    }.github.io`,
  "URL, port": (r) => `postgres://${pick(r, WORDS)}.example.com:5432/app`,
  "host and port": (r) => `token.example.com:8443 ${pick(r, WORDS)}`,
  "prose": (r) =>
    `the token of the ${
      pick(r, WORDS)
    } is missing, and its password is not set`,
  "prose, bearer": (r) => `use a bearer token with the ${pick(r, WORDS)}`,
  "identifier": (r) =>
    `sk_${pick(r, WORDS)}_${pick(r, WORDS)}_hf_${pick(r, WORDS)}_${
      pick(r, WORDS)
    }`,
  "component": (r) =>
    `sk-${pick(r, WORDS)}-${pick(r, WORDS)}-${pick(r, WORDS)}`,
  "numbers": (r) =>
    `max_tokens=${Math.floor(r() * 9_000)} tokens: ${Math.floor(r() * 900)}`,
  "time": (r) =>
    `2026-01-02T03:04:05.${letters(r, "0123456789", 3)}Z ${pick(r, WORDS)}`,
  "version": (r) => `v1.0-${pick(r, WORDS)}.${Math.floor(r() * 90)}`,
  "docker": (r) =>
    `docker run -u 1000:1000 -p 80:80 ${pick(r, WORDS)}:${Math.floor(r() * 9)}`,
  "command": (r) => `mysql -h db.example.com -P 3306 ${pick(r, WORDS)}`,
  "grep": (r) => `grep -a ${pick(r, WORDS)} -p x | sort -u`,
  "address": (r) =>
    `ssh deploy@10.0.0.${Math.floor(r() * 250)} -p 22 ${pick(r, WORDS)}`,
  "long word": (r) => `${pick(r, WORDS)}${letters(r, LETTERS, 18)}.html`,
  "id": (r) => `id ${letters(r, BASE62, 22)}`,
  "setting": (r) =>
    `token_ttl=3600 password_policy=strict key=${pick(r, WORDS)}`,
  "plugin": (r) =>
    `Cannot set up plugin "token-${pick(r, WORDS)}": Error: cannot reach the ${
      pick(r, WORDS)
    }`,
};

/** Makes harmless texts that look like secrets. */
export function harmlessSamples(seed: number, each: number): readonly Sample[] {
  const random = createRandom(seed);
  return Object.entries(HARMLESS).flatMap(([template, make]) =>
    Array.from({ length: each }, () => ({ template, text: make(random) }))
  );
}
