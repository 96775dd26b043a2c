import { assert, assertEquals, assertThrows } from "@std/assert";
import { SENSITIVE_ENV_PATTERNS } from "@semantik/plugins";
import { SENSITIVE_ENV_WORDS } from "@semantik/plugins/environment";
import { withheldBecause } from "../../src/secrets/secret_names.ts";

const EIGHT = [
  "PASSWORD",
  "SECRET",
  "KEY",
  "TOKEN",
  "CREDENTIAL",
  "API_KEY",
  "PRIVATE",
  "AUTH",
];

Deno.test("SENSITIVE_ENV_PATTERNS has the eight patterns of the guide", () => {
  assertEquals(SENSITIVE_ENV_PATTERNS, new Set(EIGHT));
  assertEquals([...SENSITIVE_ENV_PATTERNS], EIGHT);
  assertEquals(SENSITIVE_ENV_PATTERNS.size, 8);
});

Deno.test("SENSITIVE_ENV_WORDS are words that withhold a name", () => {
  for (const word of SENSITIVE_ENV_WORDS) {
    assert(withheldBecause(`MY_${word}_1`), word);
    assert(withheldBecause(word.toLowerCase(), "word") ?? word === "PWD", word);
  }
});

Deno.test("SENSITIVE_ENV_PATTERNS and SENSITIVE_ENV_WORDS cannot be changed", async (t) => {
  for (const set of [SENSITIVE_ENV_PATTERNS, SENSITIVE_ENV_WORDS]) {
    const before = [...set];
    const [first = ""] = before;
    assert(set instanceof Set);
    await t.step("by their methods", () => {
      assertThrows(() => set.add("HOME"), TypeError);
      assertThrows(() => set.delete(first), TypeError);
      assertThrows(() => set.clear(), TypeError);
    });
    await t.step("by the methods of Set", () => {
      assertThrows(() => Set.prototype.add.call(set, "HOME"), TypeError);
      assertThrows(() => Set.prototype.clear.call(set), TypeError);
    });
    await t.step("by their properties", () => {
      assertThrows(() => Object.assign(set, { has: () => false }), TypeError);
      assertThrows(
        () => Object.defineProperty(set, "size", { value: 0 }),
        TypeError,
      );
      assertThrows(() => Object.setPrototypeOf(set, null), TypeError);
    });
    assertEquals([...set], before);
    assertEquals([...set.keys()], before);
    assertEquals([...set.values()], before);
    assertEquals([...set.entries()], before.map((one) => [one, one]));
    const visited: string[] = [];
    set.forEach((value, key, whole) => {
      assertEquals(key, value);
      assert(whole === set);
      visited.push(value);
    });
    assertEquals(visited, before);
    assertEquals(set.size, before.length);
    assert(set.has(first));
    assert(!set.has("HOME"));
  }
});

Deno.test("SENSITIVE_ENV_PATTERNS can be compared and joined like any set", () => {
  const { symmetricDifference, union } = Set.prototype;
  assertEquals(SENSITIVE_ENV_PATTERNS.union(new Set(["ACME"])).size, 9);
  assertEquals(union.call(new Set(["ACME"]), SENSITIVE_ENV_PATTERNS).size, 9);
  assertEquals(
    symmetricDifference.call(new Set(EIGHT), SENSITIVE_ENV_PATTERNS).size,
    0,
  );
  assert(SENSITIVE_ENV_PATTERNS.isSupersetOf(new Set(["KEY", "AUTH"])));
});

Deno.test("SENSITIVE_ENV_WORDS has names that the patterns miss", () => {
  const words = `
    PASS PASSWD PASSPHRASE PASSCODE PWD PW PSW PSWD HTPASSWD SSHPASS DBPASS
    USERPASS SMTPPASS CRED CREDS PAT JWT BEARER OAUTH COOKIE SESSID DSN
    WEBHOOK CONNECTION_STRING CONN_STRING CONN_STR SAS SIGNED_URL
    PRESIGNED_URL SALT PEPPER PSK OTP TOTP PIN PFX MNEMONIC SEED_PHRASE
    RECOVERY_PHRASE RECOVERY_CODE BACKUP_CODE
  `.trim().split(/\s+/);
  assertEquals([...SENSITIVE_ENV_WORDS].toSorted(), words.toSorted());
});
