/** The plugin's end of `capnweb.ts`. */

import { RpcSession, RpcTarget } from "capnweb";
import { Messages, writeMessage } from "./messages.ts";

class Echo extends RpcTarget {
  echo(text: string): string {
    return text;
  }
}

const messages = new Messages();
new RpcSession({
  send(message) {
    const bytes = writeMessage(message);
    for (let at = 0; at < bytes.length;) {
      at += Deno.stdout.writeSync(bytes.subarray(at));
    }
    return Promise.resolve();
  },
  receive: () => messages.next(),
}, new Echo());

const buffer = new Uint8Array(65_536);
for (
  let length = await Deno.stdin.read(buffer);
  length !== null;
  length = await Deno.stdin.read(buffer)
) messages.read(buffer.subarray(0, length));
Deno.exit(0);
