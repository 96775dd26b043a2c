/** Has plugins check their permissions in live mode, and a bare process. */

import process from "node:process";
import { contract, PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { subprocess } from "@semantik/plugins/subprocess";
import { alternate, type Rounds, timed } from "../measure/alternate.ts";
import { BareProcess } from "./bare_process.ts";
import { answer, readRequest } from "./child.ts";

interface Request extends Rounds {
  /** A directory with `plugins/` and `data/file`. */
  readonly directory: string;
  readonly count: number;
  readonly checks: number;
  readonly denied: number;
}

interface LivePlugin {
  echo(value: unknown): Promise<unknown>;
  env(checks: number): Promise<number>;
  path(checks: number, path: string): Promise<number>;
  denied(checks: number): Promise<number>;
}

const { directory, count, checks, denied, ...rounds } = readRequest<Request>();
const sockets = `${directory}/sockets`;
const file = `${directory}/data/file`;
const contracts = {
  live: contract<LivePlugin>("echo", "env", "path", "denied"),
};

function createHost(prewarm: number) {
  return new PluginHost({
    name: "bench",
    version: "1.0.0",
    sources: [`${directory}/plugins`],
    contracts,
    runner: subprocess({
      mode: "live",
      sockets,
      prewarm,
      limits: { checks: 1_000_000 },
    }),
    audit: createAuditLogger({ handlers: [] }),
  });
}

type Host = ReturnType<typeof createHost>;

function pluginOf(host: Host, index = 0): LivePlugin {
  const plugin = host.get(`live-${index}`, "live");
  if (plugin === undefined) throw new Error(`live-${index} is not live`);
  return plugin;
}

/** Allows everything to a process that only checks. */
class BareBroker {
  readonly #process: Deno.ChildProcess;
  readonly #replies: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(child: Deno.ChildProcess) {
    this.#process = child;
    this.#replies = child.stdout.getReader();
    this.#writer = child.stdin.getWriter();
  }

  static async start(): Promise<BareBroker> {
    const path = `${sockets}/bare.sock`;
    const listener = Deno.listen({ transport: "unix", path });
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--no-config",
        new URL("bare_checks.ts", import.meta.url).href,
        file,
      ],
      env: { DENO_PERMISSION_BROKER_PATH: path },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    BareBroker.#serve(await listener.accept());
    listener.close();
    return new BareBroker(child);
  }

  static async #serve(connection: Deno.UnixConn): Promise<void> {
    const buffer = new Uint8Array(4_096);
    const decoder = new TextDecoder();
    const encoder = new TextEncoder();
    for (;;) {
      const length = await connection.read(buffer).catch(() => null);
      if (length === null) break;
      const { id } = JSON.parse(decoder.decode(buffer.subarray(0, length)));
      const reply = JSON.stringify({ id, result: "allow" });
      await connection.write(encoder.encode(`${reply}\n`));
    }
    connection.close();
  }

  /** Returns the time of one check. */
  async check(kind: "env" | "path"): Promise<number> {
    const request = `${JSON.stringify({ kind, checks })}\n`;
    await this.#writer.write(new TextEncoder().encode(request));
    const { value } = await this.#replies.read();
    return Number(new TextDecoder().decode(value));
  }

  async end(): Promise<void> {
    await this.#writer.close();
    await this.#replies.cancel();
    await this.#process.status;
  }
}

const host = createHost(0);
await host.load();
const prewarmed = createHost(2);
await prewarmed.load();
const bare = await BareBroker.start();

async function start(host: Host): Promise<number> {
  await host.disable("live-0");
  // The next process that is kept ready is started meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 150));
  return await timed(async () => {
    await host.enable("live-0");
    await pluginOf(host).echo(1);
  });
}

async function startBare(): Promise<number> {
  const one = new BareProcess();
  const time = await timed(() => one.send(1, 1));
  await one.end();
  return time;
}

async function checkTogether(): Promise<number> {
  const times = await Promise.all(
    Array.from(
      { length: count },
      (_, index) => pluginOf(host, index).path(checks, file),
    ),
  );
  return Math.max(...times);
}

const checked = await alternate({
  env: () => pluginOf(host).env(checks),
  bareEnv: () => bare.check("env"),
  path: () => pluginOf(host).path(checks, file),
  barePath: () => bare.check("path"),
  together: checkTogether,
}, rounds);

const hostTimes: number[] = [];
const childTimes: number[] = [];
for (let round = -1; round < Math.ceil(rounds.rounds / 3); round++) {
  const before = process.cpuUsage();
  const child = await pluginOf(host).denied(denied);
  const { user, system } = process.cpuUsage(before);
  if (round < 0) continue;
  hostTimes.push((user + system) / 1_000);
  childTimes.push(child);
}

const started = await alternate({
  start: () => start(host),
  prewarmed: () => start(prewarmed),
  bareStart: startBare,
}, rounds);

await bare.end();
await host[Symbol.asyncDispose]();
await prewarmed[Symbol.asyncDispose]();
answer({ ...checked, ...started, host: hostTimes, child: childTimes });
