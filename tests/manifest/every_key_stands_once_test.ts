import { assert, assertFalse } from "@std/assert";
import { everyKeyStandsOnce } from "../../src/manifest/decode_manifest.ts";

function isSure(json: string): boolean {
  return everyKeyStandsOnce(json, JSON.parse(json));
}

Deno.test("everyKeyStandsOnce() is sure of JSON as people write it", () => {
  for (
    const json of [
      "null",
      '"a"',
      '{"a": ":", "b" : [{"a": "{"}, "x:", ":"], "1": "a" }',
      '{"a"\n:\t"b"\r, "__proto__": {"a": ""}}\n',
    ]
  ) assert(isSure(json), json);
});

Deno.test("everyKeyStandsOnce() is never sure where a key stands twice, or may", () => {
  for (
    const json of [
      '{"a":1,"a":2}',
      '{"a":1,"a" : 2}',
      '{"a": {"b": 1}, "a": 2}',
      '{"__proto__": 1, "__proto__": 2}',
      '{"a": 1, "\\u0061": 2}',
      '{"a": "\\""}',
    ]
  ) assertFalse(isSure(json), json);
});

Deno.test("everyKeyStandsOnce() takes long and deep texts in its stride", () => {
  const length = 262_144;
  assert(isSure("[".repeat(length / 2) + "]".repeat(length / 2)));
  assert(isSure(`[${'"",'.repeat(length)}""]`));
});
