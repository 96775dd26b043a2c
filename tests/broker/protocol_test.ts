import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  BrokerFault,
  BrokerVersionFault,
  formatAnswer,
  MAX_REQUEST_BYTES,
  RequestReader,
} from "../../src/broker/protocol.ts";

const ENCODER = new TextEncoder();
const REQUEST = { v: 1, pid: 7, id: 3, datetime: "now", permission: "env" };

function line(message: unknown): Uint8Array {
  return ENCODER.encode(`${JSON.stringify(message)}\n`);
}

Deno.test("RequestReader reads a request, in one chunk or byte by byte", () => {
  const bytes = line({ ...REQUEST, value: "MÜNCHEN" });
  const expected = { id: 3, pid: 7, permission: "env", value: "MÜNCHEN" };
  const reader = new RequestReader();
  assertEquals(reader.read(bytes), expected);
  const one = new Uint8Array(1);
  const found = Array.from(bytes, (byte) => {
    // The memory is used again.
    one[0] = byte;
    return reader.read(one);
  });
  assertEquals(found.filter((each) => each !== undefined), [expected]);
  assertEquals(found.at(-1), expected);
  assertEquals(reader.read(line({ ...REQUEST, value: null }))?.value, null);
});

Deno.test("RequestReader refuses what Deno never sends", () => {
  const valid = { ...REQUEST, value: "A" };
  const lines: readonly Uint8Array[] = [
    ENCODER.encode("\n"),
    ENCODER.encode("GET / HTTP/1.1\r\n"),
    new Uint8Array([255, 10]),
    line(null),
    line([valid]),
    line("text"),
    line({ ...valid, id: "3" }),
    line({ ...valid, id: -1 }),
    line({ ...valid, id: 1.5 }),
    line({ ...valid, pid: undefined }),
    line({ ...valid, permission: 1 }),
    line({ ...valid, value: 1 }),
    line({ ...valid, value: undefined }),
    new Uint8Array([...line(valid), ...line(valid)]),
    new Uint8Array([...line(valid), 32]),
  ];
  for (const bytes of lines) {
    const reader = new RequestReader();
    assertThrows(() => reader.read(bytes), BrokerFault);
  }
  for (const v of [0, 2, "1", undefined]) {
    const bytes = line({ ...valid, v });
    assertThrows(() => new RequestReader().read(bytes), BrokerVersionFault);
  }
});

Deno.test("RequestReader keeps no more than the longest request", () => {
  const reader = new RequestReader();
  const chunk = new Uint8Array(65_536).fill(97);
  const most = MAX_REQUEST_BYTES / chunk.length;
  for (let count = 0; count < most; count++) reader.read(chunk);
  assertThrows(() => reader.read(chunk), BrokerFault, "more than");
});

Deno.test("formatAnswer() writes one line that every JSON parser reads", () => {
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(
    decode(formatAnswer(5, { kind: "allow" })),
    '{"id":5,"result":"allow"}\n',
  );
  const reason = 'a "b"\n\ud800';
  const text = decode(formatAnswer(6, { kind: "deny", reason }));
  assertEquals(text.indexOf("\n"), text.length - 1);
  assert(!text.includes("\\ud800"));
  assertEquals(JSON.parse(text), {
    id: 6,
    result: "deny",
    reason: 'a "b"\n\ufffd',
  });
});
