import { assert, assertEquals } from "@std/assert";
import {
  type EnvMatching,
  withheldBecause,
} from "../../src/secrets/secret_names.ts";
import vectors from "../vectors/env_names.json" with { type: "json" };

interface Vector {
  readonly name: string;
  readonly substring?: string;
  readonly word?: string;
}

const MATCHINGS: readonly EnvMatching[] = ["substring", "word"];

Deno.test("withheldBecause() agrees with the vectors", async (t) => {
  for (const vector of vectors as readonly Vector[]) {
    for (const matching of MATCHINGS) {
      const wanted = vector[matching];
      if (wanted === undefined) continue;
      await t.step(`${vector.name} by ${matching}: ${wanted}`, () => {
        const reason = withheldBecause(vector.name, matching);
        assertEquals(reason === undefined ? "keep" : "withhold", wanted);
      });
    }
  }
});

Deno.test("withheldBecause() finds the words that the patterns miss, with either matching", () => {
  const names = `
    DB_PASS MYSQL_PWD GH_PAT DB_CREDS SENTRY_DSN SLACK_WEBHOOK_URL APP_JWT
    SESSION_COOKIE AZURE_STORAGE_CONNECTION_STRING DB_CONN_STR GPG_PASSPHRASE
    RESTIC_PASSCODE DB_PASSWD LDAP_BINDPW SSHPASS APP_SALT HASH_PEPPER WIFI_PSK
    GRAFANA_OTP CARD_PIN ConnectionStrings__Default SQLAZURECONNSTR_X
    GPG_PASSPHRASES WEB_HOOK RECOVERY_CODES PGPASSWD PHPSESSID PGPASS BLOB_SAS SIGNED_URL SEED_PHRASE WALLET_MNEMONIC
    CERT_PFX BEARER OAUTH ghPat dbConnectionString discordWebhooks
  `.trim().split(/\s+/);
  for (const matching of MATCHINGS) {
    const kept = names.filter((name) => !withheldBecause(name, matching));
    assertEquals(kept, [], matching);
  }
});

Deno.test("withheldBecause() keeps ordinary names, with either matching", () => {
  const names = `
    PWD OLDPWD PATH HOME USER LANG LC_ALL TERM SHELL SHLVL TMPDIR EDITOR PAGER
    COMPASS_URL BYPASS_CACHE PATTERN PASSENGER_APP_ENV SURPASS COMPOSE_PROJECT
    COMPOSE_PATH_SEPARATOR DENO_DIR NODE_OPTIONS XDG_SESSION_ID
    XDG_SESSION_TYPE DBUS_SESSION_BUS_ADDRESS SSH_CONNECTION SSH_CLIENT
    SSH_ASKPASS GIT_ASKPASS CODESPACES LS_COLORS HOSTNAME SPINNER MAPPING
    DATABASE_URL REDIS_URL HTTP_PROXY KUBERNETES_SERVICE_HOST CI GITHUB_ACTOR
    SALTED BACKUP_DIR RECOVERY_MODE DISPATCH_URL
  `.trim().split(/\s+/);
  for (const matching of MATCHINGS) {
    const withheld = names.filter((name) => withheldBecause(name, matching));
    assertEquals(withheld, [], matching);
  }
});

Deno.test("withheldBecause() by word keeps names with a pattern inside a word", () => {
  const names = `
    MONKEY KEYBOARD_LAYOUT GIT_AUTHOR_NAME MAX_TOKENS TOKENIZERS_PARALLELISM
    KEYCLOAK_HOST TURKEY HKEY SECRETARY KEYWORD_LIMIT
    NODE_TLS_REJECT_UNAUTHORIZED LESSKEY AUTHENTICATED PROMPT_TOKENS
  `.trim().split(/\s+/);
  for (const name of names) {
    assert(withheldBecause(name, "substring"), name);
    assertEquals(withheldBecause(name, "word"), undefined, name);
  }
});

Deno.test("withheldBecause() by word still withholds secrets", () => {
  const names = `
    API_KEY apiKey APIKEY OPENAI_API_KEYS ENCRYPTION_KEY AWS_ACCESS_KEY_ID
    PGPASSWORD MyPassword DB_PASSWORDS GITHUB_TOKEN GITHUB_TOKENS ACCESS_TOKENS
    CLIENT_SECRETS GOOGLE_APPLICATION_CREDENTIALS DOCKER_AUTH_CONFIG
    PRIVATE_PEM tOkEn paßword ſecret
  `.trim().split(/\s+/);
  const kept = names.filter((name) => !withheldBecause(name, "word"));
  assertEquals(kept, []);
});

Deno.test("withheldBecause() finds a pattern in letters of another width, even inside a word", () => {
  const name = "\uff2d\uff2f\uff2e\uff2b\uff25\uff39";
  assertEquals(withheldBecause(name), { kind: "pattern", match: "KEY" });
  assertEquals(withheldBecause(name, "word"), undefined);
});

Deno.test("withheldBecause() names the rule", () => {
  assertEquals(withheldBecause("my_password"), {
    kind: "pattern",
    match: "PASSWORD",
  });
  assertEquals(withheldBecause("DB_PASS"), { kind: "word", match: "PASS" });
  assertEquals(withheldBecause("LDAP_BINDPW"), {
    kind: "word",
    match: "BINDPW",
  });
  assertEquals(withheldBecause("ACME_ID", "substring", ["acme"]), {
    kind: "deny",
    match: "acme",
  });
});

Deno.test("withheldBecause() matches the host's own patterns like the built-in ones", () => {
  assert(withheldBecause("MY_ACMECORP_URL", "substring", ["acme"]));
  assertEquals(withheldBecause("MY_ACMECORP_URL", "word", ["acme"]), undefined);
  assert(withheldBecause("MY_ACME_URL", "word", ["acme"]));
  assert(withheldBecause("MY_ACME_CORP_URL", "word", ["Acme-Corp"]));
  assertEquals(withheldBecause("HOME", "substring", [""]), undefined);
  assertEquals(withheldBecause("HOME", "word", ["", "_"]), undefined);
});

Deno.test("withheldBecause() treats an unknown matching as the stricter one", () => {
  const matching = JSON.parse('"words"');
  assert(withheldBecause("MONKEY", matching));
});

Deno.test("withheldBecause() returns the same answer for any number of calls and names", () => {
  function ask(): readonly unknown[] {
    return ["MONKEY", "APP_KEY", "HOME", "DB_PASS", "K".repeat(200)].flatMap(
      (name) => MATCHINGS.map((matching) => withheldBecause(name, matching)),
    );
  }
  const first = ask();
  assertEquals(ask(), first);
  for (let index = 0; index < 6_000; index++) {
    assert(withheldBecause(`KEY_${index}`));
    assert(!withheldBecause(`HOST_${index}`));
  }
  assertEquals(ask(), first);
  assertEquals(withheldBecause("HOME", "substring", ["home"]), {
    kind: "deny",
    match: "home",
  });
  assertEquals(withheldBecause("HOME"), undefined);
});

Deno.test("withheldBecause() returns a frozen reason", () => {
  const reason = withheldBecause("APP_KEY");
  assert(reason !== undefined && Object.isFrozen(reason));
  assertEquals(withheldBecause("APP_KEY"), { kind: "pattern", match: "KEY" });
});
