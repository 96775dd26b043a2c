import { assertEquals } from "@std/assert";
import { nameWords } from "../../src/secrets/secret_words.ts";

Deno.test("nameWords() splits every spelling of a name into the same words", () => {
  const ways = [
    "api_key",
    "apiKey",
    "ApiKey",
    "API-KEY",
    "API_KEY",
    "APIKey",
    "api.key",
    "api key",
    "--api-key",
    "x[api][key]".slice(1),
  ];
  for (const way of ways) assertEquals(nameWords(way), ["api", "key"], way);
});

Deno.test("nameWords() returns digits as words", () => {
  assertEquals(nameWords("oauth2Token"), ["oauth", "2", "token"]);
  assertEquals(nameWords("S3_KEY_1"), ["s", "3", "key", "1"]);
  assertEquals(nameWords("sha256"), ["sha", "256"]);
});

Deno.test("nameWords() splits capitals before the last one", () => {
  assertEquals(nameWords("DBPassword"), ["db", "password"]);
  assertEquals(nameWords("dbPw"), ["db", "pw"]);
  assertEquals(nameWords("userID"), ["user", "id"]);
  assertEquals(nameWords("HTTPSProxyURL"), ["https", "proxy", "url"]);
});

Deno.test("nameWords() normalizes letters", () => {
  assertEquals(nameWords("paßword"), ["password"]);
  assertEquals(nameWords("ſecret"), ["secret"]);
  assertEquals(nameWords("ＡＰＩ＿ＫＥＹ"), ["api", "key"]);
  assertEquals(nameWords("APİ_KEY"), ["api", "key"]);
  assertEquals(nameWords("pass\u200bword"), ["password"]);
  assertEquals(nameWords("p\u0301assword"), ["password"]);
  assertEquals(nameWords("\u212aEY"), ["key"]);
});

Deno.test("nameWords() finds no words in a name without any", () => {
  for (const name of ["", "_", "---", "🔑", "\0", "\ud800"]) {
    assertEquals(nameWords(name), [], JSON.stringify(name));
  }
});
