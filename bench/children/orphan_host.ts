/** Starts an idle and a busy process, prints their ids, and waits to be killed. */

import { answer, readRequest } from "./child.ts";
import { BareProcess } from "./bare_process.ts";
import { createProcessHost, getEcho } from "./process_host.ts";

const { directory } = readRequest<{ directory?: string }>();

async function startPlugins(directory: string): Promise<void> {
  const host = createProcessHost(directory);
  await host.load();
  const [idle, busy] = [getEcho(host, 0), getEcho(host, 1)];
  answer([await idle.pid(), await busy.pid()]);
  await busy.enter("loop");
}

/** Starts the busy one so that it is killed with this process. */
async function startBare(): Promise<void> {
  const idle = new BareProcess();
  await idle.send(1, 1);
  const script = new URL("./bare_state.ts", import.meta.url).href;
  const busy = new Deno.Command("setpriv", {
    args: [
      "--pdeathsig",
      "KILL",
      "--",
      Deno.execPath(),
      "run",
      "--quiet",
      "--no-config",
      script,
      JSON.stringify({ state: "loop" }),
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await busy.stdout.getReader().read();
  answer([idle.process.pid, busy.pid]);
  await busy.status;
}

await (directory === undefined ? startBare() : startPlugins(directory));
