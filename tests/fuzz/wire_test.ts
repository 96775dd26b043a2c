/** Property tests of the wire between a host and the process of a plugin. */

import { assert, assertEquals } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import fc from "fast-check";
import { Channel } from "../../src/runners/subprocess/channel.ts";
import { DEFAULT_CHANNEL_LIMITS } from "../../src/runners/subprocess/channel_limits.ts";
import { Decoder, parseMessage } from "../../src/runners/subprocess/decode.ts";
import { encode } from "../../src/runners/subprocess/encode.ts";
import {
  createMark,
  FrameReader,
  FrameWriter,
} from "../../src/runners/subprocess/frames.ts";
import { Violation } from "../../src/runners/subprocess/violation.ts";
import { RawPeer } from "../runners/subprocess/raw_peer.ts";
import { assertGrowth } from "./growth/assert_growth.ts";

const numRuns = Number(Deno.env.get("PLUGINS_FUZZ_RUNS") ?? 100);
const LIMITS = {
  ...DEFAULT_CHANNEL_LIMITS,
  frameBytes: 262_144,
  calls: 16,
  references: 16,
  segments: 4_096,
};
// For one input of some hundred bytes, on a machine that is busy.
const PATIENCE = 10_000;
const encoder = new TextEncoder();

const tricky = fc.constantFrom(
  "$",
  "__proto__",
  "constructor",
  "then",
  "toJSON",
  "7",
  "00",
  "4294967295",
  "length",
  "",
  "\ud800",
  "é\u2028",
);

const leaf = fc.oneof(
  tricky,
  fc.string({ unit: "binary" }),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, NaN, Infinity, -Infinity),
  fc.date({ noInvalidDate: false }),
  fc.webUrl().map((url) => new URL(url)),
  fc.constantFrom(/a/, /[\/"]\n$/giv, new RegExp("")),
  fc.uint8Array(),
  fc.float32Array(),
  fc.bigInt64Array(),
  fc.uint8Array().map(({ buffer }) => buffer),
  fc.constant("x".repeat(5_000)),
);

const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 6 }),
    fc.sparseArray(tie("value"), { maxNumElements: 4, maxLength: 8 }),
    fc.dictionary(fc.oneof(tricky, fc.string()), tie("value"), { maxKeys: 5 }),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 })
      .map((entries) => new Map(entries)),
    fc.array(tie("value"), { maxLength: 4 }).map((values) => new Set(values)),
  ),
}));

/** Compares strictly, and the prototypes of objects as well. */
function assertSame(actual: unknown, expected: unknown): void {
  if (typeof expected !== "object" || expected === null) {
    assert(Object.is(actual, expected));
    return;
  }
  assert(typeof actual === "object" && actual !== null);
  const proto: unknown = Object.getPrototypeOf(expected);
  assert(Object.getPrototypeOf(actual) === (proto ?? Object.prototype));
  if (expected instanceof Map || expected instanceof Set) {
    assert(actual instanceof Map || actual instanceof Set);
    return assertSame([...actual], [...expected]);
  }
  if (
    expected instanceof Date || expected instanceof URL ||
    expected instanceof RegExp || expected instanceof ArrayBuffer
  ) return assertEquals(actual, expected);
  const keys = Object.keys(expected);
  assertEquals(Object.keys(actual), keys);
  for (const key of keys) {
    const [own, other] = [actual, expected].map((object) =>
      Object.getOwnPropertyDescriptor(object, key)
    );
    assertSame(own?.value, other?.value);
  }
}

Deno.test("encode() and Decoder keep any data", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const { text, segments } = encode(value, "value", { limits: LIMITS });
      const copies = segments.map((segment) => new Uint8Array(segment));
      const message = parseMessage(encoder.encode(text), copies, LIMITS);
      const decoder = new Decoder(message, LIMITS, undefined);
      assertSame(decoder.decode(message.json), value);
      decoder.end();
    }),
    { numRuns },
  );
});

Deno.test("encode() refuses everything else with a PluginError", () => {
  fc.assert(
    fc.property(
      fc.anything({
        withBoxedValues: true,
        withNullPrototype: true,
        withTypedArray: true,
      }),
      fc.constantFrom(Symbol(), () => {}, new WeakSet(), Promise.resolve()),
      (value, foreign) => {
        try {
          encode([value, foreign], "value", { limits: LIMITS });
        } catch (error) {
          assert(error instanceof PluginError);
          assertEquals(error.code, "PLUGIN_NOT_TRANSFERABLE");
          return;
        }
        assert(false, "it crossed");
      },
    ),
    { numRuns },
  );
});

const piece = fc.oneof(
  fc.record({
    head: fc.json(),
    segments: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
  }),
  fc.uint8Array({ minLength: 1, maxLength: 30 }),
  fc.integer({ min: 1, max: 12 }),
);

Deno.test("FrameReader finds frames and text, wherever chunks end", () => {
  const mark = createMark();
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
      (pieces, cuts) => {
        const writer = new FrameWriter(mark);
        const bytes: number[] = [];
        const text: number[] = [];
        const expected: unknown[] = [];
        for (const one of pieces) {
          if (typeof one === "number") {
            // Less than a mark, which a frame may follow.
            const start = mark.subarray(0, one);
            bytes.push(...start);
            text.push(...start);
          } else if (one instanceof Uint8Array) {
            bytes.push(...one);
            text.push(...one);
          } else {
            writer.add(one.head, one.segments, LIMITS);
            bytes.push(...writer.take());
            expected.push([one.head, one.segments.map((each) => [...each])]);
          }
        }
        const found: unknown[] = [];
        const printed: number[] = [];
        const reader = new FrameReader(mark, LIMITS, {
          onFrame: (head, segments) =>
            found.push([
              new TextDecoder("utf-8", { ignoreBOM: true }).decode(head),
              segments.map((each) => [...each]),
            ]),
          onText: (part) => printed.push(...part),
        });
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1;
          reader.read(Uint8Array.from(bytes.slice(at, at + size)));
          at += size;
        }
        reader.end();
        assertEquals(found, expected);
        assertEquals(printed, text);
      },
    ),
    { numRuns },
  );
});

/** Records what a plugin's end sends in a session with all kinds of messages. */
async function recordSession(
  mark: Uint8Array,
): Promise<readonly Uint8Array[]> {
  const sent: Uint8Array[] = [];
  const ends: Channel[] = [];
  const host = new Channel({
    mark,
    send: (bytes) => ends[1]?.read(bytes.slice()),
    serve: (_method, args) => args[0],
  });
  const plugin = new Channel({
    mark,
    send(bytes) {
      const chunk = bytes.slice();
      sent.push(chunk);
      ends[0]?.read(chunk);
    },
    async *serve(_method, args) {
      yield* [1, new Float32Array(8), new Map([[1, () => args]])];
      await plugin.call("log", [{ items: [new Date(0), args[1]] }]);
    },
  });
  ends.push(host, plugin);
  await plugin.peerInfo;
  const { signal } = new AbortController();
  for await (const _ of host.iterate("m", [signal, () => {}]));
  plugin.notify("log", ["info", { text: "x".repeat(300) }]);
  await plugin.call("m", [signal, new Error("no", { cause: 1n })]);
  return sent;
}

const sessionMark = createMark();
const session = await recordSession(sessionMark);

interface Change {
  readonly kind: "flip" | "cut" | "insert" | "repeat" | "swap" | "grow";
  readonly at: number;
  readonly value: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom("flip", "cut", "insert", "repeat", "swap", "grow"),
  at: fc.nat(100_000),
  value: fc.nat(255),
});

function damage(
  chunks: readonly Uint8Array[],
  { kind, at, value }: Change,
): Uint8Array[] {
  const place = at % chunks.length;
  const chunk = chunks[place] ?? new Uint8Array();
  const index = at % chunk.length;
  const before = chunk.slice(0, index);
  const after = chunk.slice(index);
  const changed: Record<Change["kind"], () => readonly Uint8Array[]> = {
    flip: () => [
      Uint8Array.from(
        chunk,
        (byte, i) => i === index ? byte ^ (value || 1) : byte,
      ),
    ],
    cut: () => [before, after.slice(value)],
    insert: () => [before, new Uint8Array(value).fill(value), after],
    repeat: () => [chunk, chunk],
    swap: () => [chunks.at(place - 1) ?? chunk],
    grow: () => [before, Uint8Array.of(255, 255, 255, 127), after.slice(4)],
  };
  return chunks.toSpliced(place, 1, ...changed[kind]());
}

/** Feeds a host, and checks that it is well or closed for the right reason. */
async function feed(chunks: Iterable<Uint8Array | string>): Promise<void> {
  const start = performance.now();
  using peer = new RawPeer({ limits: LIMITS, serve: (_m, args) => args }, "");
  const { host } = peer;
  const items = host.iterate("m", [() => 1, new AbortController().signal]);
  const pending = [
    host.call("m", [() => 1]),
    items.next().then(() => items.return(undefined)),
  ];
  for (const chunk of chunks) {
    if (typeof chunk === "string") peer.send(chunk);
    else host.read(chunk);
    await Promise.resolve();
  }
  host.end();
  if (host.isClosed) {
    assert(peer.violation !== undefined);
    assertEquals(peer.violation.code, "PLUGIN_PROTOCOL_BROKEN");
    assert(
      !/Error|undefined/.test(peer.violation.message),
      String(peer.violation),
    );
  }
  host.close(
    new PluginError("over", {
      code: "PLUGIN_CRASHED",
      remedy: "none",
    }),
  );
  await Promise.allSettled(pending);
  assert(performance.now() - start < PATIENCE);
}

Deno.test("Channel survives the bytes of a session that were changed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 6 }),
      async (changes) => {
        let violation: PluginError | undefined;
        const host = new Channel({
          mark: sessionMark,
          limits: LIMITS,
          send: () => {},
          serve: (_method, args) => args,
          onBroken: (error) => violation = error,
        });
        const call = host.call("m", [() => 1]).catch(() => {});
        for (const chunk of changes.reduce(damage, [...session])) {
          host.read(chunk);
          await Promise.resolve();
        }
        assertEquals(host.isClosed, violation !== undefined);
        host.close(new Error("over"));
        await call;
      },
    ),
    { numRuns },
  );
});

const json = fc.oneof(
  fc.constantFrom(
    1,
    2,
    3,
    0,
    -1,
    0.5,
    null,
    "m",
    [],
    {},
    { $: "u" },
    { $: "function", v: 1 },
    { $: "function", v: 2 },
    { $: "iterable", v: 3 },
    { $: "iterator", v: 4 },
    { $: "signal", v: 5 },
    { $: "back", v: 1 },
    { $: "back", v: 2 },
    { $: "hole" },
    { $: "error", k: "Error", m: "no" },
    { $: "map", v: [1, 2] },
    { $: "Uint8Array", v: 0 },
    [{ $: "function", v: 1 }],
    [{ $: "back", v: 1 }],
    { then: { $: "function", v: 1 } },
  ),
  fc.jsonValue(),
);
const kind = fc.constantFrom(..."cfrenoyalsgd+h");
const message = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.tuple(kind, fc.constantFrom(1, 2, 3), json, json),
  },
  { weight: 3, arbitrary: fc.tuple(kind, fc.constantFrom(1, 2, 3), json) },
  { weight: 1, arbitrary: fc.array(json, { maxLength: 4 }) },
  { weight: 1, arbitrary: json },
).map((parts) => JSON.stringify(parts));

Deno.test("Channel survives any messages in any order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { maxLength: 12 }),
      (messages) => feed(['["h",1,null,null]', ...messages]),
    ),
    { numRuns },
  );
});

Deno.test("Channel survives any bytes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 6 }),
      feed,
    ),
    { numRuns },
  );
});

const BOMBS: Readonly<Record<string, (size: number) => string>> = {
  "open lists": (size) => "[".repeat(size),
  "lists": (size) => `[${"[],".repeat(size / 3)}0]`,
  "objects": (size) => `[${'{"a":0},'.repeat(size / 8)}0]`,
  "keys": (size) =>
    `{${
      Array.from({ length: size / 9 }, (_, i) => `"k${i}":0,`).join("")
    }"z":0}`,
  "empty texts": (size) => `[${'"",'.repeat(size / 3)}0]`,
  "quotes": (size) => `["${'\\"'.repeat(size / 2)}"]`,
  "backslashes": (size) => `["${"\\\\".repeat(size / 2)}"]`,
  "spaces": (size) => `["1"${" ".repeat(size)}]`,
  "colliding texts": (size) =>
    `[${Array.from({ length: size / 11 }, (_, i) => `"${i * 16_384 + 5}"`)}]`,
  "colliding keys": (size) =>
    `{"$":"set","v":[${
      Array.from(
        { length: size / 40 },
        (_, i) => `{"$":"n","v":"x${(i + 1).toString(16)}0000000000000000"}`,
      )
    }]}`,
  "escaped objects": (size) =>
    `{"$":"object","v":["a"${",1".repeat(size / 2)}]}`,
  "empty slots": (size) => `[${'{"$":"hole"},'.repeat(size / 13)}0]`,
  "addresses": (size) => `[${'{"$":"url","v":"a:b"},'.repeat(size / 22)}0]`,
  "errors": (size) =>
    `[${'{"$":"error","k":"Error","m":""},'.repeat(size / 33)}0]`,
  "functions": (size) =>
    `[${
      Array.from(
        { length: size / 28 },
        (_, i) => `{"$":"function","v":${i + 1}}`,
      )
    }]`,
  "a large number": (size) => `[${"1".repeat(size)}]`,
  "a large integer": (size) => `[{"$":"n","v":"x${"f".repeat(size)}"}]`,
  "a large pattern": (size) => `[{"$":"regexp","v":"/${"(".repeat(size)}/"}]`,
  "a long host": (size) =>
    `[{"$":"url","v":"http://${"é.".repeat(size / 3)}"}]`,
};

Deno.test("Channel takes time linear in a message", async () => {
  for (const [name, make] of Object.entries(BOMBS)) {
    const sizes = [5_000, 50_000, 500_000] as const;
    const heads = new Map(sizes.map((size) => [size as number, make(size)]));
    await assertGrowth(name, (size) => {
      using peer = new RawPeer();
      peer.send(`["c",1,"m",[${heads.get(size)}]]`);
      assert(peer.host.isClosed === (peer.violation !== undefined));
    }, sizes);
  }
});

Deno.test("FrameReader takes time linear in the bytes, and memory by what is declared", async () => {
  const mark = createMark();
  const reader = () =>
    new FrameReader(mark, DEFAULT_CHANNEL_LIMITS, {
      onFrame: () => {},
      onText: () => {},
    });
  for (const length of [1, 2, 16]) {
    await assertGrowth(`marks of ${length}`, (size) => {
      const bytes = Uint8Array.from(
        { length: size },
        (_, index) => mark[index % length] ?? 0,
      );
      const one = reader();
      for (let at = 0; at < size; at += 1_000) {
        one.read(bytes.subarray(at, at + 1_000));
      }
      one.end();
    }, [10_000, 100_000, 1_000_000]);
  }
  fc.assert(
    fc.property(
      fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: 5 }),
      (lengths) => {
        const declared = new Uint32Array([
          lengths[0] ?? 0,
          lengths.length - 1,
          ...lengths.slice(1),
        ]);
        const total = lengths.reduce((sum, length) => sum + length);
        try {
          reader().read(
            Uint8Array.of(...mark, ...new Uint8Array(declared.buffer)),
          );
          assert(total <= DEFAULT_CHANNEL_LIMITS.frameBytes);
        } catch (error) {
          assert(error instanceof Violation);
        }
      },
    ),
    { numRuns },
  );
});
