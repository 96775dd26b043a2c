/** Values that are written by one process and read by another. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import {
  Decoder,
  parseMessage,
} from "../../../src/runners/subprocess/decode.ts";
import { encode } from "../../../src/runners/subprocess/encode.ts";
import { Violation } from "../../../src/runners/subprocess/violation.ts";
import type { WireLimits } from "../../../src/runners/subprocess/wire_format.ts";

const LIMITS: WireLimits = {
  frameBytes: 4_194_304,
  depth: 64,
  segments: 1_024,
};
const encoder = new TextEncoder();

function read(
  text: string,
  segments: readonly Uint8Array[] = [],
  limits: WireLimits = LIMITS,
): unknown {
  const copies = segments.map((segment) => new Uint8Array(segment));
  const message = parseMessage(encoder.encode(text), copies, limits);
  const decoder = new Decoder(message, limits, undefined);
  const value = decoder.decode(message.json);
  decoder.end();
  return value;
}

/** Passes a value through the wire. */
function cross(value: unknown, limits: WireLimits = LIMITS): unknown {
  const { text, segments } = encode(value, "value", { limits });
  return read(text, segments, limits);
}

function crossError(error: Error): Error {
  const crossed = cross(error);
  assert(crossed instanceof Error);
  return crossed;
}

function refusal(value: unknown, limits: WireLimits = LIMITS): PluginError {
  const error = assertThrows(() => cross(value, limits), PluginError);
  assertEquals(error.code, "PLUGIN_NOT_TRANSFERABLE");
  return error;
}

Deno.test("encode() keeps values of every kind", () => {
  const values: readonly unknown[] = [
    null,
    undefined,
    true,
    -0,
    NaN,
    -Infinity,
    1e-300,
    0n,
    -1n,
    2n ** 5_000n,
    "",
    "7",
    "0123456789",
    "4294967296",
    'a"\\\n\u2028\ud800',
    "x".repeat(10_000) + "é",
    "\udfff".repeat(5_000),
    new Date(1),
    new Date(NaN),
    /a\/b[/"]\n/dgimsuy,
    new RegExp(""),
    /123/,
    new URL("https://user@example.com:8080/a?b=c#d"),
    new Map<unknown, unknown>([[1, "1"], [{ a: 1 }, new Map()], [NaN, -0]]),
    new Set<unknown>(["1", 1, new Set([[]])]),
    { "": 0, "1": 1, b: { "$": { "$": "u", "5": "5" } } },
    [[], [[]], {}],
    new BigInt64Array([1n, -1n]),
    new Float16Array([1.5]),
    new Uint8ClampedArray([300]),
    new DataView(Uint8Array.of(1, 2, 3).buffer),
    Uint8Array.of(1, 2).buffer,
  ];
  for (const value of values) assertEquals(cross(value), value);
  assertEquals(cross(values), values);
});

Deno.test("encode() keeps empty slots of arrays, but not millions of them", () => {
  // deno-lint-ignore no-sparse-arrays
  assertEquals(cross([1, , undefined, ,]), [1, , undefined, ,]);
  const sparse: unknown[] = [];
  sparse[4_000_000_000] = 1;
  refusal(sparse);
});

Deno.test("encode() gives a typed array memory of its own", () => {
  const large = new Uint8Array(1_000_000);
  const part = new Float64Array(large.buffer, 8, 2).fill(1.5);
  const crossed = cross(part);
  assert(crossed instanceof Float64Array);
  assertEquals([...crossed], [1.5, 1.5]);
  assertEquals([crossed.byteOffset, crossed.buffer.byteLength], [0, 16]);
});

Deno.test("encode() takes members of an object as data, whatever their names", () => {
  const tricky: unknown = JSON.parse(
    '{"__proto__":{"polluted":1},"constructor":1,"toString":2,"hasOwnProperty":3}',
  );
  const crossed = cross([tricky, Object.assign(Object.create(null), { a: 1 })]);
  assertEquals(crossed, [tricky, { a: 1 }]);
  assert(Array.isArray(crossed));
  assertEquals(Object.getPrototypeOf(crossed[0]), Object.prototype);
  assertEquals(Object.keys(crossed[0]), Object.keys(Object(tricky)));
  assert(!("polluted" in {}));
});

Deno.test("encode() keeps keys that JSON.parse of some engines mistakes", () => {
  const objects = ["\\", "\n", "\\n", '"', '\\"', "\ud800", "\\u", "😀"]
    .map((key) => ({ before: 1, [key]: 2 }));
  assertEquals(cross(objects), objects);
  assertEquals(cross(objects.toReversed()), objects.toReversed());
});

Deno.test("encode() reads a getter once, and calls no method", () => {
  let reads = 0;
  const value = {
    get once() {
      return ++reads;
    },
  };
  Object.defineProperty(value, "toJSON", { value: () => "text" });
  Object.defineProperty(value, "hidden", { value: 1 });
  assertEquals(cross(value), { once: 1 });
  assertEquals(reads, 1);
});

Deno.test("encode() names the place of what cannot cross, and the reason", () => {
  class Query {}
  const cycle: { self?: unknown } = {};
  cycle.self = { list: [cycle] };
  let deep: unknown = 1;
  for (let level = 0; level < 100; level++) deep = [deep];
  const { buffer } = new Uint8Array(1);
  buffer.transfer();
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const thrower = {
    get bad() {
      throw new Error("no");
    },
  };
  const cases: readonly (readonly [unknown, string, string])[] = [
    [{ items: [1, { when: Symbol("now") }] }, "items[1].when", "symbol"],
    [{ "a b": new WeakMap() }, 'value["a b"]', "WeakMap"],
    [[new Query()], "value[0]", "Query"],
    [{ later: Promise.resolve() }, "value.later", "Promise"],
    [{ run() {} }, "value.run", "a function"],
    [new Map([["k", [Symbol()]]]), "value[1][0]", "symbol"],
    [[Query], "value[0]", "class"],
    [cycle, "value.self.list[0]", "contains itself"],
    [deep, "value[0][0]", "too deeply"],
    [{ buffer }, "value.buffer", "transferred"],
    [{ proxy: revoked.proxy }, "value.proxy", "TypeError"],
    [thrower, "value", "no"],
    [{ size: "x".repeat(LIMITS.frameBytes) }, "value.size", "too large"],
    [{ boxed: Object(1) }, "value.boxed", "Number"],
    [[new (class extends Map {})()], "value[0]", "class"],
    [[new SharedArrayBuffer(1)], "value[0]", "SharedArrayBuffer"],
    [[2n ** 2_000_000n], "value[0]", "integer"],
    [[(async function* () {})()], "value[0]", "async iterable"],
    [[new AbortController().signal], "value[0]", "abort signal"],
  ];
  for (const [value, path, reason] of cases) {
    const { message } = refusal(value);
    assert(message.includes(path), `${message} lacks ${path}`);
    assert(message.includes(reason), `${message} lacks ${reason}`);
  }
});

Deno.test("encode() ends soon for values that are larger than any message", () => {
  let doubled: unknown = ["x"];
  for (let level = 0; level < 50; level++) doubled = [doubled, doubled];
  refusal(doubled);
  const endless: object = new Proxy({}, { get: () => endless });
  assertEquals(cross(endless), {});
  const growing: ProxyHandler<object> = {
    ownKeys: () => ["next"],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    get: () => new Proxy({}, growing),
  };
  refusal(new Proxy({}, growing));
});

Deno.test("encode() keeps the class, name, code and cause of errors", () => {
  class HttpError extends TypeError {
    readonly status = 404;
    readonly request = Symbol("stays there");
  }
  const error = crossError(
    new HttpError("not found", { cause: new RangeError("404") }),
  );
  assert(error instanceof TypeError);
  assertEquals(error.name, "HttpError");
  assertEquals(error.message, "not found");
  assertEquals(Object.entries(error), [["status", 404]]);
  assert(error.cause instanceof RangeError);
  assertEquals(error.cause.message, "404");
  assert(!error.stack?.includes("values_test"), error.stack);

  const missing = new Deno.errors.NotFound("no such file");
  Object.assign(missing, { code: "ENOENT" });
  const crossed = crossError(missing);
  assert(crossed instanceof Deno.errors.NotFound);
  assertEquals(Reflect.get(crossed, "code"), "ENOENT");

  const aborted = crossError(new DOMException("stop", "AbortError"));
  assert(aborted instanceof DOMException);
  assertEquals([aborted.name, aborted.message], ["AbortError", "stop"]);

  const all = crossError(new AggregateError([1, new Error("one")], "many"));
  assert(all instanceof AggregateError);
  assertEquals(all.errors.length, 2);
});

Deno.test("encode() keeps a PluginError with all of its problems", () => {
  const problems = [
    { code: "PLUGIN_NOT_FOUND", message: "one", remedy: "a", path: "x[0]" },
    { code: "PLUGIN_NOT_LIVE", message: "two", remedy: "b" },
  ] as const;
  const error = crossError(
    new PluginError("all", {
      code: "PLUGIN_NOT_LIVE",
      remedy: "c",
      pluginId: "search",
      problems,
    }),
  );
  assert(error instanceof PluginError);
  assertEquals(
    [error.message, error.code, error.remedy, error.pluginId, error.problems],
    ["all", "PLUGIN_NOT_LIVE", "c", "search", problems],
  );
});

Deno.test("encode() loses no error by what hangs on it", () => {
  const error = new Error("kept");
  error.cause = error;
  Object.assign(error, { toString: 5, "$": 1, then() {}, "__proto__": 7 });
  const crossed = crossError(error);
  assertEquals(String(crossed), "Error: kept");
  assertEquals(crossed.cause, "Error: kept");
  assertEquals(Object.keys(crossed), []);
  const chain = crossError(
    Array.from({ length: 200 }).reduce<Error>(
      (cause, _, index) => new Error(`${index}`, { cause }),
      new Error("first"),
    ),
  );
  assertEquals(chain.message, "199");
});

Deno.test("Decoder refuses what no encoder writes", () => {
  const cases = [
    "",
    "[",
    "{}x",
    '{"$":"hole"}',
    '{"a":{"$":"hole"}}',
    '{"$":"nothing"}',
    '{"$":{}}',
    '{"$":"n","v":"xg"}',
    '{"$":"n","v":"5"}',
    '{"$":"date","v":"now"}',
    '{"$":"map","v":[1]}',
    '{"$":"map","v":{}}',
    '{"$":"set","v":[{"$":"hole"}]}',
    '{"$":"object","v":[1,2]}',
    '{"$":"url","v":"no url"}',
    '{"$":"regexp","v":"/(/"}',
    '{"$":"regexp","v":"a"}',
    '{"$":"#","v":-1}',
    '{"$":"#","v":1.5}',
    '{"$":"error"}',
    '{"$":"error","k":"Error","m":1}',
    '{"$":"error","k":"PluginError","m":"a"}',
    '{"$":"error","k":"PluginError","m":"a","x":{"code":"toString","remedy":""}}',
    '{"$":"error","k":"Error","m":"a","x":[]}',
    '{"$":"Uint8Array","v":0}',
    '{"$":"function","v":1}',
    '{"$":"back","v":1}',
    '{"$":"signal","v":1}',
  ];
  for (const text of cases) {
    assertThrows(() => read(text), Violation, undefined, text);
  }
});

Deno.test("Decoder checks the segments of a message", () => {
  const bytes = new Uint8Array(6);
  const cases: readonly (readonly [string, number])[] = [
    ['{"$":"Float32Array","v":0}', 1],
    ['{"$":"Uint8Array","v":1}', 1],
    ['{"$":"Uint8Array","v":-1}', 1],
    ['{"$":"Uint8Array","v":0.5}', 1],
    ['[{"$":"Uint8Array","v":0},{"$":"Uint8Array","v":0}]', 1],
    ['{"$":"Uint8Array","v":0}', 2],
    ["1", 1],
    ['{"$":"Buffer","v":0}', 1],
    ['{"$":"map","v":0}', 1],
  ];
  for (const [text, count] of cases) {
    const segments = Array.from({ length: count }, () => bytes);
    assertThrows(() => read(text, segments), Violation, undefined, text);
  }
  const latin = Uint8Array.of(0xe9);
  assertThrows(() => read('{"$":"text","v":0}', [latin]), Violation);
});

Deno.test("parseMessage() measures a message before it parses it", () => {
  const cases = [
    "[".repeat(900_000),
    '{"a":'.repeat(200_000),
    '["\\""'.repeat(60) + "[".repeat(65),
    `[${"[],".repeat(300_000)}0]`,
    `[${"{},".repeat(300_000)}0]`,
    '["5"]',
    '[ "\\u0035" , 1]',
    '["4294967294"]',
    `["${"\\\\".repeat(400_000)}\\"`,
  ];
  for (const text of cases) {
    const start = performance.now();
    assertThrows(() => read(text), Violation, undefined, text.slice(0, 40));
    assert(performance.now() - start < 5_000, text.slice(0, 40));
  }
  const kept = '{"5":"a5","\\u0035 ":["12345678901","-1","1.5",""]}';
  assertEquals(read(kept), JSON.parse(kept));
});

Deno.test("Decoder gives up on keys that an attacker made collide", () => {
  const keys = Array.from(
    { length: 100_000 },
    (_, index) =>
      `{"$":"n","v":"x${(index + 1).toString(16)}${"0".repeat(16)}"}`,
  );
  const start = performance.now();
  const text = `{"$":"set","v":[${keys}]}`;
  const limits = { ...LIMITS, frameBytes: 4 * 16_777_216 };
  assertThrows(() => read(text, [], limits), Violation, "collide");
  assert(performance.now() - start < 20_000);
});
