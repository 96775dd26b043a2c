/** The plugin's end of a channel, over standard input and output. */

import { Channel } from "../../src/runners/subprocess/channel.ts";
import { readRequest } from "./child.ts";

const { mark } = readRequest<{ mark: string }>();

async function* count(items: number): AsyncGenerator<number> {
  for (let item = 0; item < items; item++) yield item;
}

const channel = new Channel({
  mark: Uint8Array.fromHex(mark),
  trusts: true,
  send(bytes) {
    let at = 0;
    while (at < bytes.length) at += Deno.stdout.writeSync(bytes.subarray(at));
  },
  serve(method, args) {
    if (method === "count") return count(Number(args[0]));
    if (method === "echo") return Promise.resolve(args[0]);
    return args.length;
  },
});

const buffer = new Uint8Array(65_536);
for (;;) {
  const length = channel.isInsideFrame
    ? Deno.stdin.readSync(buffer)
    : await Deno.stdin.read(buffer);
  if (length === null) break;
  channel.read(buffer.subarray(0, length));
}
