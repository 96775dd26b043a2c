import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  type Environment,
  recordEnvironment,
} from "@semantik/plugins/environment";
import { readPluginEnvironments } from "../../src/environment/sanitized_environment.ts";

const source = recordEnvironment({
  HOME: "/home/ada",
  OPENAI_API_KEY: "one",
  OTHER_API_KEY: "two",
  AWS_SECRET_ACCESS_KEY: "three",
  AWS_REGION: "eu",
});

Deno.test("readPluginEnvironments() adds exactly the declared variables", () => {
  assertEquals(readPluginEnvironments({ source })([]), {
    HOME: "/home/ada",
    AWS_REGION: "eu",
  });
  assertEquals(
    readPluginEnvironments({ source })(["OPENAI_API_KEY", "NOT_SET"]),
    {
      HOME: "/home/ada",
      AWS_REGION: "eu",
      OPENAI_API_KEY: "one",
    },
  );
});

Deno.test("readPluginEnvironments() matches wildcards like Deno, and true matches all", () => {
  assertEquals(readPluginEnvironments({ source })(["AWS_*"]), {
    HOME: "/home/ada",
    AWS_REGION: "eu",
    AWS_SECRET_ACCESS_KEY: "three",
  });
  for (const all of [true, ["*"]] as const) {
    assertEquals(
      Object.keys(readPluginEnvironments({ source })(all)).length,
      5,
    );
  }
});

Deno.test("readPluginEnvironments() adds a declared variable that the host denies", () => {
  const env = readPluginEnvironments({ source, deny: ["AWS"] })(["AWS_REGION"]);
  assertEquals(env["AWS_REGION"], "eu");
});

Deno.test("readPluginEnvironments() returns frozen objects, also with hostile names", () => {
  const env = readPluginEnvironments({
    source: JSON.parse('{"__proto__":"a"}'),
  })(["__proto__"]);
  assertEquals(Object.entries(env), [["__proto__", "a"]]);
  assertEquals(Object.getPrototypeOf(env), Object.prototype);
  assert(Object.isFrozen(env));
  assertThrows(() => Object.assign(env, { A: "1" }), TypeError);
});

Deno.test("readPluginEnvironments() shares one object among plugins that declare nothing more", () => {
  const environmentOf = readPluginEnvironments({ source });
  const common = environmentOf([]);
  for (const declared of [["HOME"], ["NOT_SET"], ["AWS_R*"]]) {
    assertStrictEquals(environmentOf(declared), common);
  }
  const own = environmentOf(["OPENAI_API_KEY"]);
  assertEquals(own, { ...common, OPENAI_API_KEY: "one" });
  assert(Object.isFrozen(own) && Object.isFrozen(common));
  assertEquals(Object.keys(common), ["HOME", "AWS_REGION"]);
});

Deno.test("readPluginEnvironments() reads a variable that became readable later", () => {
  let granted = false;
  const late: Environment = {
    get: (name) => granted && name === "MODEL" ? "small" : undefined,
    toRecord: () => ({}),
    supplies: () => false,
    permits: () => granted,
  };
  const environmentOf = readPluginEnvironments({ source: late });
  assertEquals(environmentOf(["MODEL"]), {});
  granted = true;
  assertEquals(environmentOf(["MODEL"]), { MODEL: "small" });
});
