import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  declaredNames,
  isDeclared,
} from "../../src/environment/plugin_environment.ts";

Deno.test("isDeclared() reads names, prefixes and true", () => {
  assert(isDeclared(true, "A"));
  assert(isDeclared(["A", "B"], "B", false));
  assert(isDeclared(["AWS_*"], "AWS_REGION", false));
  assert(isDeclared(["*"], "A", false));
  assertFalse(isDeclared([], "A", false));
  assertFalse(isDeclared(["AWS_*"], "AWS", false));
  assertFalse(isDeclared(["A"], "AB", false));
  assertFalse(isDeclared(["A*B"], "AXB", false));
});

Deno.test("isDeclared() has no case on Windows alone", () => {
  assert(isDeclared(["Path"], "PATH", true));
  assert(isDeclared(["aws_*"], "AWS_REGION", true));
  assertFalse(isDeclared(["Path"], "PATH", false));
});

Deno.test("declaredNames() are those without a star", () => {
  assertEquals(declaredNames(["A", "B_*", "*"]), ["A"]);
  assertEquals(declaredNames(true), []);
});
