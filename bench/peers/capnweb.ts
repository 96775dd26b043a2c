/** capnweb over standard input and output, the pipe that ours uses. */

import { RpcSession } from "capnweb";
import { startScript } from "../children/bare_process.ts";
import { fromFileUrl } from "../from_file_url.ts";
import { Messages, writeMessage } from "./messages.ts";
import type { Peer } from "./peer.ts";

const CONFIG = `--config=${
  fromFileUrl(new URL("../deno.json", import.meta.url))
}`;

interface Echo {
  echo(text: string): string;
}

function start(): Peer {
  const process = startScript("../peers/capnweb_plugin.ts", {}, CONFIG);
  const writer = process.stdin.getWriter();
  const messages = new Messages();
  const reading = (async () => {
    for await (const bytes of process.stdout) messages.read(bytes);
    messages.end();
  })();
  const session = new RpcSession<Echo>({
    send: (message) => writer.write(writeMessage(message)),
    receive: () => messages.next(),
  });
  const plugin = session.getRemoteMain();
  return {
    echo: async (text) => await plugin.echo(text),
    async end() {
      await writer.close();
      await reading;
      await process.status;
    },
  };
}

export function prepare(): Promise<() => Promise<Peer>> {
  return Promise.resolve(() => Promise.resolve(start()));
}
