import { assert, assertFalse } from "@std/assert";
import { isCredential } from "../../src/secrets/credentials.ts";

Deno.test("isCredential() returns true for values that are or contain a secret", () => {
  for (
    const value of [
      "postgres://u:p@db/app",
      "--password=abc --port=1",
      "Bearer abc",
      "Server=h;Password=x",
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig",
      '{"private_key":"-----BEGIN PRIVATE KEY-----\\nabc"}',
    ]
  ) {
    assert(isCredential(value), value);
  }
});

Deno.test("isCredential() returns false for the values of an ordinary environment", () => {
  for (
    const value of [
      "",
      "1",
      "postgres://db/app",
      "https://ada@example.com/x",
      "xterm-256color",
      "/usr/local/bin:/usr/bin:/bin",
      "unix:path=/run/user/1000/bus",
      "rs=0:di=01;34:ln=01;36:*.tar=01;31:*.pem=00;33:*.key=00;33",
      "local/ada:@/tmp/.ICE-unix/1234,unix/ada:/tmp/.ICE-unix/1234",
      "-Dfile.encoding=UTF-8 -Xmx512m",
      "%s\\t%d",
      "\\[\\e[32m\\]\\u@\\h:\\w\\$ ",
      "http://proxy.example:3128",
      "localhost,127.0.0.1,.example.com",
      "text-embedding-3-small",
      "[REDACTED]",
      "v22.1.0",
      "2048",
    ]
  ) {
    assertFalse(isCredential(value), value);
  }
});
