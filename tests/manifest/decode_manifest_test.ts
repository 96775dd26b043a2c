import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import type { Problem } from "@semantik/plugins";
import { decodeManifest } from "../../src/manifest/parse_manifest.ts";
import {
  inferIdFromText,
  MAX_MANIFEST_BYTES,
} from "../../src/manifest/manifest.ts";

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function problemOf(bytes: Uint8Array): Problem {
  const result = decodeManifest(bytes);
  assertFalse(result.ok);
  assertEquals(result.problems.length, 1);
  const [problem] = result.problems;
  assert(problem !== undefined);
  assertEquals(problem.code, "PLUGIN_MANIFEST_INVALID");
  assertEquals(problem.path, "");
  assert(problem.remedy.length > 0);
  assert(Object.isFrozen(problem) && Object.isFrozen(result.problems));
  return problem;
}

Deno.test("decodeManifest() reads UTF-8, with or without a byte order mark", () => {
  const value = { displayName: "Größe 大きさ 🎉" };
  const text = JSON.stringify(value);
  assertEquals(decodeManifest(bytesOf(text)), { ok: true, value });
  assertEquals(decodeManifest(bytesOf(`\ufeff${text}`)), { ok: true, value });
  assertEquals(decodeManifest(bytesOf(`\r\n${text}\n`)), { ok: true, value });
});

Deno.test("decodeManifest() refuses what is not text", async (t) => {
  const table: Readonly<Record<string, Uint8Array>> = {
    "a byte that UTF-8 has not": new Uint8Array([0x7b, 0xff, 0x7d]),
    "an overlong form": new Uint8Array([0x22, 0xc0, 0xaf, 0x22]),
    "a lone surrogate": new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]),
    "UTF-16 with a mark": new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]),
    "UTF-16 without one": new Uint8Array([0x7b, 0, 0x7d, 0]),
    "a NUL": bytesOf('{"id": "a\0"}'),
    "NULs alone": new Uint8Array(512),
  };
  for (const [name, bytes] of Object.entries(table)) {
    await t.step(name, () => {
      const { message, remedy } = problemOf(bytes);
      assertEquals(message, "The manifest is not text in UTF-8");
      assert(remedy.startsWith("Write a short JSON text in UTF-8"));
    });
  }
});

Deno.test("decodeManifest() refuses a manifest over the limit, and accepts one at the limit", () => {
  const frame = '{"description":""}'.length;
  const longest = JSON.stringify({
    description: "x".repeat(MAX_MANIFEST_BYTES - frame),
  });
  assert(decodeManifest(bytesOf(longest)).ok);
  assertEquals(
    problemOf(bytesOf(`${longest} `)).message,
    "The manifest is larger than 262144 bytes",
  );
});

Deno.test("decodeManifest() names the line and column of invalid JSON", async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ["", "line 1, column 1"],
    ["{", "line 1, column 2"],
    ['{"a": tru}', "line 1, column 7"],
    ['{\n  "a": 1\n  "b": 2\n}', "line 3, column 3"],
    ['{\r\n  "a": 1,\r\n}', "line 3, column 1"],
    ['{"a": 1} x', "line 1, column 10"],
    ["// no comment\n{}", "line 1, column 1"],
    ['{"at position 1": x}', "line 1, column 19"],
    ['{\n"é🎉": x}', "line 2, column 8"],
  ];
  for (const [text, place] of table) {
    await t.step(JSON.stringify(text), () => {
      assertEquals(
        problemOf(bytesOf(text)).message,
        `The manifest is not JSON: ${place}`,
      );
    });
  }
});

Deno.test("decodeManifest() refuses a duplicate field", () => {
  const { message, remedy } = problemOf(
    bytesOf('{\n  "permissions": {},\n  "permissions": {"run": true}\n}'),
  );
  assertEquals(message, "The manifest has a duplicate field: line 3, column 3");
  assert(remedy.startsWith("Write every field once"));
});

Deno.test("decodeManifest() never quotes what the file holds", () => {
  const secret = "hunter2";
  const text = fc.array(
    fc.constantFrom(..."{}[]:,\"\\0 \n'", secret, `"${secret}"`, "\u0000"),
  ).map((pieces) => `${secret}${pieces.join("")}`);
  fc.assert(fc.property(text, (content) => {
    const { message, remedy } = problemOf(bytesOf(content));
    assertFalse(message.includes(secret) || remedy.includes(secret));
    assertFalse(/[\n\r]/.test(message));
  }));
});

Deno.test("decodeManifest() never throws, whatever the bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    const result = decodeManifest(bytes);
    if (!result.ok) assert(result.problems.length > 0);
  }));
});

Deno.test("decodeManifest() reads deep nesting without an overflow", () => {
  const depth = 100_000;
  assert(
    decodeManifest(bytesOf("[".repeat(depth) + "]".repeat(depth))).ok,
  );
});

Deno.test("inferIdFromText() finds the id of a text that is not JSON, in time that grows with its length", () => {
  const table: readonly (readonly [string, string | undefined])[] = [
    ['{"id":"a",', "a"],
    ['"id" :\n "a"', "a"],
    ['{"requires":[{"id":"b"}],"id":"a",}', "a"],
    ['{"description":"\\"id\\":\\"b\\"","id":"a",}', "a"],
    ['{"id":"a","id":"a",}', "a"],
    ['{"id":"a","id":"b"}', undefined],
    ['{"id":"A b"', undefined],
    ['{"id":', undefined],
    ['{"requires":[{"id":"b"', undefined],
  ];
  for (const [text, id] of table) assertEquals(inferIdFromText(text), id, text);
  for (const unit of ['"', '\\"', '"id"', '"id":"', '"id" ', "{", " ", ":"]) {
    const text = unit.repeat(MAX_MANIFEST_BYTES);
    const start = performance.now();
    inferIdFromText(text);
    // A square of this length takes minutes.
    assert(performance.now() - start < 5_000, unit);
  }
});
