import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import { everyKeyStandsOnce } from "../../src/manifest/every_key_stands_once.ts";
import { findJsonFault } from "../../src/manifest/json_fault.ts";

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

Deno.test("everyKeyStandsOnce() is sure of nothing in which a fault can be found", () => {
  const key = fc.constantFrom("a", "b", "", "1", "__proto__", ":", '"');
  const space = fc.constantFrom("", " ", "\n\t", "\r\n  ");
  const { json } = fc.letrec<{ json: string }>((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom("1", "null", '"a"', '":"', '"\\""', '"{"', "{}", "[]"),
      fc.array(tie("json"), { maxLength: 3 }).map((list) => `[${list}]`),
      fc.array(fc.tuple(key, space, space, tie("json")), { maxLength: 3 }).map(
        (fields) =>
          `{${
            fields.map(([name, before, after, value]) =>
              `${JSON.stringify(name)}${before}:${after}${value}${before}`
            )
          }}`,
      ),
    ),
  }));
  let sure = 0;
  fc.assert(
    fc.property(json, (text) => {
      if (!isSure(text)) return;
      sure++;
      assertEquals(findJsonFault(text), undefined);
    }),
    { numRuns: 2_000 },
  );
  assert(sure > 0);
});

Deno.test("everyKeyStandsOnce() takes long and deep texts in its stride", () => {
  const length = 262_144;
  assert(isSure("[".repeat(length / 2) + "]".repeat(length / 2)));
  assert(isSure(`[${'"",'.repeat(length)}""]`));
});
