import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type JsonFault, parseJson } from "../../src/base/json.ts";

function faultOf(text: string): JsonFault | undefined {
  const parsed = parseJson(text);
  return parsed.ok ? undefined : parsed.fault;
}

/** The line and column of an arrow in a text. */
function placeOf(marked: string): JsonFault {
  const [before = ""] = marked.split("→");
  const lines = before.split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

Deno.test("parseJson() finds the first place that is not JSON", async (t) => {
  // The arrow marks the place.
  const table = [
    "→",
    "→x",
    "[→",
    "[1,→]",
    "[1 →2]",
    '{"a": →tru}',
    '{"a": 1,→}',
    '{\n  "a": 1\n  →"b": 2}',
    "{→'a': 1}",
    '{"a" →1}',
    '{"a": 1 →"b": 2}',
    '{"a": 1} →x',
    "0→1",
    "1→.",
    "→-",
    "→.5",
    "→NaN",
    '→"\n"',
    '→"\\x"',
    '→"\\u12g4"',
    '→"open',
    "[1→}",
    '{"a": 1→]',
    "→// comment",
    "→\u00a01",
    "[→,1]",
    '{→,"a":1}',
    "→undefined",
  ];
  for (const marked of table) {
    await t.step(JSON.stringify(marked), () => {
      assertEquals(faultOf(marked.replace("→", "")), placeOf(marked));
    });
  }
});

Deno.test("parseJson() finds a duplicate key of an object", async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ['{"a":1,→"a":2}', "a"],
    ['{"a":1,→"a" : 2}', "a"],
    ['{"a":1,\n"b":{"c":1,\n→"c" : 2}}', "c"],
    ['[{"x":1},{"x":1,"y":[{"x":1}],→"x":2}]', "x"],
    ['[{"x": {"b": {}, "c": 1, →"b": {}}}]', "b"],
    ['{"a": 1, →"\\u0061": 2}', "a"],
    ['{"": 1, →"": 2}', ""],
    ['{"__proto__": 1, →"__proto__": 2}', "__proto__"],
    ['{"a\\"b":1,→"a\\"b":2}', 'a"b'],
  ];
  for (const [marked, key] of table) {
    await t.step(marked, () => {
      assertEquals(faultOf(marked.replace("→", "")), {
        ...placeOf(marked),
        duplicateKey: key,
      });
    });
  }
});

Deno.test("parseJson() returns the value of JSON without duplicate keys", async (t) => {
  const table = [
    "null",
    "1",
    " [ ] ",
    "{}",
    '["a","a",":"]',
    '{"a": {"a": [{"a": 1}, {"a": 2}]}, "b": {"a": 1}}',
    '{"a": ":", "b" : [{"a": "{"}, "x:", ":"], "1": "a" }',
    '{"a"\n:\t"b"\r, "__proto__": {"a": ""}}\n',
    '{"a":"{\\"b\\":1,","b":1}',
    '{"a":"\\\\","b":1}',
    '"\\u0000\\"\\\\\u2028"',
    "-0.5e+10",
    '\r\n\t{"a":\n[true,false,null]}\n',
    '{"constructor": 1, "toString": 2, "__proto__": 3}',
  ];
  for (const text of table) {
    await t.step(JSON.stringify(text), () => {
      assertEquals<unknown>(parseJson(text), {
        ok: true,
        value: JSON.parse(text),
      });
    });
  }
});

Deno.test("parseJson() accepts exactly what JSON.parse accepts, except duplicate keys", () => {
  const piece = fc.constantFrom(
    ...'{}[]:,"\\u0019eE+-.tfrualsn \n\u0001é\u2028',
    '"a"',
    '"\\u0041"',
    "true",
    "null",
    '{"a":',
    "1",
  );
  const broken = fc.tuple(fc.json({ maxDepth: 3 }), fc.nat(), piece).map(
    ([text, at, extra]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + extra + text.slice(cut + at % 2);
    },
  );
  const text = fc.oneof(
    broken,
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
  );
  fc.assert(
    fc.property(text, (json) => {
      const fault = faultOf(json);
      return fault?.duplicateKey !== undefined ||
        isJson(json) === (fault === undefined);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("parseJson() finds any key that is written twice, and no other", () => {
  const key = fc.oneof(fc.string({ unit: "grapheme" }), fc.constant(":"));
  fc.assert(fc.property(
    fc.uniqueArray(fc.tuple(key, fc.jsonValue({ maxDepth: 2 })), {
      minLength: 1,
      selector: ([name]) => name,
    }),
    fc.nat(),
    (fields, chosen) => {
      const twice = fields[chosen % fields.length]?.[0] ?? "";
      const write = (pairs: typeof fields) =>
        `{${
          pairs.map(([name, value]) =>
            `${JSON.stringify(name)} :\n${JSON.stringify(value)}`
          ).join(",")
        }}`;
      assertEquals(faultOf(write(fields)), undefined);
      const fault = faultOf(write([...fields, [twice, 1]]));
      assertEquals(fault?.duplicateKey, twice);
    },
  ));
});

Deno.test("parseJson() reads long and deep texts in time that grows with their length", () => {
  const length = 262_144;
  const deep = "[".repeat(length);
  const escapes = `"${"\\n".repeat(length / 2)}"`;
  assertEquals(faultOf(deep)?.column, length + 1);
  assertEquals(faultOf(deep + "]".repeat(length)), undefined);
  assertEquals(faultOf(escapes), undefined);
  assertEquals(faultOf(escapes.slice(0, -1))?.column, 1);
  assertEquals(faultOf(`"${"a".repeat(length)}`)?.column, 1);
  assertEquals(faultOf(`[${"1,".repeat(length)}1]`), undefined);
  assertEquals(faultOf(`[${'"",'.repeat(length)}""]`), undefined);
});

Deno.test("parseJson() keeps texts of digits, however many", () => {
  const chosen = Array.from(
    { length: 22_000 },
    (_, at) => 16_389 + at * 32_768,
  );
  const digits = chosen.map(String);
  const others = {
    mixed: [...digits.slice(0, 10), 'x,"12",y', "007", ""],
    "12": ["34"],
  };
  const text = JSON.stringify([digits, others], undefined, 1);
  assertEquals(parseJson(text), { ok: true, value: [digits, others] });
});
