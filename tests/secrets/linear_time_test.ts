import { assert } from "@std/assert";
import { maskCredentials } from "../../src/secrets/credentials.ts";
import {
  isSecretKey,
  withheldBecause,
} from "../../src/secrets/secret_names.ts";
import { nameWords } from "../../src/secrets/secret_words.ts";

const TEXT_LENGTH = 1 << 17;
const NAME_LENGTH = 1 << 16;
// Many times what is needed: what is not linear takes minutes.
const LIMIT = 3_000;

/** The parts that are repeated to keep a search busy. */
const UNITS = [
  ..."aA0/@=:<>\"'`\\- \t\n.,;&_$[{(é😀\0",
  "aA",
  "a=",
  "a:",
  "//",
  "//a:b/",
  "//a:b@",
  "x://a:b",
  "@@//",
  "a:b@c",
  "a:a@tcp",
  "a:b@c.d:",
  "password=",
  "password: ",
  "password=a,",
  "password=a;",
  "password=a&",
  "password=a ;",
  'password="',
  "password='a\\",
  "password=[",
  'password={"',
  "Password=x y;a=",
  "--password ",
  "password '",
  "<password>x",
  "<a>xxxx",
  '<a key="password" ',
  '<a key="password" value="',
  "sshpass ",
  "sshpass -p ",
  "docker login -",
  "mysql -",
  "htpasswd -b ",
  "htpasswd -b -",
  "echo a|",
  "echo 'a' | ",
  "--with-token ",
  "--with-token <<< ",
  "smbclient -U ",
  "config set a",
  "7z -p",
  "openssl -k ",
  "xoxb-1-",
  "$6$a$",
  "sk.eyJ",
  "pat.",
  "a.atlasv1.",
  " s.",
  "M.M.",
  "?=",
  "'] = ",
  "api key: ",
  "Authorization: ",
  'Authorization:x="',
  "Bearer ",
  "bearer a",
  "Basic ",
  "basic aaaa",
  "sk-",
  "-sk-a",
  "ghp_a",
  "eyJ",
  "-eyJaaaa",
  "eyJaaaa.aaaa.",
  "SG.aaaaaaaaaaaaaaaaaaaa",
  "$argon2id$m=1,",
  "1234567890:",
  "AKIA",
  "xoxb-",
  "Q~",
  "aaa1Q~",
  "f0-us",
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY-----",
  "-----BEGIN PRIVATE KEY----- -----END ",
  "-u a:",
  "login a password ",
  "identified by ",
  "hooks.slack.com/services/",
  "discord.com/api/webhooks/1/",
  "jdbc:oracle:thin:a/",
  "?sig=",
  "?code=a",
  "passwordpassword",
  "_password_",
  "pass-word-",
  "PASS_",
  "pass\u200bword=",
  "ßpassword=",
];

function isQuick(work: () => void): boolean {
  const start = performance.now();
  work();
  return performance.now() - start < LIMIT;
}

Deno.test("maskCredentials() takes linear time for any text", async (t) => {
  for (const unit of UNITS) {
    const text = unit.repeat(Math.ceil(TEXT_LENGTH / unit.length));
    await t.step(JSON.stringify(unit), () => {
      // What stands elsewhere in the text switches every search on.
      const all = `${text}@ =: </ ' hooks.slack bearer x sk- "password"`;
      assert(isQuick(() => maskCredentials(all)));
    });
  }
});

Deno.test("isSecretKey(), nameWords() and withheldBecause() take linear time", async (t) => {
  for (const unit of UNITS) {
    const name = unit.repeat(Math.ceil(NAME_LENGTH / unit.length));
    await t.step(JSON.stringify(unit), () => {
      assert(isQuick(() => isSecretKey(name)));
      assert(isQuick(() => nameWords(name)));
      assert(isQuick(() => withheldBecause(name, "substring", ["acme"])));
      assert(isQuick(() => withheldBecause(name, "word", ["acme"])));
    });
  }
});
