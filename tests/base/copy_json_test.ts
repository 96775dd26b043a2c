import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { copyJson } from "../../src/base/json.ts";

function share(depth: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < depth; i++) value = { a: value, b: value };
  return value;
}

function nest(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

function loop(): unknown {
  const value: { list: unknown[] } = { list: [] };
  value.list.push({ back: value });
  return value;
}

Deno.test("copyJson() refuses values that JSON does not have, with their path", async (t) => {
  const rows: readonly (readonly [string, unknown, string])[] = [
    [
      "a function",
      { f: () => 1 },
      "config.f is of the type function, not JSON",
    ],
    [
      "a method toJSON",
      { toJSON() {} },
      "config.toJSON is of the type function, not JSON",
    ],
    ["a symbol", [Symbol("s")], "config[0] is of the type symbol, not JSON"],
    ["a bigint", { n: 1n }, "config.n is of the type bigint, not JSON"],
    [
      "undefined in a list",
      [undefined],
      "config[0] is of the type undefined, not JSON",
    ],
    ["a hole", new Array(2), "config[0] is of the type undefined, not JSON"],
    [
      "NaN",
      { a: { b: NaN } },
      "config.a.b is a number that JSON does not have",
    ],
    ["Infinity", -Infinity, "config is a number that JSON does not have"],
    [
      "a date",
      { when: new Date(0) },
      "config.when is an object of a class, not JSON",
    ],
    ["a map", new Map(), "config is an object of a class, not JSON"],
    ["bytes", new Uint8Array(3), "config is an object of a class, not JSON"],
    [
      "a promise",
      Promise.resolve({}),
      "config is an object of a class, not JSON",
    ],
    ["itself", loop(), "config.list[0].back contains itself"],
    [
      "too deep",
      nest(65),
      `config${"[0]".repeat(64)} is nested more than 64 deep`,
    ],
    [
      "__proto__",
      JSON.parse('{"a":{"__proto__":{"x":1}}}'),
      "config.a.__proto__ has a name that would change other objects",
    ],
    [
      "a strange key",
      { "a\nb": 1n },
      'config["a\\nb"] is of the type bigint, not JSON',
    ],
  ];
  for (const [name, value, expected] of rows) {
    await t.step(name, () => {
      const copy = copyJson(value, "config");
      assertFalse(copy.ok);
      assertEquals(`${copy.path} ${copy.what}`, expected);
    });
  }
});

Deno.test("copyJson() bounds the copy of objects that share their parts", () => {
  const copy = copyJson(share(60), "config");
  assertFalse(copy.ok);
  assertEquals(copy.what, "is one of too many values");
});

Deno.test("copyJson() copies shared objects that do not contain themselves", () => {
  const shared = { a: 1 };
  assertEquals(copyJson([shared, shared], "x"), {
    ok: true,
    value: [{ a: 1 }, { a: 1 }],
  });
});

Deno.test("copyJson() freezes its copy, not the value", () => {
  const value = { list: [{ a: 1 }], gone: undefined };
  const copy = copyJson(value, "x");
  assert(copy.ok);
  assertEquals(copy.value, { list: [{ a: 1 }] });
  const { list } = Object(copy.value);
  assertThrows(() => list[0].a = 2, TypeError);
  assertThrows(() => list.push(1), TypeError);
  value.list.push({ a: 2 });
  assertEquals(list.length, 1);
});

Deno.test("copyJson() copies as JSON.stringify and JSON.parse do", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
    const text = JSON.stringify(value);
    const copy = copyJson(value, "x");
    if (/"__proto__":/.test(text)) return;
    assert(copy.ok);
    assertEquals(copy.value, JSON.parse(text));
    assertEquals(JSON.stringify(copy.value), text);
  }));
});
