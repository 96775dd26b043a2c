import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import {
  isCredential,
  maskCredentials,
} from "../../src/secrets/credentials.ts";
import {
  isSecretKey,
  withheldBecause,
} from "../../src/secrets/secret_names.ts";
import { nameWords } from "../../src/secrets/secret_words.ts";

const numRuns = Number(Deno.env.get("PLUGINS_FUZZ_RUNS") ?? 200);

/** Text of pieces that mean something to the searches, and of anything else. */
const pieces = fc.constantFrom(
  ..."=:;,&?@/\\\"'`<>[]{}() \t\n\r-_.$#0aA",
  "://",
  "password",
  "token",
  "api_key",
  "key",
  "Authorization",
  "Cookie",
  "Bearer ",
  "Basic ",
  "sk-",
  "ghp_",
  "eyJ",
  "AKIA",
  "SG.",
  "xoxb-",
  "-----BEGIN PRIVATE KEY-----",
  "-----END PRIVATE KEY-----",
  "[REDACTED]",
  "null",
  "hooks.slack.com/services/",
  "https://u:p@h",
  "--password ",
  "identified by '",
  "é",
  "ſ",
  "🔑",
  "\u200b",
  "\ud800",
);
const text = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: pieces },
    { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
    { weight: 2, arbitrary: fc.stringMatching(/^[\w+/-]{8,48}$/) },
  ),
  { maxLength: 40 },
).map((parts) => parts.join(""));

const canary = fc.stringMatching(/^[a-z]{4}[0-9]{4}[A-Z]{4}$/);
const plain = fc.stringMatching(/^[a-z ]{0,24}$/);

/** Texts around secrets. */
const HOLDERS: readonly ((secret: string) => string)[] = [
  (secret) => `postgres://ada:${secret}@db.example:5432/app`,
  (secret) => `redis://:${secret}@h`,
  (secret) => `https://h/x?page=1&access_token=${secret}&z=1`,
  (secret) => `Authorization: Bearer ${secret}`,
  (secret) => `Authorization: Basic ${btoa(`ada:${secret}`)}`,
  (secret) => `Bearer ${secret}`,
  (secret) => `Basic ${btoa(`ada:${secret}`)}`,
  (secret) => `Cookie: sid=${secret}; theme=dark`,
  (secret) => `X-API-Key: ${secret}`,
  (secret) => `{"password":"${secret}","user":"ada"}`,
  (secret) => `{\\"clientSecret\\":\\"${secret}\\",\\"a\\":1}`,
  (secret) => `{'db_password': '${secret}'}`,
  (secret) => `password=${secret}`,
  (secret) => `DB_PASS='${secret}'`,
  (secret) => `apiKey: ${secret}`,
  (secret) => `API key: ${secret}`,
  (secret) => `Server=h;Password=${secret} and more;Database=d`,
  (secret) => `AccountName=n;AccountKey=${secret}==;EndpointSuffix=s`,
  (secret) => `ghp_${secret}${secret}${secret}`,
  (secret) => `sk-proj-${secret}-${secret}`,
  (secret) => `xoxb-1234567890-${secret}`,
  (secret) => `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${secret}`,
  (secret) =>
    `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
  (secret) => `-----BEGIN EC PRIVATE KEY-----\\n${secret}\\n`,
  (secret) => `--api-key ${secret}`,
  (secret) => `curl -u ada:${secret} h`,
  (secret) => `<password>${secret}</password>`,
  (secret) => `https://hooks.slack.com/services/T0/B0/${secret}`,
];

Deno.test("maskCredentials() is done after once, whatever the text", () => {
  fc.assert(
    fc.property(text, (text) => {
      const once = maskCredentials(text);
      assertEquals(maskCredentials(once), once);
      assertEquals(isCredential(text), once !== text);
      assertFalse(isCredential(once));
    }),
    { numRuns },
  );
});

Deno.test("maskCredentials() lets no secret through, wherever it stands", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...HOLDERS),
      canary,
      plain,
      plain,
      fc.constantFrom(" ", "\n", "\t", "; ", ", "),
      (hold, secret, before, after, separator) => {
        const held = hold(secret);
        const masked = maskCredentials(
          `${before}${separator}${held}${separator}${after}`,
        );
        assertFalse(masked.includes(secret), masked);
        assertFalse(masked.includes(btoa(`ada:${secret}`)), masked);
        assert(masked.includes("[REDACTED]"), masked);
      },
    ),
    { numRuns },
  );
});

Deno.test("isSecretKey() gives one answer for every way of writing a name", () => {
  const word = fc.constantFrom(
    ..."api access key keys token tokens max count password has url author"
      .split(" "),
    ..."secret id client public private custom env user session auth pass"
      .split(" "),
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      const capitals = words.map((one) =>
        one.charAt(0).toUpperCase() + one.slice(1)
      );
      const [first = ""] = words;
      const answer = isSecretKey(words.join("_"));
      for (
        const name of [
          words.join("-"),
          words.join("."),
          words.join("_").toUpperCase(),
          capitals.join(""),
          first + capitals.slice(1).join(""),
        ]
      ) {
        assertEquals(isSecretKey(name), answer, name);
      }
    }),
    { numRuns },
  );
});

Deno.test("isSecretKey(), nameWords() and withheldBecause() take any name", () => {
  const name = fc.oneof(text, fc.string({ unit: "binary" }), fc.string());
  fc.assert(
    fc.property(name, fc.array(name, { maxLength: 3 }), (name, deny) => {
      isSecretKey(name);
      for (const word of nameWords(name)) assert(word !== "");
      const strict = withheldBecause(name, "substring", deny) ??
        withheldBecause(nameWords(name).join(""));
      const loose = withheldBecause(name, "word");
      // What words withhold, substrings withhold too.
      if (loose !== undefined) assert(strict !== undefined, name);
    }),
    { numRuns },
  );
});
