import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  type Environment,
  layerEnvironments,
  recordEnvironment,
} from "@semantik/plugins/environment";

const closed: Environment = {
  get: () => undefined,
  toRecord: () => ({}),
  supplies: () => false,
  permits: () => false,
};

Deno.test("layerEnvironments() reads a variable from the first layer that has it", () => {
  const environment = layerEnvironments(
    recordEnvironment({ A: "1", EMPTY: "" }),
    recordEnvironment({ A: "2", B: "2", EMPTY: "full" }),
  );
  assertEquals(environment.get("A"), "1");
  assertEquals(environment.get("B"), "2");
  assertEquals(environment.get("EMPTY"), "");
  assertEquals(environment.get("C"), undefined);
  assertEquals(environment.toRecord(), { A: "1", B: "2", EMPTY: "" });
});

Deno.test("layerEnvironments() permits a variable that a layer supplies", () => {
  const environment = layerEnvironments(closed, recordEnvironment({ A: "1" }));
  assertEquals(environment.get("A"), "1");
  assert(environment.supplies("A"));
  assert(environment.permits("A"));
  assertFalse(environment.supplies("B"));
  assertFalse(environment.permits("B"));
});

Deno.test("layerEnvironments() without layers is empty, and treats __proto__ as an ordinary name", () => {
  assertEquals(layerEnvironments().toRecord(), {});
  assertEquals(layerEnvironments().get("A"), undefined);
  const hostile = layerEnvironments(
    recordEnvironment(JSON.parse('{"__proto__":"a"}')),
  );
  assertEquals(Object.entries(hostile.toRecord()), [["__proto__", "a"]]);
});
