import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  faultsOf,
  LEAST,
  manifestOf,
  problemsOf,
  resultOf,
} from "./manifests.ts";
import vectors from "../vectors/manifest_ids.json" with { type: "json" };

const FULL = {
  $schema: "../schema/plugin.schema.json",
  id: "openai-embedding",
  type: "embedding",
  version: "1.2.3-rc.1+build",
  displayName: "OpenAI embedding 🎉",
  description: "Turns text into vectors.\nTwo lines.",
  author: "The authors",
  license: "MIT",
  homepage: "https://example.com/plugin?x#y",
  entry: "./src/mod.ts",
  host: "^1.0.0 || >=2.0.0-rc.1",
  requires: [
    { id: "constructor", version: "*" },
    { id: "cache", version: "^1.0.0", optional: true },
  ],
  permissions: {
    net: ["api.openai.com:443"],
    env: ["OPENAI_API_KEY"],
    read: ["./models", "$DATA"],
    sys: true,
  },
  optionalPermissions: { write: ["$DATA/cache"] },
} as const;

Deno.test("parseManifest() accepts every field", () => {
  const { $schema: _, ...expected } = FULL;
  assertEquals<unknown>(manifestOf(FULL), expected);
});

Deno.test("parseManifest() completes a manifest with defaults", () => {
  assertEquals<unknown>(manifestOf(LEAST), {
    ...LEAST,
    requires: [],
    permissions: {},
    optionalPermissions: {},
  });
});

Deno.test("parseManifest() copies: later changes of the value have no effect", () => {
  const value = structuredClone(FULL) as unknown as {
    requires: { id: string }[];
    permissions: { net: string[] };
  };
  const manifest = manifestOf(value);
  value.requires.push({ id: "evil" });
  for (const one of value.requires) one.id = "evil";
  value.permissions.net.push("evil.example:443");
  const { $schema: _, ...expected } = FULL;
  assertEquals<unknown>(manifest, expected);
});

Deno.test("parseManifest() freezes what it returns deeply", () => {
  function assertFrozen(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    assert(Object.isFrozen(value));
    Object.values(value).forEach(assertFrozen);
  }
  assertFrozen(manifestOf(FULL));
  assertFrozen(manifestOf(LEAST));
  assertFrozen(problemsOf({ id: 1, permissions: { net: [] }, requires: [1] }));
});

Deno.test("parseManifest() leaves a frozen value and its parts as they are", () => {
  const value = Object.freeze({
    ...LEAST,
    requires: [{ id: "b", version: "*" }],
    permissions: { net: ["a.example:443"] },
  });
  manifestOf(value);
  assertFalse(Object.isFrozen(value.requires));
  assertFalse(Object.isFrozen(value.requires[0]));
  assertFalse(Object.isFrozen(value.permissions.net));
});

Deno.test("parseManifest() treats an undefined field as left out", () => {
  const nothing = { requires: undefined, host: undefined, entry: undefined };
  assertEquals(manifestOf({ ...LEAST, ...nothing }).requires, []);
  assertEquals(
    manifestOf({
      ...LEAST,
      permissions: { net: undefined, env: ["A"] },
      optionalPermissions: undefined,
    }).permissions,
    { env: ["A"] },
  );
});

Deno.test("parseManifest() reports everything that is wrong at once", () => {
  const problems = problemsOf({
    id: "Bad Id",
    version: "1.0",
    homepage: "ftp://example.com",
    entry: "../mod.ts",
    host: "newest",
    requires: [{ id: "b", version: "*" }, { id: "b", version: "no", x: 1 }],
    permissions: { net: ["https://a.example"], envv: ["A"], run: [] },
    optionalPermissions: [],
    verison: "1.0.0",
  });
  assertEquals(problems.map(({ path }) => path), [
    "id",
    "type",
    "version",
    "homepage",
    "host",
    "entry",
    "requires[1].version",
    "requires[1].x",
    "requires[1].id",
    "permissions.net[0]",
    "permissions.run",
    "permissions.envv",
    "optionalPermissions",
    "verison",
  ]);
  for (const { code, message, remedy } of problems) {
    assertEquals(code, "PLUGIN_MANIFEST_INVALID");
    assert(message.length > 0 && remedy.length > 0);
    assertFalse(/[.!]$/.test(message), message);
  }
});

Deno.test("parseManifest() names the fault and the remedy of each field", async (t) => {
  const id =
    "Use 1 to 64 of a-z, 0-9, - and _, with a letter or digit at both " +
    "ends";
  const type = "Use 1 to 63 of a-z, 0-9 and _, with a letter at the start, " +
    "e.g. embedding";
  const version = "Write a semantic version, e.g. 1.0.0";
  const range = "Write a semver range, e.g. ^1.0.0, or * for any version";
  const empty = "Write at least one character, or leave it out";
  const long = "x".repeat(4_097);
  const shown = `"${"x".repeat(200)}… (3897 more characters)"`;
  const table: readonly (readonly [
    Readonly<Record<string, unknown>>,
    string,
    string,
    string,
  ])[] = [
    [{ id: "A" }, "id", 'The field "id" cannot be "A"', id],
    [{ id: "" }, "id", 'The field "id" cannot be ""', id],
    [{ id: "a\n" }, "id", 'The field "id" cannot be "a\\n"', id],
    [{ id: 1 }, "id", 'The field "id" is a number', "Write a string"],
    [{ id: null }, "id", 'The field "id" is null', "Write a string"],
    [
      { id: undefined },
      "id",
      'The field "id" is missing',
      "Add it, as a string",
    ],
    [{ type: "a-b" }, "type", 'The field "type" cannot be "a-b"', type],
    [{ type: "1a" }, "type", 'The field "type" cannot be "1a"', type],
    [{ type: [] }, "type", 'The field "type" is a list', "Write a string"],
    [
      { version: "v1.0.0" },
      "version",
      'The field "version" cannot be "v1.0.0"',
      version,
    ],
    [
      { version: "1.0.0rc1" },
      "version",
      'The field "version" cannot be "1.0.0rc1"',
      version,
    ],
    [
      { version: {} },
      "version",
      'The field "version" is an object',
      "Write a string",
    ],
    [
      { displayName: "" },
      "displayName",
      'The field "displayName" cannot be ""',
      empty,
    ],
    [
      { description: long },
      "description",
      `The field "description" cannot be ${shown}`,
      "Write at most 4,096 characters",
    ],
    [
      { homepage: `https://a.example/${"a".repeat(4_096)}` },
      "homepage",
      `The field "homepage" cannot be "https://a.example/${
        "a".repeat(182)
      }… (3914 more characters)"`,
      "Write at most 4,096 characters",
    ],
    [
      {
        requires: Array.from({ length: 1_001 }, (_, index) => ({
          id: `a${index}`,
          version: "*",
        })),
      },
      "requires",
      'The field "requires" has more than 1,000 plugins',
      "Require at most 1,000 plugins",
    ],
    [
      { author: true },
      "author",
      'The field "author" is a boolean',
      "Write a string",
    ],
    [{ license: "" }, "license", 'The field "license" cannot be ""', empty],
    [
      { homepage: "javascript:1" },
      "homepage",
      'The field "homepage" cannot be "javascript:1"',
      "Write an https: URL",
    ],
    [
      { homepage: "https://" },
      "homepage",
      'The field "homepage" cannot be "https://"',
      "Write an https: URL",
    ],
    [{ entry: "" }, "entry", 'The field "entry" cannot be ""', empty],
    [
      { entry: {} },
      "entry",
      'The field "entry" is an object',
      "Write a string",
    ],
    [
      { host: "1.2.3 - garbage" },
      "host",
      'The field "host" cannot be "1.2.3 - garbage"',
      range,
    ],
    [{ host: "" }, "host", 'The field "host" cannot be ""', range],
    [
      { requires: {} },
      "requires",
      'The field "requires" is an object',
      "Write a list",
    ],
    [
      { requires: ["b"] },
      "requires[0]",
      'The field "requires[0]" is a string',
      "Write an object",
    ],
    [
      { requires: [{ id: "b" }] },
      "requires[0].version",
      'The field "requires[0].version" is missing',
      "Add it, as a string",
    ],
    [
      { requires: [{ id: "B", version: "*" }] },
      "requires[0].id",
      'The field "requires[0].id" cannot be "B"',
      id,
    ],
    [
      { requires: [{ id: "b", version: ">" }] },
      "requires[0].version",
      'The field "requires[0].version" cannot be ">"',
      range,
    ],
    [
      { requires: [{ id: "b", version: "*", optional: 1 }] },
      "requires[0].optional",
      'The field "requires[0].optional" is a number',
      "Write a boolean",
    ],
    [
      { requires: [{ id: "b", version: "1" }, { id: "b", version: "2" }] },
      "requires[1].id",
      'The plugin "b" is required twice',
      "Require it once, with one range",
    ],
    [
      { $schema: 1 },
      "$schema",
      'The field "$schema" is a number',
      "Write a string",
    ],
    [
      { permissions: null },
      "permissions",
      "The permissions are not an object",
      'Write an object, as in { "net": ["example.com:443"] }',
    ],
    [
      { permissions: { net: true, envs: ["x"] } },
      "permissions.envs",
      '"envs" is not a Deno permission',
      'Did you mean "env"?',
    ],
  ];
  for (const [fields, ...expected] of table) {
    await t.step(JSON.stringify(fields).slice(0, 60), () => {
      assertEquals<unknown>(faultsOf(fields), [expected]);
    });
  }
});

Deno.test("parseManifest() suggests the field that was meant", async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ["verison", "version"],
    ["Id", "id"],
    ["display_name", "displayName"],
    ["permission", "permissions"],
    ["optionalPermission", "optionalPermissions"],
    ["require", "requires"],
    ["licence", "license"],
    ["homePage", "homepage"],
    // What other systems call it.
    ["name", "displayName"],
    ["main", "entry"],
    ["dependencies", "requires"],
    ["engines", "host"],
    ["kind", "type"],
  ];
  for (const [written, meant] of table) {
    await t.step(written, () => {
      assertEquals(faultsOf({ [written]: "x" }), [
        [
          written,
          `The field "${written}" is not known`,
          `Did you mean "${meant}"?`,
        ],
      ]);
    });
  }
  await t.step("of a requirement", () => {
    assertEquals(
      faultsOf({
        requires: [{ id: "b", version: "*", optionl: true }],
      }),
      [[
        "requires[0].optionl",
        'The field "optionl" is not known',
        'Did you mean "optional"?',
      ]],
    );
  });
});

Deno.test("parseManifest() suggests nothing for names that every object has", async (t) => {
  const known = "Remove it, or use one of: $schema, id, type, version, " +
    "displayName, description, author, license, homepage, entry, host, " +
    "requires, permissions, optionalPermissions";
  for (
    const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]
  ) {
    await t.step(name, () => {
      const json =
        `{"id":"a","type":"test","version":"1.0.0","${name}":{"x":1}}`;
      assertEquals(
        problemsOf(JSON.parse(json)).map((
          one,
        ) => [one.path, one.message, one.remedy]),
        [[name, `The field "${name}" is not known`, known]],
      );
    });
  }
});

Deno.test("parseManifest() shows foreign names on one line", () => {
  assertEquals(
    faultsOf({ "a\nPLUGIN_AUDIT: forged": 1 }).map((
      [path, message],
    ) => [path, message]),
    [[
      '["a\\nPLUGIN_AUDIT: forged"]',
      'The field "a\\nPLUGIN_AUDIT: forged" is not known',
    ]],
  );
});

Deno.test("parseManifest() returns the id of a manifest with other faults", () => {
  const result = resultOf({ id: "known", type: 1 });
  assertFalse(result.ok);
  assertEquals(result.id, "known");
  const unknown = resultOf({ id: "Not An Id", type: 1 });
  assertFalse(unknown.ok);
  assertEquals(unknown.id, undefined);
});

Deno.test("parseManifest() refuses what is not an object", async (t) => {
  const table: readonly (readonly [unknown, string])[] = [
    [null, "The manifest is null"],
    [undefined, "The manifest is missing"],
    [[], "The manifest is a list"],
    ["{}", "The manifest is a string"],
    [1, "The manifest is a number"],
    [() => {}, "The manifest is a function"],
    [Symbol("x"), "The manifest is a symbol"],
    [1n, "The manifest is a bigint"],
  ];
  for (const [value, message] of table) {
    await t.step(message, () => {
      assertEquals(problemsOf(value).map((one) => one.message), [message]);
    });
  }
});

Deno.test("parseManifest() accepts objects with a class, inherited and hidden fields", () => {
  class Fields {
    id = "a";
    type = "test";
    version = "1.0.0";
  }
  const expected = manifestOf(LEAST);
  assertEquals(manifestOf(new Fields()), expected);
  assertEquals(manifestOf(Object.create(LEAST)), expected);
  assertEquals(manifestOf({ ...LEAST, [Symbol("x")]: 1 }), expected);
  const hidden = { value: "./hidden.ts", enumerable: false };
  const value = Object.defineProperty({ ...LEAST }, "entry", hidden);
  assertEquals(manifestOf(value).entry, "./hidden.ts");
  assert(resultOf(Object.defineProperty(value, "x", hidden)).ok);
  assertFalse(resultOf(Object.defineProperty(value, "id", hidden)).ok);
});

Deno.test("parseManifest() accepts the ids of the vectors, and no others", async (t) => {
  for (const { input, valid } of vectors.ids) {
    await t.step(`${input} ${valid}`, () => {
      assertEquals(resultOf({ ...LEAST, id: input }).ok, valid);
      const requires = [{ id: input, version: "*" }];
      assertEquals(resultOf({ ...LEAST, requires }).ok, valid);
    });
  }
});
