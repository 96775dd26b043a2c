import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import {
  formatLock,
  type LockedPlugin,
  parseLock,
  type PluginsLock,
  serialProblem,
} from "@semantik/plugins/provenance";
import { LOCK_FIELDS, LOCKED_FIELDS } from "../../src/provenance/lock.ts";
import { SCHEMAS } from "../../tools/schema.ts";
import { lockOf } from "./locks.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);

const DIRECTORY: LockedPlugin = {
  source: "./plugins/search",
  version: "1.2.0",
  tree: A,
  permissions: { read: ["$DATA", "./models"], net: ["a.example:443"] },
  optionalPermissions: { env: ["HTTP_PROXY"] },
  publisher: { name: "acme", key: `SHA256:${"A".repeat(43)}` },
  lockedAt: "2026-01-31T12:00:00Z",
  dependencies: { "npm:zod@4.6.7": "sha512-x" },
  files: { "mod.ts": B, "plugin.json": A },
};

const PACKAGE: LockedPlugin = {
  source: "jsr:@acme/search@^1.2.0",
  resolved: "jsr:@acme/search@1.2.3",
  version: "1.2.3",
  manifest: A,
  permissions: {},
  optionalPermissions: {},
  lockedAt: "2026-01-31T12:00:00Z",
  dependencies: {},
};

const LOCK: PluginsLock = {
  lockVersion: 1,
  serial: 7,
  plugins: { search: DIRECTORY, "web-search": PACKAGE },
};

function changed(
  change: (
    lock: Record<string, unknown>,
    plugin: Record<string, unknown>,
  ) => void,
): string {
  const lock = JSON.parse(formatLock(LOCK));
  change(lock, lock.plugins.search);
  return JSON.stringify(lock);
}

Deno.test("formatLock() and parseLock() lose nothing", () => {
  const result = parseLock(formatLock(LOCK));
  assert(result.ok, JSON.stringify(result));
  assertEquals(result.lock, LOCK);
  const bytes = new TextEncoder().encode(formatLock(LOCK));
  assertEquals(parseLock(bytes), result);
  assert(Object.isFrozen(result.lock.plugins.search));
  const schema = { $schema: "./plugins.lock.schema.json", ...LOCK };
  assertEquals(parseLock(formatLock(schema)), { ok: true, lock: schema });
});

Deno.test("formatLock() writes each field on a line of its own, in a certain order", () => {
  const lines = formatLock(LOCK).split("\n").map((line) => line.trim());
  assertEquals(lines.filter((line) => line.includes('"mod.ts"')), [
    `"mod.ts": "${B}",`,
  ]);
  const fields = LOCKED_FIELDS.filter((field) => field in DIRECTORY);
  const written: unknown = JSON.parse(formatLock(LOCK)).plugins.search;
  assertEquals(Object.keys(Object(written)), fields);

  const shuffled = Object.fromEntries(Object.entries(DIRECTORY).reverse());
  const reversed = {
    ...shuffled,
    ...DIRECTORY,
    files: { "plugin.json": A, "mod.ts": B },
    permissions: { net: ["a.example:443"], read: ["./models", "$DATA"] },
  };
  assertEquals(
    formatLock({
      ...LOCK,
      plugins: { "web-search": PACKAGE, search: reversed },
    }),
    formatLock(LOCK),
  );
});

Deno.test("formatLock() changes only the lines of what changed", () => {
  const before = formatLock(LOCK).split("\n");
  const after = formatLock({
    ...LOCK,
    plugins: {
      ...LOCK.plugins,
      search: { ...DIRECTORY, files: { "mod.ts": A, "plugin.json": A } },
    },
  }).split("\n");
  assertEquals(before.length, after.length);
  assertEquals(
    after.filter((line, index) => line !== before[index]).map((line) =>
      line.trim()
    ),
    [`"mod.ts": "${A}",`],
  );
});

Deno.test("parseLock() names the path, the fault and the remedy", async (t) => {
  const table: readonly (readonly [
    text: string,
    path: string,
    message: RegExp,
    remedy: RegExp,
  ])[] = [
    ["{", "", /^The lock is not JSON: line 1, column 2$/, /merge/],
    ["<<<<<<< ours\n{}", "", /is not JSON: line 1, column 1/, /merge/],
    ["[]", "", /^The lock is not an object$/, /object/],
    ['{"serial":1,"serial":2}', "", /duplicate field: line 1/, /once/],
    [changed((lock) => delete lock.serial), "serial", /is missing/, /from 1/],
    [changed((lock) => lock.serial = 0), "serial", /is not a whole/, /from 1/],
    [changed((lock) => lock.serial = 1.5), "serial", /is not a whole/, /./],
    [
      changed((lock) => lock.lockVersion = 2),
      "lockVersion",
      /cannot be 2/,
      /version of @semantik/,
    ],
    [changed((lock) => lock.serail = 1), "serail", /is not known/, /"serial"/],
    [changed((lock) => lock.plugins = []), "plugins", /is not an object/, /./],
    [
      changed((lock) => lock.plugins = { "No Id": PACKAGE }),
      'plugins["No Id"]',
      /id of the plugin is invalid/,
      /id/,
    ],
    [
      changed((_, plugin) => delete plugin.source),
      "plugins.search.source",
      /is missing/,
      /string/,
    ],
    [
      changed((_, plugin) => plugin.version = "1.0"),
      "plugins.search.version",
      /cannot be "1.0"/,
      /semantic version/,
    ],
    [
      changed((_, plugin) => plugin.tree = "abc"),
      "plugins.search.tree",
      /cannot be "abc"/,
      /sha256sum/,
    ],
    [
      changed((_, plugin) => plugin.tree = "A".repeat(64)),
      "plugins.search.tree",
      /cannot be/,
      /a-f/,
    ],
    [
      changed((_, plugin) => delete plugin.files),
      "plugins.search.files",
      /is missing/,
      /object/,
    ],
    [
      changed((_, plugin) => plugin.files = { "../x": A }),
      'plugins.search.files["../x"]',
      /inside the plugin/,
      /\.\./,
    ],
    [
      changed((_, plugin) => plugin.files = { "a\\b": A }),
      'plugins.search.files["a\\b"]',
      /backslash/,
      /Rename/,
    ],
    [
      changed((_, plugin) => plugin.files = { "a": 1 }),
      "plugins.search.files.a",
      /is not a string/,
      /string/,
    ],
    [
      changed((_, plugin) => plugin.manifest = A),
      "plugins.search.manifest",
      /is for packages/,
      /Remove/,
    ],
    [
      changed((lock) =>
        Object.assign(Object(lock.plugins)["web-search"], { files: {} })
      ),
      'plugins["web-search"].files',
      /needs the digest of the tree/,
      /tree/,
    ],
    [
      changed((_, plugin) => plugin.lockedAt = "yesterday"),
      "plugins.search.lockedAt",
      /cannot be "yesterday"/,
      /UTC/,
    ],
    [
      changed((_, plugin) => plugin.lockedAt = "2026-13-40T12:00:00Z"),
      "plugins.search.lockedAt",
      /cannot be/,
      /UTC/,
    ],
    [
      changed((_, plugin) => plugin.publisher = { name: "acme", key: "MD5:1" }),
      "plugins.search.publisher.key",
      /cannot be "MD5:1"/,
      /ssh-keygen -l/,
    ],
    [
      changed((_, plugin) => plugin.permissions = { nets: true }),
      "plugins.search.permissions.nets",
      /is not a Deno permission/,
      /net/,
    ],
    [
      changed((_, plugin) => plugin.permissions = { net: ["http://a"] }),
      "plugins.search.permissions.net[0]",
      /is a URL/,
      /host/,
    ],
    [
      changed((_, plugin) => plugin.permissions = { net: false }),
      "plugins.search.permissions.net",
      /is not true or a list/,
      /true/,
    ],
    [
      changed((_, plugin) => plugin.dependencies = { "npm:a@1.0.0": "" }),
      'plugins.search.dependencies["npm:a@1.0.0"]',
      /cannot be ""/,
      /1 to/,
    ],
    [
      changed((_, plugin) => plugin.consent = true),
      "plugins.search.consent",
      /is not known/,
      /use one of/,
    ],
  ];
  for (const [text, path, message, remedy] of table) {
    await t.step(`${path || "the file"}: ${message.source}`, () => {
      const result = parseLock(text);
      assert(!result.ok);
      const [problem] = result.problems;
      assertEquals(problem?.code, "PLUGIN_LOCK_INVALID");
      assertEquals(problem?.path, path);
      assert(message.test(problem?.message ?? ""), problem?.message);
      assert(remedy.test(problem?.remedy ?? ""), problem?.remedy);
      assertEquals(result.problems.length, 1);
    });
  }
});

Deno.test("parseLock() accepts the paths of every system in permissions", () => {
  for (const path of ["C:\\models", "/models", "./models"]) {
    const lock = lockOf({ ...PACKAGE, permissions: { read: [path] } });
    assert(parseLock(formatLock(lock)).ok, path);
  }
});

Deno.test("parseLock() never throws, and lists at most 100 problems", () => {
  const files = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [`${index}`, "x"]),
  );
  const result = parseLock(changed((_, plugin) => plugin.files = files));
  assert(!result.ok);
  assertEquals(result.problems.length, 100);
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    parseLock(JSON.stringify(value));
    parseLock(
      JSON.stringify({ lockVersion: 1, serial: 1, plugins: { a: value } }),
    );
  }));
});

Deno.test("serialProblem() finds a file that somebody put back", () => {
  for (const [seen, found] of [[1, 1], [1, 2]] as const) {
    assertEquals(serialProblem("lock", { seen, found }), undefined);
  }
  const lock = serialProblem("lock", { seen: 3, found: 2 });
  assertEquals(lock?.code, "PLUGIN_LOCK_INVALID");
  const trust = serialProblem("trust file", { seen: 3, found: 2 });
  assertEquals(trust?.code, "PLUGIN_TRUST_INVALID");
});

const schema = JSON.parse(
  await Deno.readTextFile(
    new URL("../../schema/plugins.lock.schema.json", import.meta.url),
  ),
);
const fromFile = z.fromJSONSchema(schema);

Deno.test("The schemas of the lock and the trust file are what tools/schema.ts writes", async () => {
  for (const [name, content] of Object.entries(SCHEMAS)) {
    const url = new URL(`../../schema/${name}`, import.meta.url);
    assertEquals(
      await Deno.readTextFile(url),
      `${JSON.stringify(content, null, 2)}\n`,
      "run: deno run --allow-write=schema tools/schema.ts",
    );
  }
  assertEquals(Object.keys(schema.properties), LOCK_FIELDS);
});

Deno.test("plugins.lock.schema.json accepts what formatLock() writes, and marks faults", () => {
  assertEquals(
    fromFile.safeParse(JSON.parse(formatLock(LOCK))).error,
    undefined,
  );
  const faults = [
    changed((lock) => delete lock.serial),
    changed((lock) => lock.serial = 0),
    changed((lock) => lock.lockVersion = 2),
    changed((lock) => lock.more = 1),
    changed((_, plugin) => plugin.tree = "abc"),
    changed((_, plugin) => plugin.version = "1"),
    changed((_, plugin) => delete plugin.files),
    changed((_, plugin) => plugin.manifest = A),
    changed((_, plugin) => plugin.permissions = { nets: true }),
  ];
  for (const text of faults) {
    assertFalse(fromFile.safeParse(JSON.parse(text)).success, text);
    assertFalse(parseLock(text).ok, text);
  }
});
