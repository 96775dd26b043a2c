import { assertEquals } from "@std/assert";
import { isSameToken } from "../../src/page/same_token.ts";

Deno.test("isSameToken() knows a token from any other", () => {
  const cases = [
    ["token", "token", true],
    ["token", "tokem", false],
    ["token", "token ", false],
    ["", "token", false],
    ["", "", true],
    ["é", "e\u0301", false],
  ] as const;
  for (const [given, expected, isSame] of cases) {
    assertEquals(isSameToken(given, expected), isSame);
  }
});
