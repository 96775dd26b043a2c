import { assert, assertEquals, assertFalse } from "@std/assert";
import { recordEnvironment } from "@semantik/plugins/environment";
import { isEnvironment } from "../../src/environment/environment.ts";

Deno.test("recordEnvironment() copies a record", () => {
  const record: Record<string, string | undefined> = { A: "1", B: undefined };
  const environment = recordEnvironment(record);
  record["A"] = "2";
  assertEquals(environment.get("A"), "1");
  assertEquals(environment.get("B"), undefined);
  assertEquals(environment.toRecord(), { A: "1" });
  assert(environment.supplies("A"));
  assertFalse(environment.supplies("B"));
  assert(environment.permits("B"));
  assert(Object.isFrozen(environment.toRecord()));
});

Deno.test("recordEnvironment() has only its own names", () => {
  const environment = recordEnvironment({});
  for (const name of ["__proto__", "constructor", "toString"]) {
    assertEquals(environment.get(name), undefined);
    assertFalse(environment.supplies(name));
  }
  const hostile = recordEnvironment(JSON.parse('{"__proto__":"a"}'));
  assertEquals(hostile.get("__proto__"), "a");
});

Deno.test("recordEnvironment() shows none of its values", () => {
  const environment = recordEnvironment({ API_KEY: "canary" });
  for (
    const shown of [
      Deno.inspect(environment),
      JSON.stringify(environment),
      String(environment),
    ]
  ) {
    assertFalse(shown.includes("canary"), shown);
  }
});

Deno.test("isEnvironment() tells an environment from a record with the same names", () => {
  assert(isEnvironment(recordEnvironment({})));
  assertFalse(isEnvironment({ get: "a", toRecord: "b", supplies: "c" }));
  assertFalse(isEnvironment({}));
});
