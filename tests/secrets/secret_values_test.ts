import { assertEquals } from "@std/assert";
import { SecretValues } from "../../src/secrets/redaction.ts";
import { cut, escapeControls } from "../../src/text.ts";

Deno.test("SecretValues.mask() replaces what was made known, wherever it stands", () => {
  const secrets = new SecretValues();
  assertEquals(secrets.mask("no secret is known"), "no secret is known");
  secrets.add("s3cr.t+(value");
  secrets.add("s3cr.t+(value that goes on");
  secrets.add("abc");
  assertEquals(
    secrets.mask("a s3cr.t+(value that goes on, s3cr.t+(value, s3crXt, abc"),
    "a [REDACTED], [REDACTED], s3crXt, abc",
  );
});

Deno.test("SecretValues.mask() finds a secret of several lines also where it is shown on one", () => {
  const secrets = new SecretValues();
  const key = "first line\nsecond line\r\n";
  secrets.add(key);
  assertEquals(secrets.mask(`<${key}>`), "<[REDACTED]>");
  assertEquals(secrets.mask(`<${escapeControls(key)}>`), "<[REDACTED]>");
});

Deno.test("SecretValues.mask() leaves no beginning of a secret where a text was cut", () => {
  const secrets = new SecretValues();
  const secret = "cAnArY-7f3a9b2c5d8e";
  secrets.add(secret);
  const text = `${"x".repeat(20)}${secret} and more`;
  for (let length = 24; length < text.length; length++) {
    const masked = secrets.mask(cut(text, length));
    assertEquals(masked.includes("cAnA"), false, masked);
    assertEquals(masked.startsWith(`${"x".repeat(20)}[REDACTED]`), true);
  }
  assertEquals(
    secrets.mask("plain… (3 more characters)"),
    "plain… (3 more characters)",
  );
});
