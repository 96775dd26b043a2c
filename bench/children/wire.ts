/** Calls a process over a channel, and one that only moves as many bytes. */

import { Channel } from "../../src/runners/subprocess/channel.ts";
import { createMark } from "../../src/runners/subprocess/frames.ts";
import { alternate, type Rounds, timed } from "../measure/alternate.ts";
import { BareProcess, startScript } from "./bare_process.ts";
import { answer, readRequest } from "./child.ts";

interface Request extends Rounds {
  /** The calls of a round that are made one after another. */
  readonly calls: number;
  /** The calls and items of a round that are under way together. */
  readonly many: number;
}

const { calls, many, ...rounds } = readRequest<Request>();
const mark = createMark();
const child = startScript("./wire_plugin.ts", { mark: mark.toHex() });
const writer = child.stdin.getWriter();
const channel = new Channel({ mark, send: (bytes) => writer.write(bytes) });

async function read(): Promise<void> {
  const reader = child.stdout.getReader({ mode: "byob" });
  let block = new Uint8Array(65_536);
  for (;;) {
    const { value, done } = await reader.read(block);
    if (done) break;
    channel.read(value);
    const ready = channel.ready();
    if (ready !== undefined) await ready;
    block = new Uint8Array(value.buffer);
  }
}

async function perCall(call: () => Promise<unknown>): Promise<number> {
  const time = await timed(async () => {
    for (let count = 0; count < calls; count++) await call();
  });
  return time / calls;
}

const reading = read();
const bare = new BareProcess();
const text = "x".repeat(1_000);
const arrays = Array.from({ length: 32 }, () => new Float32Array(1_024));
const array = new Float32Array(262_144);
// A short call and its reply, with the mark and the lengths of a frame.
const SHORT_BYTES = 45;

async function readItems(): Promise<void> {
  for await (const _ of channel.iterate("count", [many]));
}

answer(
  await alternate({
    text: () => perCall(() => channel.call("echo", [text])),
    bareText: () => perCall(() => bare.send(1_024, 1_024)),
    arrays: () => perCall(() => channel.call("size", [arrays])),
    bareArrays: () => perCall(() => bare.send(131_072, 1)),
    array: () => perCall(() => channel.call("size", [array])),
    bareArray: () => perCall(() => bare.send(1_048_576, 1)),
    many: async () =>
      await timed(() =>
        Promise.all(
          Array.from({ length: many }, (_, index) =>
            channel.call("echo", [index])),
        )
      ) / many,
    bareMany: async () =>
      await timed(() => bare.send(SHORT_BYTES, SHORT_BYTES, many)) / many,
    items: async () => await timed(readItems) / many,
    calls: () => perCall(() => channel.call("echo", [1])),
  }, rounds),
);

await bare.end();
await writer.close();
await reading;
await child.status;
