/** Measures how soon five hosts follow what one of them decides, at one engine. */

import { openStore, prepare } from "../../tests/stores/clients.ts";
import { type EngineName, startEngine } from "../../tests/stores/engines.ts";
import { lines } from "../../tests/stores/lines.ts";
import { TcpProxy } from "../../tests/stores/tcp_proxy.ts";
import { answer, readRequest } from "./child.ts";

interface Request {
  readonly engine: EngineName;
  readonly switches: number;
  readonly interruptions: number;
  /** The changes of each process that contend with those of the others. */
  readonly updates: number;
}

const HOSTS = 5;
const { engine: name, switches, interruptions, updates } = readRequest<
  Request
>();

/** A process with a host and a bare watcher. */
class Member {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  /** Those who wait for a line, in order. */
  #waiting: (readonly [line: string, wake: () => void])[] = [];
  /** The lines that nobody waited for. */
  readonly #said: string[] = [];

  constructor(port: number) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--no-check",
        "--allow-net=127.0.0.1",
        "--allow-read",
        "--ignore-env",
        new URL("./fleet_host.ts", import.meta.url).href,
        JSON.stringify({ engine: name, port }),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#listen();
  }

  async #listen(): Promise<void> {
    for await (const line of lines(this.#child.stdout)) {
      const next = this.#waiting.find(([wanted]) => wanted === line);
      this.#waiting = this.#waiting.filter((one) => one !== next);
      if (next === undefined) this.#said.push(line);
      else next[1]();
    }
  }

  /** Waits until it says something that nobody waited for yet. */
  async hears(line: string): Promise<void> {
    const place = this.#said.indexOf(line);
    if (place >= 0) this.#said.splice(place, 1);
    else {
      await new Promise<void>((resolve) => this.#waiting.push([line, resolve]));
    }
  }

  /** Gives it a command, and waits until it is done. */
  async do(command: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${command}\n`));
    await this.hears("done");
  }

  async end(): Promise<void> {
    await this.#input.close();
    await this.#child.status;
  }
}

async function timeOf(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

const started = await startEngine(name);
if ("missing" in started) {
  answer({ missing: started.missing });
  Deno.exit(0);
}
const engine = started;
await prepare(name, engine.port);
const proxy = new TcpProxy(engine.port);
const members = Array.from({ length: HOSTS }, () => new Member(proxy.port));
await Promise.all(members.map((one) => one.hears("ready")));
const [first] = members;
if (first === undefined) throw new Error("There are no hosts");
const all = (line: string) =>
  Promise.all(members.map((one) => one.hears(line)));

type Times = readonly [ours: number, theirs: number];

function ours(to: "gone" | "live"): Promise<number> {
  const command = to === "gone" ? "disable" : "enable";
  return timeOf(() => Promise.all([first?.do(command), all(`host ${to}`)]));
}

function theirs(to: "gone" | "live"): Promise<number> {
  return timeOf(() =>
    Promise.all([first?.do(`bare ${to}`), all(`bare ${to}`)])
  );
}

async function inTurns(to: "gone" | "live"): Promise<Times> {
  return [await ours(to), await theirs(to)];
}

await all("bare live");
const series: Record<string, number[]> = {
  kill: [],
  "kill-bare": [],
  restart: [],
  "restart-bare": [],
  cut: [],
  "cut-bare": [],
};
function keep(key: string, [ours, theirs]: Times): void {
  series[key]?.push(ours);
  series[`${key}-bare`]?.push(theirs);
}

await inTurns("gone");
await inTurns("live");
for (let round = 0; round < switches; round++) {
  keep("kill", await inTurns("gone"));
  await inTurns("live");
}
for (let round = 0; round < interruptions; round++) {
  for (const to of ["gone", "live"] as const) {
    proxy.cut();
    // Both have to connect again.
    keep("cut", await Promise.all([ours(to), theirs(to)]));
  }
  for (const to of ["gone", "live"] as const) {
    await engine.stop();
    await engine.start();
    keep("restart", await Promise.all([ours(to), theirs(to)]));
  }
}

const contended = await timeOf(() =>
  Promise.all(members.map((one) => one.do(`count ${updates}`)))
);
const alone = await timeOf(() => first.do(`count ${HOSTS * updates}`));
const reader = await openStore(name, engine.port, "contended");
const read = await reader.store.read();
const count = read.ok && read.snapshot.plugins.get("counter")?.config?.count;
const total = 2 * HOSTS * updates;
if (count !== total) throw new Error(`Of ${total} changes, ${count} are there`);
await reader[Symbol.asyncDispose]();
await Promise.all(members.map((one) => one.end()));
await proxy[Symbol.asyncDispose]();
await engine[Symbol.asyncDispose]();

answer({
  ...series,
  contended: [contended / (HOSTS * updates)],
  "contended-bare": [alone / (HOSTS * updates)],
});
Deno.exit(0);
