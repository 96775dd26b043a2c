import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { findDuplicateKey } from "../../src/base/find_duplicate_key.ts";

Deno.test("findDuplicateKey() finds what JSON.parse drops", async (t) => {
  const rows: readonly (readonly [string, string | undefined, number?])[] = [
    ['{"a":1,"a":2}', "a", 1],
    ['{"a":1,\n"b":{"c":1,\n"c" : 2}}', "c", 3],
    ['[{"x":1},{"x":1,"y":[{"x":1}],"x":2}]', "x", 1],
    ['{"a":1,"\\u0061":2}', "a", 1],
    ['{"":1,"":2}', "", 1],
    ['{"__proto__":1,"__proto__":2}', "__proto__", 1],
    ['{"a\\"b":1,"a\\"b":2}', 'a"b', 1],
    ['{"a":{"a":1},"b":{"a":1}}', undefined],
    ['{"a":"a","b":"a"}', undefined],
    ['["a","a",":"]', undefined],
    ['{"a":"{\\"b\\":1,","b":1}', undefined],
    ['{"a":"\\\\","b":1}', undefined],
    ['"a"', undefined],
    ["1", undefined],
    ["{}", undefined],
  ];
  for (const [text, key, line] of rows) {
    await t.step(text, () => {
      JSON.parse(text);
      assertEquals(
        findDuplicateKey(text),
        key === undefined ? undefined : { key, line: line ?? 0 },
      );
    });
  }
});

Deno.test("findDuplicateKey() finds nothing in what JSON.stringify wrote", () => {
  fc.assert(fc.property(
    fc.jsonValue(),
    fc.constantFrom(0, 1, "\t"),
    (value, space) => {
      assertEquals(
        findDuplicateKey(JSON.stringify(value, null, space)),
        undefined,
      );
    },
  ));
});

Deno.test("findDuplicateKey() finds any key that is put in twice", () => {
  const key = fc.string({ unit: "grapheme" });
  fc.assert(fc.property(
    fc.uniqueArray(fc.tuple(key, fc.jsonValue({ maxDepth: 2 })), {
      minLength: 1,
      selector: ([name]) => name,
    }),
    fc.nat(),
    (fields, chosen) => {
      const twice = fields[chosen % fields.length]?.[0] ?? "";
      const text = [...fields, [twice, 1] as const]
        .map(([name, value]) =>
          `${JSON.stringify(name)} :\n${JSON.stringify(value)}`
        ).join(",");
      assertEquals(findDuplicateKey(`{${text}}`)?.key, twice);
    },
  ));
});
