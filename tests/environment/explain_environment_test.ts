import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  explainEnvironment,
  processEnvironment,
} from "@semantik/plugins/environment";

Deno.test("explainEnvironment() explains each variable, sorted by name", () => {
  const explained = explainEnvironment({
    source: {
      URL: "postgres://u:canary@h",
      HOME: "/canary",
      DB_PASS: "canary",
      API_KEY: "canary",
      ACME: "canary",
      FREE_KEY: "canary",
    },
    deny: ["acme"],
    allow: ["FREE_KEY"],
    names: ["LANG", "HOME"],
  });
  assertEquals(explained, [
    {
      name: "ACME",
      status: "withheld",
      because: { kind: "deny", match: "acme" },
    },
    {
      name: "API_KEY",
      status: "withheld",
      because: { kind: "pattern", match: "KEY" },
    },
    {
      name: "DB_PASS",
      status: "withheld",
      because: { kind: "word", match: "PASS" },
    },
    { name: "FREE_KEY", status: "kept" },
    { name: "HOME", status: "kept" },
    { name: "LANG", status: "unset" },
    { name: "URL", status: "withheld", because: { kind: "value" } },
  ]);
  assertFalse(JSON.stringify(explained).includes("canary"));
  assert(Object.isFrozen(explained));
});

Deno.test("explainEnvironment() names the flag that permits an unreadable variable", () => {
  const source = processEnvironment({
    system: {
      query: (name) => name === "A" ? "granted" : "prompt",
      get: (name) => name === "A" ? "1" : undefined,
      toObject: () => ({ A: "1", B: "2" }),
    },
  });
  assertEquals(explainEnvironment({ source, names: ["A", "B", "C,D"] }), [
    { name: "A", status: "kept" },
    { name: "B", status: "unpermitted", flag: "--allow-env=B" },
    { name: "C,D", status: "unpermitted", flag: "--allow-env" },
  ]);
});
