import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  createMark,
  FrameReader,
  FrameWriter,
} from "../../../src/runners/subprocess/frames.ts";
import { Violation } from "../../../src/runners/subprocess/violation.ts";

const LIMITS = { frameBytes: 4_096, segments: 8 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Found {
  readonly heads: string[];
  readonly segments: number[][][];
  text: string;
}

/** Reads chunks of one pipe. */
function readAll(mark: Uint8Array, chunks: Iterable<Uint8Array>): Found {
  const found: Found = { heads: [], segments: [], text: "" };
  const reader = new FrameReader(mark, LIMITS, {
    onFrame(head, segments) {
      found.heads.push(decoder.decode(head));
      found.segments.push(segments.map((segment) => [...segment]));
      for (const { buffer, length } of segments) {
        assertEquals(buffer.byteLength, length);
      }
    },
    onText: (bytes) => {
      found.text += String.fromCharCode(...bytes);
    },
  });
  for (const chunk of chunks) {
    // The memory of a chunk is used again.
    const reused = chunk.slice();
    reader.read(reused);
    reused.fill(0x21);
  }
  reader.end();
  return found;
}

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
  }
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function frame(
  mark: Uint8Array,
  head: string,
  segments: readonly Uint8Array[] = [],
): Uint8Array {
  const writer = new FrameWriter(mark);
  writer.add(head, segments, LIMITS);
  return writer.take().slice();
}

/** The first bytes of a frame, with lengths of a liar's choice. */
function declare(
  mark: Uint8Array,
  head: number,
  ...segments: readonly number[]
): Uint8Array {
  const lengths = new Uint32Array([head, segments.length, ...segments]);
  return concat(mark, new Uint8Array(lengths.buffer));
}

Deno.test("FrameReader finds frames and text, wherever chunks end", () => {
  const mark = createMark();
  const almost = mark.slice(0, 16);
  const bytes = concat(
    encoder.encode("begin\n"),
    frame(mark, '["a",1]'),
    almost,
    frame(mark, '["é"]', [
      Uint8Array.of(1, 2, 3),
      Uint8Array.of(),
      Uint8Array.of(255),
    ]),
    frame(mark, "[]", [new Uint8Array()]),
    Uint8Array.of(255, 255),
    almost,
    almost,
    frame(mark, "[2]"),
    encoder.encode("end"),
    almost.slice(0, 5),
  );
  const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
  const expected = {
    heads: ['["a",1]', '["é"]', "[]", "[2]"],
    segments: [[], [[1, 2, 3], [], [255]], [[]], []],
    text: "begin\n" + text(almost) + "\xff\xff" + text(almost) +
      text(almost) + "end" + text(almost.slice(0, 5)),
  };
  for (let size = 1; size <= bytes.length; size++) {
    assertEquals(readAll(mark, cut(bytes, size)), expected, `size ${size}`);
  }
});

Deno.test("FrameReader refuses frames by their declared sizes", () => {
  const mark = createMark();
  const cases = [
    declare(mark, 4_294_967_295),
    declare(mark, 1_025),
    declare(mark, 0),
    declare(mark, 10, 4_087),
    declare(mark, 10, 4_294_967_295, 4_294_967_295),
    declare(mark, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1),
  ];
  for (const bytes of cases) {
    for (const size of [1, 7, bytes.length]) {
      assertThrows(() => readAll(mark, cut(bytes, size)), Violation);
    }
  }
});

Deno.test("FrameReader takes time linear in the bytes", () => {
  const mark = createMark();
  const worst = [
    new Uint8Array(1_000_000).fill(255),
    Uint8Array.from({ length: 1_000_000 }, (_, index) => mark[index % 16] ?? 0),
    Uint8Array.from({ length: 1_000_000 }, (_, index) => mark[index % 2] ?? 0),
  ];
  let count = 0;
  const reader = new FrameReader(mark, LIMITS, {
    onFrame: () => {},
    onText: ({ length }) => count += length,
  });
  const start = performance.now();
  for (const bytes of worst) {
    for (const chunk of cut(bytes, 65_536)) reader.read(chunk);
  }
  reader.end();
  assertEquals(count, 3_000_000);
  assert(performance.now() - start < 20_000);
});

Deno.test("FrameWriter refuses frames that the other end would refuse", () => {
  const writer = new FrameWriter(createMark());
  assertEquals(writer.add("é".repeat(600), [], LIMITS), undefined);
  assertEquals(writer.add("[]", [new Uint8Array(4_096)], LIMITS), undefined);
  assertEquals(writer.length, 0);
  assertEquals(writer.add("[]", [new Uint8Array(4_094)], LIMITS), 4_096);
});
