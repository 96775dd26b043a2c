import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  MANIFEST_FIELDS,
  parseManifest,
} from "../../src/manifest/parse_manifest.ts";
import { escapeControls } from "../../src/base/text.ts";
import { LEAST, problemsOf } from "./manifests.ts";

/** Checks any value: no throw, and problems with a remedy. */
function assertParsed(value: unknown): void {
  const result = parseManifest(value);
  if (result.ok) {
    assertEquals(parseManifest(result.manifest), result);
    return;
  }
  assert(result.problems.length > 0);
  for (const { code, message, remedy, path } of result.problems) {
    assertEquals(code, "PLUGIN_MANIFEST_INVALID");
    assert(message.length > 0 && remedy.length > 0);
    for (const text of [message, remedy, path ?? ""]) {
      assertEquals(text, escapeControls(text));
    }
  }
}

const field = fc.oneof(
  fc.constantFrom(...MANIFEST_FIELDS, "__proto__", "constructor", "name"),
  fc.string(),
);
const leaf = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("a", "1.0.0", "*", "./mod.ts", "\n", "\u202e", "\ud800"),
  fc.anything(),
);
const permissions = fc.dictionary(
  fc.constantFrom("read", "net", "env", "sys", "run", "ffi", "import", "x"),
  fc.oneof(fc.boolean(), fc.array(leaf), leaf),
);
const requires = fc.array(
  fc.oneof(
    fc.record({ id: leaf, version: leaf, optional: leaf }, {
      requiredKeys: [],
    }),
    leaf,
  ),
);
const manifest = fc.tuple(
  fc.boolean(),
  fc.dictionary(field, fc.oneof(leaf, permissions, requires)),
  fc.record({ permissions, requires }, { requiredKeys: [] }),
).map(([good, fields, typed]) => ({
  ...fields,
  ...good ? LEAST : {},
  ...typed,
}));

Deno.test("parseManifest() never throws, whatever JSON it is given", () => {
  fc.assert(fc.property(fc.jsonValue(), assertParsed), { numRuns: 300 });
});

Deno.test("parseManifest() never throws for what is nearly a manifest", () => {
  fc.assert(fc.property(manifest, assertParsed), { numRuns: 400 });
});

Deno.test("parseManifest() never throws, whatever value it is given", () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  fc.assert(fc.property(anything, assertParsed), { numRuns: 300 });
});

function throwing(thrown: unknown): () => never {
  return () => {
    throw thrown;
  };
}

const unshowable = {
  toString: throwing(new Error("no")),
  [Symbol.toPrimitive]: throwing(null),
};

Deno.test("parseManifest() never throws for objects with code of their own", async (t) => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const endless: Record<string, unknown> = { ...LEAST };
  endless.requires = endless;
  const table: Readonly<Record<string, unknown>> = {
    "a getter that throws an error": Object.defineProperty({ ...LEAST }, "id", {
      get: throwing(new Error("a\nb")),
      enumerable: true,
    }),
    "a getter that throws null": Object.defineProperty({}, "type", {
      get: throwing(null),
      enumerable: true,
    }),
    "a getter that throws what cannot be shown": Object.defineProperty(
      {},
      "version",
      { get: throwing(unshowable), enumerable: true },
    ),
    "a Proxy whose traps throw": new Proxy({}, {
      get: throwing(new Error("no")),
      ownKeys: throwing(new Error("no")),
      getPrototypeOf: throwing(new Error("no")),
    }),
    "a Proxy that was revoked": revoked.proxy,
    "a Proxy that was revoked, as a field": {
      ...LEAST,
      requires: revoked.proxy,
    },
    "a value that cannot be shown": { ...LEAST, id: unshowable },
    "an object that holds itself": endless,
    "a list with holes": { ...LEAST, permissions: { net: new Array(3) } },
    ...Object.fromEntries(
      [NaN, 0.5, -1, 2 ** 32 - 1, "x"].flatMap((length) => {
        const list = new Proxy(["a.example"], {
          get: (_, key) => key === "length" ? length : "a.example",
        });
        return [
          [`net of length ${length}`, { ...LEAST, permissions: { net: list } }],
          [`requires of length ${length}`, { ...LEAST, requires: list }],
        ];
      }),
    ),
    "a list with holes of requirements": { ...LEAST, requires: new Array(3) },
    "a symbol for a key": { ...LEAST, [Symbol("x")]: 1 },
    "a date": { ...LEAST, version: new Date(NaN) },
    "a list that says it is one": new Proxy([], {}),
    "boxed text": { ...LEAST, id: Object("a") },
  };
  for (const [name, value] of Object.entries(table)) {
    await t.step(name, () => assertParsed(value));
  }
  assertEquals(
    problemsOf(table["a getter that throws an error"])[0]?.message,
    "The manifest cannot be read: Error: a ⏎ b",
  );
});

Deno.test("parseManifest() returns what it checked, whenever the value changes", () => {
  const good = { permissions: { net: ["a.example:443"] }, entry: "./mod.ts" };
  const evil = { permissions: { net: ["*\n"] }, entry: "../../evil.ts" };
  for (const [first, later] of [[good, evil], [evil, good]] as const) {
    for (let turn = 0; turn < 20; turn++) {
      let looks = 0;
      assertParsed({
        ...LEAST,
        get permissions() {
          return (looks++ < turn ? first : later).permissions;
        },
        get entry() {
          return (looks++ < turn ? first : later).entry;
        },
      });
    }
  }
});

Deno.test("parseManifest() looks at each field once, so that what it checked is what it returns", () => {
  const looks = new Map<string, number>();
  function watched<Value extends object>(name: string, value: Value): Value {
    return new Proxy(value, {
      get(target, key, receiver) {
        const at = `${String(key)} of ${name}`;
        looks.set(at, (looks.get(at) ?? 0) + 1);
        return Reflect.get(target, key, receiver);
      },
    });
  }
  const requirement = { id: "b", version: "*", optional: true };
  const manifest = parseManifest(watched("the manifest", {
    ...LEAST,
    entry: "./mod.ts",
    requires: watched("requires", [watched("the first", requirement)]),
    permissions: watched("permissions", {
      net: watched("net", ["a.example"]),
    }),
  }));
  assert(manifest.ok);
  assert(looks.size > 10);
  for (const [name, count] of looks) assertEquals(count, 1, name);
});

Deno.test("parseManifest() lists a hundred of very many problems, in little time", async (t) => {
  const many = 20_000;
  const list = Array.from({ length: many }, (_, index) => index);
  const table: Readonly<Record<string, unknown>> = {
    requirements: { ...LEAST, requires: list },
    "values of a permission": { ...LEAST, permissions: { net: list } },
    "unknown fields": {
      ...LEAST,
      ...Object.fromEntries(list.map((each) => [`permision${each}`, 1])),
    },
    "unknown permissions": {
      ...LEAST,
      permissions: Object.fromEntries(list.map((each) => [`k${each}`, true])),
    },
    "repeated requirements": {
      ...LEAST,
      requires: list.map(() => ({ id: "b", version: "*" })),
    },
  };
  for (const [name, value] of Object.entries(table)) {
    await t.step(name, () => {
      const start = performance.now();
      const problems = problemsOf(value);
      assert(performance.now() - start < 5_000);
      assert(problems.length <= 101);
    });
  }
  assertEquals(problemsOf(table["unknown permissions"]).at(-1), {
    code: "PLUGIN_MANIFEST_INVALID",
    message: "The manifest has more problems than are listed here",
    remedy: "Correct the listed ones first",
    path: "",
  });
});
