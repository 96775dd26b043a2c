import { assert, assertEquals, assertThrows } from "@std/assert";
import { readResult } from "../../src/runners/plugin_calls.ts";

Deno.test("readResult() reads any value", () => {
  for (const value of [1, null, undefined, { a: 1 }]) {
    assertEquals(readResult({ value }), { value });
  }
  assertEquals(readResult({ value: 1, issues: undefined }), { value: 1 });
});

Deno.test("readResult() reads issues and their paths", () => {
  const result = readResult({
    value: "kept by some libraries",
    issues: [
      { message: "one", path: ["a", 0, { key: "b" }, Symbol.iterator] },
      { message: "two" },
      { message: "three", path: undefined, code: "x" },
    ],
  });
  assertEquals<unknown>(result, {
    issues: [
      { message: "one", path: ["a", 0, "b", Symbol.iterator] },
      { message: "two", path: undefined },
      { message: "three", path: undefined },
    ],
  });
  assert(result?.issues !== undefined);
  assert(Object.isFrozen(result) && Object.isFrozen(result.issues));
  assert(result.issues.every(Object.isFrozen));
  assertEquals(readResult({ issues: [] }), { issues: [] });
});

Deno.test("readResult() converts other values to text", () => {
  const result = readResult({
    issues: [{ message: 5, path: "a.b" }, "bare", null],
  });
  assertEquals<unknown>(result, {
    issues: [
      { message: "5", path: undefined },
      { message: "bare" },
      { message: "null" },
    ],
  });
});

Deno.test("readResult() returns undefined for anything else", () => {
  for (const other of [undefined, null, 1, "x", true, [], {}, () => {}]) {
    assertEquals(readResult(other), undefined);
  }
  for (const issues of [null, false, "x", {}, 0]) {
    assertEquals(readResult({ issues, value: 1 }), undefined);
  }
});

Deno.test("readResult() reads each part once", () => {
  let looks = 0;
  const result = readResult({
    get issues() {
      return looks++ === 0 ? undefined : [{ message: "later" }];
    },
    get value() {
      return looks++;
    },
  });
  assertEquals(result, { value: 1 });
  assertEquals(result, { value: 1 });
});

Deno.test("readResult() limits the number of issues", () => {
  const endless = Object.assign([{ message: "x", path: ["a"] }], {
    *[Symbol.iterator]() {
      while (true) yield { message: "y" };
    },
    slice() {
      throw new Error("not asked for");
    },
  });
  endless.length = 1_000_000;
  endless.fill(
    { message: "x", path: Object.assign(["a"], { length: 500 }) },
    0,
    200,
  );
  const result = readResult({ issues: endless });
  assertEquals(result?.issues?.length, 100);
  assertEquals(result?.issues?.[0]?.path?.length, 100);
});

Deno.test("readResult() throws whatever a getter throws", () => {
  const thrown = new Error("mine");
  assertThrows(
    () =>
      readResult({
        get issues() {
          throw thrown;
        },
      }),
    Error,
    "mine",
  );
  assertThrows(
    () => readResult({ issues: [{ message: Symbol("x") }] }),
    TypeError,
  );
});
