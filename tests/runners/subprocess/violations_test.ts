/** What a host's end does when the other process breaks the protocol. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import type {
  Channel,
  ChannelOptions,
} from "../../../src/runners/subprocess/channel.ts";
import { RawPeer } from "./raw_peer.ts";

const LIMITS = {
  frameBytes: 65_536,
  depth: 32,
  segments: 4,
  calls: 3,
  references: 3,
};
const OPTIONS: Partial<ChannelOptions> = {
  limits: LIMITS,
  peer: 'plugin "evil"',
  serve: () => new Promise(() => {}),
};

/** Returns what a host says of messages. */
function judge(
  messages: readonly (string | Uint8Array)[],
  before?: (host: Channel, peer: RawPeer) => void,
  greeting?: string,
): PluginError | undefined {
  using peer = new RawPeer(OPTIONS, greeting);
  before?.(peer.host, peer);
  for (const message of messages) {
    if (typeof message === "string") peer.send(message);
    else peer.host.read(message);
  }
  const { violation } = peer;
  assertEquals(peer.host.isClosed, violation !== undefined);
  return violation;
}

const call = (id: number, args = "[]") => `["c",${id},"m",${args}]`;
const fn = (id: number) => `{"$":"function","v":${id}}`;

Deno.test("Channel closes at each message that no plugin sends by its API", () => {
  const cases: Record<string, readonly string[]> = {
    "no list": ["{}"],
    "an empty list": ["[]"],
    "no text": ["\u0000"],
    "an unknown kind": ['["z",1]'],
    "a number for a kind": ["[1]"],
    "a second greeting": ['["h",1,null,null]'],
    "a reply to no call": ['["r",1,null]'],
    "an error for no call": ['["e",1,null]'],
    "an item of no iteration": ['["y",1,null]'],
    "an abort of no call": ['["a",1,null]'],
    "credit for no iteration": ['["+",1,1]'],
    "leaving no iteration": ['["l",1]'],
    "a call without a number": ['["c","1","m",[]]'],
    "a call with number 0": [call(0)],
    "a fraction for a number": ['["c",1.5,"m",[]]'],
    "a number that is too high": [call(2)],
    "a number that was used": [call(1), call(1)],
    "a method that is no text": ['["c",1,{},[]]'],
    "arguments that are no list": ['["c",1,"m",{}]'],
    "a tagged value for arguments": ['["c",1,"m",{"$":"u"}]'],
    "too few parts": ['["c",1,"m"]'],
    "too many parts": ['["c",1,"m",[],1]', '["a",1,1,1,1]'],
    "more calls than allowed": [call(1), call(2), call(3), call(4)],
    "a callback that it never got": ['["f",1,1,[]]'],
    "an iteration of what it never got": ['["o",1,1,16]'],
    "dropping what it never got": ['["d",1,1]'],
    "dropping nothing": ['["d",1,0]'],
    "too many references": [call(1, `[${[1, 2, 3, 4].map(fn)}]`)],
    "a reference with two kinds": [
      call(1, `[${fn(1)},{"$":"iterable","v":1}]`),
    ],
    "aborting a function": [call(1, `[${fn(1)}]`), '["s",1,null]'],
    "letting a function go": [call(1, `[${fn(1)}]`), '["g",1]'],
    "a reference in a notice": [`["n","log",[${fn(1)}]]`],
    "a reference in an error": [call(1), `["e",1,${fn(1)}]`],
    "a method named then": [call(1, `[{"then":${fn(1)}}]`)],
    "a hidden method named then": [
      call(1, `[{"$":"object","v":["then",${fn(1)}]}]`),
    ],
    "a value passed back that it never got": [call(1, '[{"$":"back","v":1}]')],
    "a notice without a name": ['["n",1,[]]'],
    "deep nesting": [call(1, "[".repeat(32) + "]".repeat(32))],
    "a head that is too large": [call(1, `["${"x".repeat(16_400)}"]`)],
  };
  for (const [name, messages] of Object.entries(cases)) {
    const error = judge(messages);
    assert(error instanceof PluginError, name);
    assertEquals(error.code, "PLUGIN_PROTOCOL_BROKEN", name);
    assert(error.message.includes('"evil"'), error.message);
    assert(!error.message.includes("Error"), `${name}: ${error.message}`);
  }
});

Deno.test("Channel closes when a call of the host is treated wrongly", () => {
  const callHost = (host: Channel) => {
    host.call("m", [() => {}, new AbortController().signal]).catch(() => {});
  };
  const iterate = (host: Channel, peer: RawPeer) => {
    const items = host.iterate("m", []);
    items.next().catch(() => {});
    peer.send('["r",1,{"$":"iterator","v":9}]');
  };
  const cases: Record<
    string,
    [(host: Channel, peer: RawPeer) => void, ...string[]]
  > = {
    "a second reply": [callHost, '["r",1,1]', '["r",1,1]'],
    "a reply after an error": [callHost, '["e",1,1]', '["r",1,1]'],
    "a reply without a value": [callHost, '["r",1]'],
    "an item for a call": [callHost, '["y",1,1]'],
    "calling a signal": [callHost, '["f",1,2,[]]'],
    "iterating over a function": [callHost, '["o",1,1,16]'],
    "dropping it twice": [callHost, '["d",1,2]'],
    "an unasked segment": [callHost, '["r",1,{"$":"Uint8Array","v":0}]'],
    "credit of nothing": [iterate, '["o",1,1,0]'],
  };
  for (const [name, [before, ...messages]] of Object.entries(cases)) {
    assertEquals(
      judge(messages, before)?.code,
      "PLUGIN_PROTOCOL_BROKEN",
      name,
    );
  }
});

Deno.test("Channel rejects the very call whose reply breaks the protocol", async () => {
  const replies = ['["r",1,{"$":"nothing"}]', '["e",1,{"$":"nothing"}]'];
  for (const reply of replies) {
    using peer = new RawPeer(OPTIONS);
    const call = peer.host.call("m", []);
    peer.send(reply);
    const error = await assertRejects(() => call, PluginError);
    assertEquals(error.code, "PLUGIN_PROTOCOL_BROKEN");
  }
});

Deno.test("Channel closes when an iteration has more items than were asked for", async () => {
  using peer = new RawPeer(OPTIONS);
  const items = peer.host.iterate("m", []);
  const first = items.next();
  await Promise.resolve();
  peer.send('["r",1,{"$":"iterator","v":9}]');
  while (peer.sent.length < 3) await new Promise((done) => setTimeout(done));
  assertEquals(peer.sent.at(-1), ["o", 2, 9, 16]);
  for (let index = 0; index < 16; index++) peer.send(`["y",2,${index}]`);
  assertEquals(await first, { done: false, value: 0 });
  assertEquals(peer.violation, undefined);
  peer.send('["y",2,16]');
  assert(peer.violation?.message.includes("asked for"));
  // What came before is not lost.
  for (let index = 1; index < 16; index++) {
    assertEquals(await items.next(), { done: false, value: index });
  }
  await assertRejects(() => items.next(), PluginError);
});

Deno.test("Channel closes when a consumer asks for too many items", async () => {
  let made = 0;
  using peer = new RawPeer({
    ...OPTIONS,
    async *serve() {
      for (;;) yield ++made;
    },
  });
  peer.send(call(1));
  await new Promise((done) => setTimeout(done));
  peer.send('["o",2,1,1000]');
  peer.send('["+",2,1000]');
  assertEquals(peer.violation?.code, "PLUGIN_PROTOCOL_BROKEN");
  await new Promise((done) => setTimeout(done));
  assert(made <= 1_000, `${made}`);
});

Deno.test("Channel asks for a greeting first, of its own version", () => {
  const cases = [
    '["h",2,null,null]',
    '["h"]',
    call(1),
    '["h",1,1,null]',
    '["h",1,{"calls":0},null]',
    '["h",1,{"calls":"many"},null]',
  ];
  for (const greeting of cases) {
    assertEquals(
      judge([], undefined, greeting)?.code,
      "PLUGIN_PROTOCOL_BROKEN",
      greeting,
    );
  }
});

Deno.test("Channel takes messages that cross each other", () => {
  const cases: readonly (readonly string[])[] = [
    // A reply of the host has crossed the abort.
    [call(1, '["now"]'), '["a",1,null]', '["l",1]', '["+",1,1]'],
    [call(1, `[${fn(1)}]`), call(2, `[${fn(1)}]`)],
    [call(1, '[{"$":"signal","v":1}]'), '["s",1,null]', '["s",1,null]'],
    ['["n","log",[]]', '["g",7]'],
    [call(1, '[{"$":"signal","v":1}]'), '["g",1]', '["g",1]', '["s",1,null]'],
  ];
  for (const messages of cases) assertEquals(judge(messages), undefined);
});

Deno.test("Channel throws nothing into its reader, whatever its host does", () => {
  const fail = () => {
    throw new Error("a mistake of the host");
  };
  using peer = new RawPeer({ serve: fail, onNotice: fail, onText: fail });
  peer.send(call(1));
  peer.host.read(new TextEncoder().encode("printed"));
  assertEquals(peer.violation?.code, "PLUGIN_PROTOCOL_BROKEN");
  assert(peer.host.isClosed);
});

Deno.test("Channel lets a flood of messages wait, but not the replies that it asked for", async () => {
  let now = 0;
  const timers: (() => void)[] = [];
  let notices = 0;
  using peer = new RawPeer({
    limits: { messagesPerSecond: 1_000 },
    clock: {
      now: () => now,
      elapsed: () => now,
      after(_milliseconds, callback) {
        timers.push(callback);
        return () => {};
      },
    },
    onNotice: () => notices++,
  });
  const { host } = peer;
  const calls = Array.from({ length: 5_000 }, () => host.call("m", []));
  for (let id = 1; id <= 5_000; id++) {
    if (id % 1_000 === 0) await Promise.resolve();
    if (host.load.calling > 0) peer.send(`["r",${id},1]`);
  }
  assertEquals(host.ready(), undefined);
  assertEquals((await Promise.all(calls)).length, 5_000);
  const notice = peer.frame('["n","log",[]]');
  for (let count = 0; count < 1_500; count++) host.read(notice);
  let isReady = false;
  const ready = host.ready()?.then(() => isReady = true);
  assertEquals([notices, timers.length], [1_500, 1]);
  await Promise.resolve();
  assert(!isReady);
  now += 1_000;
  timers[0]?.();
  await ready;
  assertEquals(host.ready(), undefined);
  // Text counts as well.
  const text = new TextEncoder().encode("x".repeat(65_536));
  for (let count = 0; count < 100; count++) host.read(text);
  const waiting = host.ready();
  assert(waiting !== undefined);
  host.close(new Error("the end"));
  await waiting;
});

Deno.test("Channel lets messages wait that take much time to read, but not what the host does", () => {
  // Each look at the clock takes a millisecond: two for a chunk, four for a call.
  let now = 0;
  const clock = {
    now: () => now,
    elapsed: () => now++,
    after: () => () => {},
  };
  const limits = { messagesPerSecond: 1_000 };
  using cheap = new RawPeer({ limits, clock, serve: () => now += 10_000 });
  cheap.send(call(1));
  assertEquals(cheap.host.ready(), undefined);
  using expensive = new RawPeer({ limits, clock });
  const notice = expensive.frame(`["n","log",[1]]`);
  let reads = 0;
  while (expensive.host.ready() === undefined && reads < 10_000) {
    expensive.host.read(notice);
    reads++;
  }
  assert(reads > 100 && reads < 2_000, `${reads}`);
  assertEquals(expensive.violation, undefined);
});

Deno.test("Channel keeps no more than its limits for a process that does not read", async () => {
  const payload = new Uint8Array(60_000);
  using peer = new RawPeer({
    ...OPTIONS,
    send: () => new Promise(() => {}),
    serve: () => payload,
  });
  const { host } = peer;
  const thrown = new Set<string>();
  for (let id = 1; id <= 2_000; id++) {
    peer.send(call(id));
    try {
      host.notify("m", [payload]);
    } catch (error) {
      assert(error instanceof PluginError);
      thrown.add(error.code);
    }
  }
  assertEquals([...thrown], ["PLUGIN_LIMIT_EXCEEDED"]);
  await assertRejects(() =>
    Promise.race([host.call("m", [payload]), Promise.reject(new Error())])
  );
  // What nobody waits for is small, but comes without end.
  for (let id = 2_001; !host.isClosed && id < 100_000; id++) {
    peer.send(call(id));
  }
  assert(peer.violation?.message.includes("does not read"));
});
