import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { findJsonFault } from "../../src/manifest/decode_manifest.ts";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

Deno.test("findJsonFault() finds the first thing that is not JSON", async (t) => {
  // The arrow marks the place.
  const table = [
    "→",
    "→x",
    "[→",
    "[1,→]",
    "[1 →2]",
    '{"a": →tru}',
    '{"a": 1,→}',
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
      assertEquals(findJsonFault(marked.replace("→", "")), {
        kind: "syntax",
        position: marked.indexOf("→"),
      });
    });
  }
});

Deno.test("findJsonFault() finds a key that stands twice in one object", async (t) => {
  const table = [
    '{"a": 1, →"a": 2}',
    '{"a": 1, →"\\u0061": 2}',
    '[{"x": {"b": {}, "c": 1, →"b": {}}}]',
    '{"__proto__": 1, →"__proto__": 2}',
    '{"": 1, →"": 2}',
  ];
  for (const marked of table) {
    await t.step(marked, () => {
      assertEquals(findJsonFault(marked.replace("→", "")), {
        kind: "repeated key",
        position: marked.indexOf("→"),
      });
    });
  }
});

Deno.test("findJsonFault() finds nothing in JSON whose keys stand once", async (t) => {
  const table = [
    "null",
    " [ ] ",
    "{}",
    '{"a": {"a": [{"a": 1}, {"a": 2}]}, "b": {"a": 1}}',
    '"\\u0000\\"\\\\\u2028"',
    "-0.5e+10",
    '\r\n\t{"a":\n[true,false,null]}\n',
    '{"constructor": 1, "toString": 2, "__proto__": 3}',
  ];
  for (const text of table) {
    await t.step(JSON.stringify(text), () => {
      assertEquals(findJsonFault(text), undefined);
    });
  }
});

Deno.test("findJsonFault() takes exactly what JSON.parse takes", () => {
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
      const fault = findJsonFault(json);
      return fault?.kind === "repeated key" ||
        isJson(json) === (fault === undefined);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("findJsonFault() takes long and deep texts in its stride", () => {
  const length = 262_144;
  const deep = "[".repeat(length);
  const escapes = `"${"\\n".repeat(length / 2)}"`;
  assertEquals(findJsonFault(deep)?.position, length);
  assertEquals(findJsonFault(deep + "]".repeat(length)), undefined);
  assertEquals(findJsonFault(escapes), undefined);
  assertEquals(findJsonFault(escapes.slice(0, -1))?.position, 0);
  assertEquals(findJsonFault(`"${"a".repeat(length)}`)?.position, 0);
  assertEquals(findJsonFault(`[${"1,".repeat(length)}1]`), undefined);
});
