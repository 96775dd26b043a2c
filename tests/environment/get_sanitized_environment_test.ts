import { assert, assertEquals, assertFalse } from "@std/assert";
import { recordEnvironment } from "../../src/environment/environment.ts";
import { getSanitizedEnvironment } from "../../src/environment/sanitized_environment.ts";

const source = {
  HOME: "/home/ada",
  OPENAI_API_KEY: "a-secret",
  DB_PASS: "a-secret",
  MONKEY: "capuchin",
  GIT_AUTHOR_NAME: "Ada",
  DATABASE_URL: "postgres://db/app",
  REPLICA_URL: "postgres://ada:a-secret@db/app",
  ACME_ID: "7",
};

Deno.test("getSanitizedEnvironment() keeps what neither name nor value makes a secret", () => {
  assertEquals(getSanitizedEnvironment({ source }), {
    HOME: "/home/ada",
    DATABASE_URL: "postgres://db/app",
    ACME_ID: "7",
  });
});

Deno.test("getSanitizedEnvironment() by word keeps what has a pattern inside of a word", () => {
  assertEquals(getSanitizedEnvironment({ source, matching: "word" }), {
    HOME: "/home/ada",
    MONKEY: "capuchin",
    GIT_AUTHOR_NAME: "Ada",
    DATABASE_URL: "postgres://db/app",
    ACME_ID: "7",
  });
});

Deno.test("getSanitizedEnvironment() keeps the names of allow whatever they hold, and denies more", () => {
  const env = getSanitizedEnvironment({
    source,
    allow: ["DB_PASS", "REPLICA_URL", "ACME_ID", "NOT_SET"],
    deny: ["acme", "home"],
  });
  assertEquals(env, {
    DB_PASS: "a-secret",
    DATABASE_URL: "postgres://db/app",
    REPLICA_URL: "postgres://ada:a-secret@db/app",
    ACME_ID: "7",
  });
});

Deno.test("getSanitizedEnvironment() makes a fresh plain object", () => {
  const first = getSanitizedEnvironment({ source });
  const second = getSanitizedEnvironment({ source });
  first["HOME"] = "/tmp";
  assertEquals(second["HOME"], "/home/ada");
  assertEquals(Object.getPrototypeOf(second), Object.prototype);
  assertFalse(Object.isFrozen(second));
  assertEquals(source.HOME, "/home/ada");
});

Deno.test("getSanitizedEnvironment() takes __proto__ for a name like others", () => {
  const hostile = JSON.parse(
    '{"__proto__":"a","constructor":"b","toString":"c","hasOwnProperty":"d"}',
  );
  const sources = [hostile, recordEnvironment(hostile)];
  for (const source of sources) {
    const env = getSanitizedEnvironment({ source });
    assertEquals(
      Object.keys(env).sort(),
      ["__proto__", "constructor", "hasOwnProperty", "toString"],
    );
    assert(Object.hasOwn(env, "__proto__"));
    assertEquals(Object.getPrototypeOf(env), Object.prototype);
    assertEquals(Object.entries(env).length, 4);
  }
  assertEquals(
    getSanitizedEnvironment({ source: {}, names: ["toString"] }),
    {},
  );
});

Deno.test("getSanitizedEnvironment() looks up names that cannot be listed", () => {
  const hidden: Record<string, string> = { A: "1", TOKEN: "a-secret" };
  const source = {
    get: (name: string) => hidden[name],
    toRecord: () => ({ B: "2" }),
    supplies: () => false,
    permits: () => true,
  };
  assertEquals(
    getSanitizedEnvironment({ source, names: ["A", "A", "B", "C", "TOKEN"] }),
    { A: "1", B: "2" },
  );
});

Deno.test("getSanitizedEnvironment() takes iterables that can be read once", () => {
  const env = getSanitizedEnvironment({
    source,
    allow: new Set(["DB_PASS"]).values(),
    deny: ["HOME"].values(),
    names: ["ACME_ID"].values(),
  });
  assertEquals(Object.keys(env), ["DB_PASS", "DATABASE_URL", "ACME_ID"]);
});

Deno.test("getSanitizedEnvironment() leaves out what is no text", () => {
  const source = JSON.parse('{"A":1,"B":null,"C":{"D":"E"},"F":"g"}');
  assertEquals(getSanitizedEnvironment({ source }), { F: "g" });
});

Deno.test("getSanitizedEnvironment() reads the process by default, as far as it may", () => {
  // The tests run with a few variables permitted, which cannot be listed.
  const env = getSanitizedEnvironment({ names: ["PATH", "NOT_PERMITTED"] });
  assertEquals(env["PATH"], Deno.env.get("PATH"));
  assertFalse(Object.hasOwn(env, "NOT_PERMITTED"));
});
