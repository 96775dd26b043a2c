import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  isCredential,
  maskCredentials,
} from "../../src/secrets/credentials.ts";
import { TOKEN_FORMS } from "../../src/secrets/tokens.ts";

const HEX = "0123456789abcdef";
const MIXED = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6";

/** No token that anybody ever gave out: only their forms. */
const TOKENS: Readonly<Record<string, string>> = {
  "GitHub": `ghp_${MIXED}`,
  "GitHub app": `ghs_${MIXED}`,
  "GitHub, fine-grained": `github_pat_11${MIXED.slice(0, 20)}_${MIXED}`,
  "GitLab": `glpat-${MIXED.slice(0, 20)}`,
  "npm": `npm_${MIXED}`,
  "PyPI": `pypi-AgEIcHlwaS5vcmc${MIXED}`,
  "Docker": `dckr_pat_${MIXED.slice(0, 27)}`,
  "OpenAI": `sk-${MIXED}abcdefghijkl`,
  "OpenAI project": `sk-proj-${MIXED}-${MIXED}`,
  "Anthropic": `sk-ant-api03-${MIXED}`,
  "Hugging Face": `hf_${MIXED.slice(0, 34)}`,
  "Groq": `gsk_${MIXED}`,
  "AWS key": "AKIAIOSFODNN7EXAMPLE",
  "AWS session": "ASIAIOSFODNN7EXAMPLE",
  "AWS secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  "Google": `AIza${MIXED.slice(0, 35)}`,
  "Google OAuth": `ya29.${MIXED}`,
  "Google client secret": `GOCSPX-${MIXED.slice(0, 28)}`,
  "DigitalOcean": `dop_v1_${HEX.repeat(4)}`,
  "Vault": `hvs.${MIXED}`,
  "Slack bot": `xoxb-123456789012-${MIXED.slice(0, 24)}`,
  "Slack app": `xapp-1-${MIXED}`,
  "Stripe": `sk_live_${MIXED.slice(0, 24)}`,
  "Stripe, restricted": `rk_test_${MIXED.slice(0, 24)}`,
  "Stripe webhook": `whsec_${MIXED.slice(0, 32)}`,
  "SendGrid": `SG.${MIXED.slice(0, 22)}.${MIXED}abcdefg`,
  "Twilio": `SK${HEX}${HEX}`,
  "Mailchimp": `${HEX}${HEX}-us12`,
  "Telegram": `123456789:AAH${MIXED.slice(0, 32)}`,
  "Shopify": `shpat_${HEX}${HEX}`,
  "Databricks": `dapi${HEX}${HEX}`,
  "Linear": `lin_api_${MIXED}`,
  "Azure": "abc8Q~" + MIXED.slice(0, 34),
  "JSON Web Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123",
  "JSON Web Token, unsigned": "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
  "bcrypt": "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
  "argon2": "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b",
};

Deno.test("maskCredentials() masks known tokens anywhere in a text", async (t) => {
  for (const [giver, token] of Object.entries(TOKENS)) {
    await t.step(giver, () => {
      assertEquals(maskCredentials(token), "[REDACTED]");
      assertEquals(
        maskCredentials(`with ${token}, then`),
        "with [REDACTED], then",
      );
      assertEquals(maskCredentials(`"${token}"`), '"[REDACTED]"');
      assertEquals(
        maskCredentials(`${token}\n${token}`),
        "[REDACTED]\n[REDACTED]",
      );
      assert(isCredential(token));
    });
  }
});

Deno.test("maskCredentials() does not mask a part of a word", () => {
  for (
    const text of [
      `xghp_${MIXED}`,
      `task-${MIXED.toLowerCase()}`,
      "XAKIAIOSFODNN7EXAMPLE",
      "AKIAIOSFODNN7EXAMPLEX",
    ]
  ) {
    assertEquals(maskCredentials(text), text);
  }
});

Deno.test("TOKEN_FORMS begin with three characters or more, and name their source", () => {
  for (const { vendor, source, prefixes } of TOKEN_FORMS) {
    assert(source.length > 4, vendor);
    for (const prefix of prefixes) assert(prefix.length >= 3, prefix);
  }
});

Deno.test("maskCredentials() masks a token of each form, and no shorter text", async (t) => {
  for (const { vendor, prefixes, body, isDoubtful } of TOKEN_FORMS) {
    await t.step(vendor, () => {
      // fast-check generates no text for a lookahead.
      const plain = body.replaceAll("|,(?=\\w=)", "");
      const needed = vendor === "JSON Web Token"
        ? /\./
        : isDoubtful === true
        ? /..(?:\d|[A-Z]|[a-z]{20})/
        : /^/;
      const sample = fc.stringMatching(new RegExp(`^(?:${plain})$`))
        .filter((text) => needed.test(text));
      for (const prefix of prefixes) {
        fc.assert(
          fc.property(sample, (rest) => {
            const token = `${prefix}${rest}`;
            assertEquals(maskCredentials(`x ${token} y`), "x [REDACTED] y");
            assertEquals(maskCredentials(`(${token})`), "([REDACTED])");
            assert(isCredential(token));
          }),
          { numRuns: 5, seed: 1 },
        );
        for (const short of [prefix, `${prefix}ab`, `x ${prefix} and so on`]) {
          assertEquals(maskCredentials(short), short);
        }
      }
    });
  }
});
