import { assert, assertEquals } from "@std/assert";
import {
  findTextHints,
  maskCredentials,
} from "../../src/secrets/credentials.ts";
import { isSecretKey } from "../../src/secrets/secret_names.ts";
import {
  SECRET_KEY_KINDS,
  SECRET_LAST_WORDS,
  SECRET_TOKEN_KINDS,
  SECRET_WORDS,
} from "../../src/secrets/secret_words.ts";

// What is looked for in full hangs on quick looks at names and texts. These
// hold the quick looks to the tables: an entry they overlook would never count.

const NAMES = [
  ...SECRET_WORDS,
  ...SECRET_LAST_WORDS,
  ...[...SECRET_KEY_KINDS].flatMap((kind) => [`${kind}_key`, `${kind}-keys`]),
  ...[...SECRET_TOKEN_KINDS].map((kind) => `${kind}_tokens`),
];

Deno.test("isSecretKey() recognizes every entry of its tables", () => {
  for (const name of NAMES) {
    for (const written of [name, name.toUpperCase(), `my_${name}`]) {
      assert(isSecretKey(written), written);
    }
  }
});

Deno.test("maskCredentials() recognizes every name of the tables", () => {
  for (const name of NAMES) {
    assertEquals(
      maskCredentials(`x ${name}=hunter2 y`),
      `x ${name}=[REDACTED] y`,
    );
    assertEquals(
      maskCredentials(`{"${name.toUpperCase()}":"hunter2"}`),
      `{"${name.toUpperCase()}":"[REDACTED]"}`,
    );
  }
});

Deno.test("findTextHints() returns 0 for ordinary values", () => {
  for (const text of ["", "1.2.3", "/usr/bin", "eu-west-1", "true", "a,b"]) {
    assertEquals(findTextHints(text), 0, text);
  }
});
