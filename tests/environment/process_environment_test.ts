import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  type EnvironmentSystem,
  processEnvironment,
} from "@semantik/plugins/environment";

function system(over: Partial<EnvironmentSystem> = {}): EnvironmentSystem {
  return {
    query: () => "granted",
    get: (name) => name === "A" ? "1" : undefined,
    toObject: () => ({ A: "1" }),
    ...over,
  };
}

function refuse(): never {
  throw new Deno.errors.NotCapable("canary");
}

Deno.test("processEnvironment() reads granted variables", () => {
  const environment = processEnvironment({ system: system() });
  assertEquals(environment.get("A"), "1");
  assertEquals(environment.get("B"), undefined);
  assertEquals(environment.toRecord(), { A: "1" });
  assert(environment.permits("B"));
  assertFalse(environment.supplies("A"));
  assert(Object.isFrozen(environment));
});

Deno.test("processEnvironment() never prompts", () => {
  for (const state of ["prompt", "denied"] as const) {
    const environment = processEnvironment({
      system: system({
        query: () => state,
        get: () => {
          throw new Error("asked");
        },
        toObject: () => {
          throw new Error("asked");
        },
      }),
    });
    assertEquals(environment.get("A"), undefined);
    assertEquals(environment.toRecord(), {});
    assertFalse(environment.permits("A"));
  }
});

Deno.test("processEnvironment() treats an unreadable variable as unset", () => {
  const environment = processEnvironment({
    system: system({
      get: () => {
        throw new Deno.errors.InvalidData("no text");
      },
      toObject: refuse,
    }),
  });
  assertEquals(environment.get("A"), undefined);
  assertEquals(environment.toRecord(), {});
});

Deno.test("processEnvironment() does not query an invalid name", () => {
  const environment = processEnvironment({
    system: system({ query: refuse, get: refuse }),
  });
  for (const name of ["", "A=B", "A\0"]) {
    assertEquals(environment.get(name), undefined);
    assert(environment.permits(name));
  }
});

Deno.test("processEnvironment() asks a permission broker", () => {
  const environment = processEnvironment({
    broker: true,
    system: system({
      query: () => "prompt",
      get: (name) => name === "A" ? "1" : refuse(),
    }),
  });
  assertEquals(environment.get("A"), "1");
  assertEquals(environment.get("B"), undefined);
  assert(environment.permits("A"));
  assertFalse(environment.permits("B"));
});

Deno.test("processEnvironment() reads this process", () => {
  const environment = processEnvironment();
  assertEquals(environment.get("PATH"), Deno.env.get("PATH"));
  assertEquals(environment.get("\ud800"), undefined);
  environment.permits("\ud800");
});
