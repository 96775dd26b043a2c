import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  getSanitizedEnvironment,
  recordEnvironment,
} from "@semantik/plugins/environment";

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

Deno.test("getSanitizedEnvironment() withholds secrets by name and by value", () => {
  assertEquals(getSanitizedEnvironment({ source }), {
    HOME: "/home/ada",
    DATABASE_URL: "postgres://db/app",
    ACME_ID: "7",
  });
});

Deno.test("getSanitizedEnvironment() by word keeps a pattern inside a word", () => {
  assertEquals(getSanitizedEnvironment({ source, matching: "word" }), {
    HOME: "/home/ada",
    MONKEY: "capuchin",
    GIT_AUTHOR_NAME: "Ada",
    DATABASE_URL: "postgres://db/app",
    ACME_ID: "7",
  });
});

Deno.test("getSanitizedEnvironment() keeps the names of allow, and withholds those of deny", () => {
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

Deno.test("getSanitizedEnvironment() returns a new plain object", () => {
  const first = getSanitizedEnvironment({ source });
  const second = getSanitizedEnvironment({ source });
  first["HOME"] = "/tmp";
  assertEquals(second["HOME"], "/home/ada");
  assertEquals(Object.getPrototypeOf(second), Object.prototype);
  assertFalse(Object.isFrozen(second));
  assertEquals(source.HOME, "/home/ada");
});

Deno.test("getSanitizedEnvironment() treats __proto__ as an ordinary name", () => {
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

Deno.test("getSanitizedEnvironment() accepts iterables that can be read once", () => {
  const env = getSanitizedEnvironment({
    source,
    allow: new Set(["DB_PASS"]).values(),
    deny: ["HOME"].values(),
    names: ["ACME_ID"].values(),
  });
  assertEquals(Object.keys(env), ["DB_PASS", "DATABASE_URL", "ACME_ID"]);
});

Deno.test("getSanitizedEnvironment() leaves out values that are not text", () => {
  const source = JSON.parse('{"A":1,"B":null,"C":{"D":"E"},"F":"g"}');
  assertEquals(getSanitizedEnvironment({ source }), { F: "g" });
});

Deno.test("getSanitizedEnvironment() reads the process by default", () => {
  // The tests run with a few variables permitted, which cannot be listed.
  const env = getSanitizedEnvironment({ names: ["PATH", "NOT_PERMITTED"] });
  assertEquals(env["PATH"], Deno.env.get("PATH"));
  assertFalse(Object.hasOwn(env, "NOT_PERMITTED"));
});
