import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  Declaration,
  declaredNames,
} from "../../src/environment/sanitized_environment.ts";

Deno.test("Declaration reads names, prefixes and true", () => {
  assert(new Declaration(true).covers("A"));
  assert(new Declaration(["A", "B"], false).covers("B"));
  assert(new Declaration(["AWS_*"], false).covers("AWS_REGION"));
  assert(new Declaration(["*"], false).covers("A"));
  assertFalse(new Declaration([], false).covers("A"));
  assertFalse(new Declaration(["AWS_*"], false).covers("AWS"));
  assertFalse(new Declaration(["A"], false).covers("AB"));
  assertFalse(new Declaration(["A*B"], false).covers("AXB"));
});

Deno.test("Declaration ignores case only on Windows", () => {
  assert(new Declaration(["Path"], true).covers("PATH"));
  assert(new Declaration(["aws_*"], true).covers("AWS_REGION"));
  assertFalse(new Declaration(["Path"], false).covers("PATH"));
});

Deno.test("declaredNames() returns the names without a star", () => {
  assertEquals(declaredNames(["A", "B_*", "*"]), ["A"]);
  assertEquals(declaredNames(true), []);
});
