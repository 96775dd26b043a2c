import { assert, assertEquals } from "@std/assert";
import { maskSpans } from "../../src/secrets/redaction.ts";
import { FORGET_AFTER, SecretValues } from "../../src/secrets/secret_values.ts";
import { cut, escapeControls } from "../../src/base/text.ts";

/** Values that know some secrets for good. */
function knowing(...secrets: readonly string[]): SecretValues {
  const values = new SecretValues(() => 0);
  const hold = values.hold();
  for (const secret of secrets) hold.add(secret);
  return values;
}

Deno.test("SecretValues.mask() replaces known secrets anywhere in a text", () => {
  assertEquals(knowing().mask("no secret is known"), "no secret is known");
  const secrets = knowing("s3cr.t+(value", "s3cr.t+(value that goes on", "abc");
  assertEquals(
    secrets.mask("a s3cr.t+(value that goes on, s3cr.t+(value, s3crXt, abc"),
    "a [REDACTED], [REDACTED], s3crXt, abc",
  );
  assertEquals(
    knowing("ACTED").mask("[REDACTED]: ACTED"),
    "[REDACTED]: ACTED",
    "the mark itself is not masked again",
  );
  assertEquals(
    knowing("abcdef-1", "ef-1ghijk").mask("<abcdef-1ghijk>"),
    "<[REDACTED]>",
    "two that overlap leave nothing",
  );
});

Deno.test("SecretValues.find() finds a repetitive secret anywhere in a text", () => {
  for (let round = 0; round < 200; round++) {
    const unit = "ab".repeat(round % 5) + "a";
    const secret = unit.repeat(100).slice(0, 60 + round % 90) + "b";
    const text = "a".repeat(round % 7) + unit.repeat(60 + round) + "b" +
      secret + "ba" + secret.slice(1) + secret;
    const found = knowing(secret).find(text);
    for (let at = text.indexOf(secret); at !== -1;) {
      const end = at + secret.length;
      assert(found.some((span) => span.start <= at && span.end >= end), text);
      at = text.indexOf(secret, at + 1);
    }
    const left = maskSpans(text, found);
    assert(!left.includes(secret), left);
    assertEquals(knowing(`${secret}c`).mask(text), text);
  }
});

const KEY =
  "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nxY7/+p3Zq0aB==\n-----END PRIVATE KEY-----\n";
const ACCOUNT = JSON.stringify({
  type: "service_account",
  project_id: "shop",
  private_key_id: "0f9e8d7c6b5a",
  private_key: KEY,
  client_email: "robot@shop.example.com",
  nested: [{ passphrase: "four words are enough" }],
});
const URL_SECRET = "postgres://app:p%40ss%3Aw0rd@db.example.com/shop";

function bytes(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function hex(text: string): string {
  return Array.from(
    bytes(text),
    (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0"),
  ).join("");
}

function urlSafe(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Ways in which a secret may be written; nothing of it may be left. */
const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  "as it is": (secret) => secret,
  "without space around it": (secret) => secret.trim(),
  "as JSON": (secret) => JSON.stringify(secret),
  "as JSON in JSON": (secret) => JSON.stringify(JSON.stringify(secret)),
  "as JSON of Go": (secret) =>
    JSON.stringify(secret).replace(
      /[<>&]/g,
      (one) => `\\u00${one.charCodeAt(0).toString(16)}`,
    ),
  "as Deno shows it": (secret) => Deno.inspect({ secret }),
  "on one line": escapeControls,
  "percent-encoded": encodeURIComponent,
  "percent-encoded in small letters": (secret) =>
    encodeURIComponent(secret).replace(
      /%[\dA-F]{2}/g,
      (one) => one.toLowerCase(),
    ),
  "percent-encoded in part": encodeURI,
  "percent-encoded throughout": (secret) =>
    `%${hex(secret).match(/../g)?.join("%")}`,
  "as a form": (secret) => `${new URLSearchParams({ secret })}`,
  "as JSON in a form": (secret) =>
    `${new URLSearchParams({ q: JSON.stringify(secret) })}`,
  "as HTML": (secret) =>
    secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
      .replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
  "in base64": (secret) => btoa(bytes(secret)),
  "in base64 of URLs": (secret) => urlSafe(btoa(bytes(secret))),
  "in base64 after one byte": (secret) => btoa(`:${bytes(secret)};`),
  "in base64 after two bytes": (secret) => urlSafe(btoa(`a:${bytes(secret)}`)),
  "in base64, in lines": (secret) =>
    btoa(`{"key":"${bytes(secret)}"}`).replace(/.{20}/g, "$&\n"),
  "in hexadecimal digits": hex,
  "in capital hexadecimal digits": (secret) => hex(secret).toUpperCase(),
};

Deno.test("SecretValues.mask() masks a secret whole in each encoding", async (t) => {
  const secrets: Readonly<Record<string, string>> = {
    "a word": "correct-horse",
    "five characters": "h0rse",
    "signs": "a+b$c(d)[e]{f}^g|h\\i/j.k*\"l'm<n>&o=p%41 q",
    "other letters": "pässwörd-✓-\u{1f511}",
    "two lines": " first half of it\r\n\tsecond half of it\n",
    "an address": URL_SECRET,
    "a key": KEY,
    "an account": ACCOUNT,
    "a token with a tail": "glpat-abcdefghij0123456789!tail",
  };
  for (const [what, secret] of Object.entries(secrets)) {
    const known = knowing(secret);
    for (const [form, write] of Object.entries(FORMS)) {
      await t.step(`${what} ${form}`, () => {
        const masked = known.mask(`before <${write(secret)}> after`);
        assert(
          /^before <.{0,14}\[REDACTED\].{0,12}> after$/s.test(masked),
          masked,
        );
      });
    }
  }
});

Deno.test("SecretValues.mask() masks secret parts of a secret", () => {
  const cases: readonly (readonly [secret: string, part: string])[] = [
    [URL_SECRET, "p%40ss%3Aw0rd"],
    [URL_SECRET, "p@ss:w0rd"],
    ["redis://:hunter22@cache:6379", "hunter22"],
    ["postgres://app:p@ss:w/rd@db:5432/app", "p@ss:w/rd"],
    ["https://0123456789abcdefgh@git.example.com/x", "0123456789abcdefgh"],
    ["amqp://app:tiger@mq.example.com", "tiger"],
    ["postgres://postgres:postgres@db/x", "postgres"],
    ["app:pa55word@tcp(db:3306)/shop", "pa55word"],
    ["Server=db;Password=two words;Database=x", "two words"],
    ["robot:Zq8-w9e7r6", "Zq8-w9e7r6"],
    [KEY, "MIIEvQIBADANBgkqhkiG9w0BAQ"],
    [KEY.replaceAll("\n", "\\n"), "MIIEvQIBADANBgkqhkiG9w0BAQ"],
    [KEY.replaceAll("\n", "\\n"), KEY],
    [KEY, KEY.trim().replaceAll("\n", "\r\n")],
    [ACCOUNT, KEY],
    [ACCOUNT, KEY.replaceAll("\n", "")],
    [ACCOUNT, "0f9e8d7c6b5a"],
    [ACCOUNT, "four words are enough"],
    [JSON.stringify(JSON.parse(ACCOUNT), null, 2), ACCOUNT],
    [btoa(ACCOUNT), ACCOUNT],
    [btoa(ACCOUNT), "four words are enough"],
    ["A=1\nPASSWORD=hunter2\nB=2", "hunter2"],
    ['{"note":"sixteen letters!"}', "sixteen letters!"],
    ["h0rs", btoa("h0rs")],
  ];
  for (const [secret, part] of cases) {
    assertEquals(
      knowing(secret).mask(`cannot use "${part}" today`),
      'cannot use "[REDACTED]" today',
      `${part} of ${secret}`,
    );
  }
});

Deno.test("SecretValues.mask() ignores escapes without effect", () => {
  const known = knowing("p@ss-w0rd!");
  for (
    const broken of [
      "%C0%80",
      "%ED%A0%80",
      "%FF",
      "%",
      "\\ud",
      "&#9999999;",
      "&x;",
    ]
  ) {
    for (
      const secret of ["p%40ss-w0rd!", "p\\u0040ss-w0rd!", "p&#64;ss-w0rd!"]
    ) {
      assertEquals(
        known.mask(`${broken} ${secret} ${broken}`),
        `${broken} [REDACTED] ${broken}`,
      );
    }
  }
});

Deno.test("SecretValues.mask() keeps text beside a secret", () => {
  const known = knowing(
    ACCOUNT,
    URL_SECRET,
    KEY,
    "amqp://guest:guest@mq.example.com",
  );
  for (
    const text of [
      "cannot reach db.example.com as app: postgres said no",
      "service_account of shop is robot@shop.example.com",
      "-----BEGIN PRIVATE KEY-----",
      "guest may not do that at mq.example.com",
      "C:\\Users\\x 100% of a+b & more\nin lines...",
    ]
  ) assertEquals(known.mask(text), text);
});

Deno.test("SecretValues.mask() masks the beginning of a secret at a cut", async (t) => {
  const secrets = {
    "a word": "cAnArY-7f3a9b2c5d8e",
    "with signs": 'cAnA"r\nY-7f✓9b&2c5d8e',
    "longer than any cut": `cAnA${"0123456789abcdef".repeat(2_500)}`,
  };
  const escapes: Readonly<Record<string, (text: string) => string>> = {
    "as it is": (text) => text,
    "as JSON": JSON.stringify,
    "percent-encoded": encodeURIComponent,
  };
  const before = "x".repeat(20);
  for (const [what, secret] of Object.entries(secrets)) {
    for (const [how, escape] of Object.entries(escapes)) {
      await t.step(`${what} ${how}`, () => {
        const known = knowing(secret);
        const text = `${before} ${escape(`${secret} and more`)}`;
        const shown = text.indexOf("cAnA") + 4;
        for (let end = shown; end < Math.min(text.length, 200); end++) {
          for (
            const told of [
              cut(text, end),
              `${text.slice(0, end)}...`,
              `${text.slice(0, end)}"... 7 more characters`,
              `${text.slice(0, end)}…`,
            ]
          ) {
            const masked = known.mask(told);
            assert(!masked.includes("cAnA"), masked);
            assert(masked.startsWith(before), masked);
          }
        }
      });
    }
  }
  assertEquals(
    knowing(secrets["a word"]).mask("plain… (3 more characters)"),
    "plain… (3 more characters)",
  );
});

Deno.test("SecretValues forgets a secret some time after its last hold was disposed", () => {
  let now = 0;
  const values = new SecretValues(() => now);
  const first = values.hold();
  first.add("correct-horse");
  const second = values.hold();
  second.add("correct-horse");
  second.add("battery-staple");
  const text = "correct-horse, battery-staple";
  const masked = "[REDACTED], [REDACTED]";

  second[Symbol.dispose]();
  now = FORGET_AFTER - 1;
  assertEquals(values.mask(text), masked);
  // What others let go later makes nothing of this last longer.
  using other = values.hold();
  other.add("another-secret");
  other[Symbol.dispose]();
  now = FORGET_AFTER;
  assertEquals(values.mask(text), "[REDACTED], battery-staple");

  const moved = first.move();
  first[Symbol.dispose]();
  now *= 3;
  assertEquals(values.mask(text), "[REDACTED], battery-staple");
  moved[Symbol.dispose]();
  const again = values.hold();
  again.add("correct-horse");
  now *= 3;
  assertEquals(values.mask(text), "[REDACTED], battery-staple");
  again[Symbol.dispose]();
  now *= 3;
  assertEquals(values.mask(text), text);
});

Deno.test("SecretValues.mask() takes linear time, however many secrets there are", () => {
  const secrets = Array.from(
    { length: 200 },
    (_, index) => `sk-live-${index}-${"abcdefgh".repeat(3)}${index * 7919}`,
  );
  const known = knowing(...secrets);
  const units = ["sk-live-", "abcdefgh", "%41", "\\u00", "+", "&#65;", "..."];
  for (const unit of units) {
    const text = unit.repeat(200_000 / unit.length);
    const began = performance.now();
    known.mask(text);
    const took = performance.now() - began;
    assert(took < 2_000, `${unit}: ${took} ms`);
  }
});
