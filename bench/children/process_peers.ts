/** Starts plugins in processes of their own, and what others start, and calls them. */

import { alternate, type Rounds, timed } from "../measure/alternate.ts";
import { isPeerModule, type Peer } from "../peers/peer.ts";
import { answer, readRequest } from "./child.ts";
import { createProcessHost, getEcho } from "./process_host.ts";

interface Request extends Rounds {
  /** A directory of plugins. */
  readonly directory: string;
  /** The calls of a round. */
  readonly calls: number;
  /** The names of the peers, and their modules. */
  readonly peers: Readonly<Record<string, string>>;
}

type Start = () => Promise<Peer>;

const { directory, calls, peers, ...rounds } = readRequest<Request>();
const TEXT = "x".repeat(1_024);
const OURS = "ours";

/** Starts ours in a host that lives. */
async function prepareOurs(): Promise<Start> {
  const host = createProcessHost(directory);
  await host.load();
  await host.disable("process-0");
  return async () => {
    await host.enable("process-0");
    const plugin = getEcho(host);
    return {
      echo: async (text) => String(await plugin.echo(text)),
      end: async () => {
        await host.disable("process-0");
      },
    };
  };
}

async function preparePeer(path: string): Promise<Start> {
  // Computed: whoever cannot install one peer still measures the others.
  const module: unknown = await import(new URL(path, import.meta.url).href);
  if (!isPeerModule(module)) throw new TypeError(`${path} is no peer`);
  const start = await module.prepare();
  const first = await start();
  await first.echo(TEXT);
  await first.end();
  return start;
}

const starts = new Map<string, Start>([[OURS, await prepareOurs()]]);
const missing: Record<string, string> = {};
for (const [name, path] of Object.entries(peers)) {
  try {
    starts.set(name, await preparePeer(path));
  } catch (thrown) {
    const [line = ""] = String(thrown).split("\n");
    missing[name] = line;
  }
}

async function check(peer: Peer): Promise<void> {
  const text = await peer.echo(TEXT);
  if (text !== TEXT) throw new Error("A peer returned another text");
}

async function startPeer(start: Start): Promise<number> {
  let peer: Peer | undefined;
  const time = await timed(async () => {
    peer = await start();
    await check(peer);
  });
  await peer?.end();
  return time;
}

async function callPeer(peer: Peer): Promise<number> {
  const time = await timed(async () => {
    for (let call = 0; call < calls; call++) await peer.echo(TEXT);
  });
  return time / calls;
}

const start = await alternate(
  Object.fromEntries(
    [...starts].map(([name, each]) => [name, () => startPeer(each)]),
  ),
  rounds,
);
const live = await Promise.all(
  [...starts].map(async ([name, each]) => [name, await each()] as const),
);
const call = await alternate(
  Object.fromEntries(live.map(([name, peer]) => [name, () => callPeer(peer)])),
  { ...rounds, warmUp: 5 },
);
for (const [, peer] of live) await peer.end();

answer({ start, call, missing });
Deno.exit(0);
