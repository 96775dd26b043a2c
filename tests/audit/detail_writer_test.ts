import { assert, assertEquals, assertMatch } from "@std/assert";
import { createAuditLogger } from "@semantik/plugins/audit";
import { Collector, detailsOf } from "./collector.ts";

const UNSAFE_REGEXP =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

/** The line that details make, whatever they are. */
function lineOf(details: unknown): string {
  const collector = new Collector();
  using audit = createAuditLogger({ handlers: [collector] });
  Reflect.apply(audit.log, audit, ["plugin", "action", details]);
  assertEquals(audit.dropped, 0);
  return collector.lines[0] ?? "";
}

class Point {
  readonly x = 1;
  readonly #hidden = 2;
  get sum(): number {
    return this.x + this.#hidden;
  }
}

Deno.test("createAuditLogger() writes every kind of value", async (t) => {
  const table: readonly (readonly [string, unknown, unknown])[] = [
    ["text", "a", "a"],
    ["number", 1.5, 1.5],
    ["NaN", NaN, "NaN"],
    ["Infinity", -Infinity, "-Infinity"],
    ["boolean", false, false],
    ["null", null, null],
    ["BigInt", 12n, "12"],
    ["large BigInt", 1n << 2_000n, "[BigInt of more than 1,024 bits]"],
    ["symbol", Symbol("s"), "Symbol(s)"],
    ["function", function work() {}, "[function work]"],
    ["nameless function", () => {}, "[function]"],
    ["class", Point, "[function Point]"],
    ["array", [1, [undefined, null]], [1, [null, null]]],
    ["plain object", { a: { b: undefined, c: 1 } }, { a: { c: 1 } }],
    ["object without prototype", Object.assign(Object.create(null), { a: 1 }), {
      a: 1,
    }],
    ["instance", new Point(), { x: 1 }],
    ["date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["invalid date", new Date(NaN), "Invalid Date"],
    ["map", new Map([["a", 1], ["b", 2]]), { a: 1, b: 2 }],
    ["map of other keys", new Map<unknown, unknown>([[1, 2], ["token", 3]]), [
      [1, 2],
      ["token", "[REDACTED]"],
    ]],
    ["empty map", new Map(), {}],
    ["set", new Set(["a", 1]), ["a", 1]],
    ["weak map", new WeakMap(), "[WeakMap]"],
    ["weak set", new WeakSet(), "[WeakSet]"],
    ["weak reference", new WeakRef({}), "[WeakRef]"],
    ["promise", Promise.resolve(1), "[Promise]"],
    ["bytes", new Uint8Array(5), "[Uint8Array of 5 bytes]"],
    ["floats", new Float64Array(2), "[Float64Array of 16 bytes]"],
    ["view", new DataView(new ArrayBuffer(3)), "[DataView of 3 bytes]"],
    ["buffer", new ArrayBuffer(3), "[ArrayBuffer of 3 bytes]"],
    [
      "shared buffer",
      new SharedArrayBuffer(3),
      "[SharedArrayBuffer of 3 bytes]",
    ],
    ["regular expression", /a"b/g, '/a"b/g'],
    ["url", new URL("https://a/b?c=d"), "https://a/b?c=d"],
    [
      "url with password",
      new URL("https://u:pw12345@a/"),
      "https://u:[REDACTED]@a/",
    ],
    ["headers", new Headers({ accept: "x", authorization: "y" }), {
      accept: "x",
      authorization: "[REDACTED]",
    }],
    ["search parameters", new URLSearchParams("a=1&password=2"), {
      a: "1",
      password: "[REDACTED]",
    }],
    ["boxed text", Object("s"), "s"],
    ["boxed number", Object(1), 1],
    ["boxed boolean", Object(true), true],
    ["boxed BigInt", Object(1n), "1"],
    ["boxed symbol", Object(Symbol("b")), "Symbol(b)"],
    ["toJSON", { toJSON: (key: string) => ({ key }) }, { key: "value" }],
    [
      "toJSON of an instance",
      new (class {
        toJSON() {
          return 7;
        }
      })(),
      7,
    ],
  ];
  for (const [name, value, expected] of table) {
    await t.step(name, () => {
      assertEquals(detailsOf({ value }), { value: expected });
      assertEquals(detailsOf({ list: [value] }).list, [
        name === "toJSON" ? { key: "" } : expected,
      ]);
    });
  }
});

Deno.test("createAuditLogger() writes errors with their properties and causes", () => {
  const cause = new TypeError("cannot reach postgres://u:pw12345@db/x");
  class Refused extends Error {
    override readonly name = "Refused";
    readonly code = "E1";
    readonly token = "t";
  }
  assertEquals(
    detailsOf({ error: new Refused("no", { cause }) }),
    {
      error: {
        name: "Refused",
        message: "no",
        code: "E1",
        token: "[REDACTED]",
        cause: {
          name: "TypeError",
          message: "cannot reach postgres://u:[REDACTED]@db/x",
        },
      },
    },
  );
  const both = new AggregateError([new Error("a"), "b"], "both");
  assertEquals(detailsOf({ both }), {
    both: {
      name: "AggregateError",
      message: "both",
      errors: [{ name: "Error", message: "a" }, "b"],
    },
  });
  const circular = new Error("round");
  circular.cause = circular;
  assertEquals(detailsOf({ circular }), {
    circular: { name: "Error", message: "round", cause: "[circular]" },
  });
});

Deno.test("createAuditLogger() writes details that are not an object", () => {
  assertEquals(detailsOf(undefined), {});
  assertEquals(detailsOf(null), {});
  assertEquals(detailsOf({}), {});
  assertEquals(detailsOf("text"), { details: "text" });
  assertEquals(detailsOf(5n), { details: "5" });
  assertEquals(detailsOf([1, 2]), { details: [1, 2] });
  assertEquals(detailsOf(new Map([["version", 1]])), { detail_version: 1 });
  assertEquals(detailsOf(new Map([[1, 2]])), { details: [[1, 2]] });
  assertEquals(detailsOf(new Error("bad")), { name: "Error", message: "bad" });
  assertEquals(detailsOf(new Date(0)), { details: "1970-01-01T00:00:00.000Z" });
  assertEquals(detailsOf(() => {}), { details: "[function]" });
});

Deno.test("createAuditLogger() describes values that throw, and keeps the others", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const hostile = new Proxy({ a: 1 }, {
    ownKeys() {
      throw new Error("no\nkeys");
    },
  });
  const half = new Proxy({ a: 1, b: 2 }, {
    get(target, key) {
      if (key === "a") throw null;
      return Reflect.get(target, key);
    },
  });
  const error = new Error("x");
  Object.defineProperty(error, "message", {
    get() {
      throw new Error("token=sk-proj-aaaaaaaaaaaaaaaaaaaa");
    },
  });
  assertEquals(
    detailsOf({
      kept: 1,
      get boom() {
        throw new Error("bang");
      },
      revoked: revoked.proxy,
      hostile,
      half,
      error,
      toJson: {
        a: 1,
        toJSON() {
          throw new Error("no");
        },
      },
      list: [revoked.proxy],
      fake: Object.create(Date.prototype),
      text: {
        toString() {
          throw new Error("no");
        },
      },
    }),
    {
      kept: 1,
      boom: "[unreadable: Error: bang]",
      revoked:
        "[unreadable: TypeError: Cannot perform 'getPrototypeOf' on a proxy that has been revoked]",
      hostile: "[unreadable: Error: no ⏎ keys]",
      half: { a: "[unreadable: the value null]", b: 2 },
      error: {
        name: "Error",
        message: "[unreadable: Error: token=[REDACTED]]",
      },
      toJson: { a: 1, toJSON: "[function toJSON]" },
      list: [
        "[unreadable: TypeError: Cannot perform 'getPrototypeOf' on a proxy that has been revoked]",
      ],
      fake: "[unreadable: TypeError: this is not a Date object.]",
      text: { toString: "[function toString]" },
    },
  );
  assertMatch(
    String(detailsOf(revoked.proxy)["details"]),
    /^\[unreadable: TypeError/,
  );
});

Deno.test("createAuditLogger() does not call toJSON endlessly", () => {
  const endless = {
    toJSON(): unknown {
      return { toJSON: () => endless, next: endless };
    },
  };
  const line = lineOf({ endless, self: { toJSON: () => endless } });
  assert(line.length < 10_000);
});

Deno.test("createAuditLogger() cuts deep nesting", () => {
  let list: unknown = "end";
  let object: unknown = "end";
  for (let depth = 0; depth < 100_000; depth++) {
    list = [list];
    object = { object };
  }
  const line = lineOf({ list, object });
  assert(line.length < 1_000);
  assert(line.includes("… (nested too deeply)"));
});

Deno.test("createAuditLogger() writes a circular value once and a shared one twice", () => {
  const shared = { a: 1 };
  const circle: Record<string, unknown> = { one: shared, two: shared };
  circle["self"] = circle;
  circle["list"] = [circle];
  assertEquals(detailsOf({ circle }), {
    circle: {
      one: { a: 1 },
      two: { a: 1 },
      self: "[circular]",
      list: ["[circular]"],
    },
  });
  assertEquals(detailsOf(circle), {
    one: { a: 1 },
    two: { a: 1 },
    self: "[circular]",
    list: ["[circular]"],
  });
});

Deno.test("createAuditLogger() cuts long strings and marks the cut", () => {
  const text = "x".repeat(50_000_000);
  const { long, after } = detailsOf({ long: text, after: 1 });
  assertEquals(
    long,
    `${"x".repeat(16_384)}… (${50_000_000 - 16_384} more characters)`,
  );
  assertEquals(after, 1);
});

Deno.test("createAuditLogger() does not split a character", () => {
  const { long } = detailsOf({ long: `x${"😀".repeat(20_000)}` });
  assert(typeof long === "string");
  assert(long.isWellFormed());
  assert(long.startsWith("x😀"));
});

Deno.test("createAuditLogger() leaves no part of a credential at a cut", () => {
  const secret = `sk-proj-${"a1B2".repeat(30)}`;
  for (let before = 16_384 - 140; before <= 16_384; before += 7) {
    const { long } = detailsOf({
      long: `${"x".repeat(before - 1)} ${secret} ${"y".repeat(30_000)}`,
    });
    assert(!String(long).includes("a1B2"), `at ${before}`);
  }
});

Deno.test("createAuditLogger() limits large values", async (t) => {
  const table: Readonly<Record<string, () => unknown>> = {
    "a sparse array": () => ({ sparse: new Array(1e9) }),
    "an array": () => ({ array: Array.from({ length: 1e6 }, (_, i) => i) }),
    "an object": () => ({
      object: Object.fromEntries(
        Array.from({ length: 300_000 }, (_, i) => [`key${i}`, i]),
      ),
    }),
    "details": () =>
      Object.fromEntries(
        Array.from({ length: 300_000 }, (_, i) => [`key${i}`, i]),
      ),
    "a map": () => ({
      map: new Map(Array.from({ length: 300_000 }, (_, i) => [i, i])),
    }),
    "a set": () => ({
      set: new Set(Array.from({ length: 300_000 }, (_, i) => i)),
    }),
    "many long texts": () =>
      Object.fromEntries(
        Array.from({ length: 900 }, (_, i) => [`k${i}`, "x".repeat(16_000)]),
      ),
    "a text of control characters": () => ({ text: "\0".repeat(1e6) }),
    "long keys": () =>
      Object.fromEntries(
        Array.from({ length: 900 }, (_, i) => [`${"k".repeat(9_999)}${i}`, i]),
      ),
    "a tree of shared branches": () => {
      let tree: unknown = {};
      for (let depth = 0; depth < 16; depth++) {
        tree = Array.from({ length: 100 }, () => tree);
      }
      return { tree };
    },
    "a tree of holes": () => {
      let tree: unknown = new Array(1_000);
      for (let depth = 0; depth < 16; depth++) {
        tree = Object.fromEntries(
          Array.from(
            { length: 1_000 },
            (_, i) => [`${i}`, i ? undefined : tree],
          ),
        );
      }
      return { tree };
    },
  };
  for (const [name, make] of Object.entries(table)) {
    await t.step(name, () => {
      const line = lineOf(make());
      assert(line.length < 200_000, `${line.length}`);
      assert(JSON.parse(line));
      assertMatch(line, /more |nested|null/);
    });
  }
});

Deno.test("createAuditLogger() reports how much it omitted", () => {
  const { list, set, map } = detailsOf({
    list: Array.from({ length: 1_003 }, () => 1),
    set: new Set(Array.from({ length: 1_003 }, (_, i) => i)),
    map: new Map(Array.from({ length: 1_003 }, (_, i) => [`${i}`, i])),
  });
  assert(Array.isArray(list) && Array.isArray(set));
  assertEquals(list.at(-1), "… (3 more items)");
  assertEquals(set.at(-1), "… (3 more items)");
  assert(typeof map === "object" && map !== null && "…" in map);
  assertEquals(map["…"], "… (3 more fields)");
});

Deno.test("createAuditLogger() keeps renamed keys unique", () => {
  const long = "k".repeat(299);
  const cut = `${"k".repeat(256)}… (44 more characters)`;
  assertEquals(
    detailsOf({ nested: { [`${long}a`]: 1, [`${long}b`]: 2 } }),
    { nested: { [cut]: 1, [`${cut}_2`]: 2 } },
  );
  assertEquals(
    detailsOf({
      nested: {
        "https://u:pw12345@h/": 1,
        "https://u:[REDACTED]@h/": 2,
        "https://u:pw54321@h/": 3,
      },
    }),
    {
      nested: {
        "https://u:[REDACTED]@h/_2": 1,
        "https://u:[REDACTED]@h/": 2,
        "https://u:[REDACTED]@h/_3": 3,
      },
    },
  );
  assertEquals(
    detailsOf({ level: 1, detail_level: 2, detail_detail_level: 3 }),
    { detail_detail_detail_level: 1, detail_level: 2, detail_detail_level: 3 },
  );
  assertEquals(
    detailsOf({ nested: { level: 1, [Symbol("a")]: 2, "Symbol(a)": 3 } }),
    { nested: { level: 1, "Symbol(a)": 3, "Symbol(a)_": 2 } },
  );
});

Deno.test("createAuditLogger() keeps a thousand similar keys unique, in little time", () => {
  const count = 1_000;
  const numbers = Array.from({ length: count }, (_, index) => index);
  const alike: Readonly<Record<string, readonly PropertyKey[]>> = {
    masked: numbers.map((index) => `//a:pa55word${index}@h`),
    cut: numbers.map((index) => `${"k".repeat(256)}${1_000 + index}`),
    "taken already": [
      ...numbers.slice(0, 500).map((index) => `//a:[REDACTED]@h_${index}`),
      ...numbers.slice(0, 500).map((index) => `//a:pa55word${index}@h`),
    ],
    symbols: numbers.map(() => Symbol("s")),
  };
  for (const [what, keys] of Object.entries(alike)) {
    const details = Object.fromEntries(keys.map((key) => [key, 0]));
    for (const [at, given] of [details, { details }].entries()) {
      const began = performance.now();
      const line = lineOf(given);
      const took = performance.now() - began;
      const names = line.match(/"(?:[^"\\]|\\.)*":0/g) ?? [];
      const expected = what === "cut" ? 220 : count;
      assert(names.length >= expected, `${what}: ${names.length}`);
      assertEquals(new Set(names).size, names.length, what);
      assert(took < 500, `${what} ${at}: ${took} ms`);
    }
  }
});

Deno.test("createAuditLogger() accepts keys such as __proto__", () => {
  const details = JSON.parse(
    '{"__proto__":{"polluted":1},"constructor":2,"toString":3,"hasOwnProperty":4}',
  );
  const line = lineOf({ nested: details, ...details });
  assert(line.includes('"__proto__":{"polluted":1}'));
  assert(line.includes('"constructor":2'));
  assertEquals(Reflect.get({}, "polluted"), undefined);
});

Deno.test("createAuditLogger() prevents forged lines and terminal escapes", () => {
  const nasty =
    "a\nPLUGIN_AUDIT: b\r\u001b[2J\u0085\u009b31m\u2028\u2029\u202e\u2066\ufeff\u0000\u007f\ud800";
  const collector = new Collector();
  using audit = createAuditLogger({ handlers: [collector] });
  audit.log(nasty, nasty, { [nasty]: nasty, list: [nasty, { [nasty]: 1 }] }, {
    plugin: { type: nasty, version: nasty, entryPoint: nasty },
  });
  const [line = ""] = collector.lines;
  assert(!UNSAFE_REGEXP.test(line));
  assert(!UNSAFE_REGEXP.test(collector.messages[0] ?? ""));
  const event: unknown = JSON.parse(line);
  assert(typeof event === "object" && event !== null);
  // Details come back as they were; only ids are visibly escaped.
  assert(nasty in event);
  assertEquals(Reflect.get(event, nasty), nasty);
});
