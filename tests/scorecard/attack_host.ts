/** The host that is attacked, in a process of its own. Writes each verdict to a file. */

import { contract, PluginHost } from "@semantik/plugins";
import { subprocess } from "@semantik/plugins/subprocess";
import { collectAudit } from "@semantik/plugins/testing";
import { ATTACKS, type Tier, type Verdict } from "./attacks.ts";
import { inBubblewrap } from "./in_bubblewrap.ts";

/** What the host is to do, as JSON in its first argument. */
export interface Job {
  readonly tier: Tier;
  /** The attacks, in their order. */
  readonly names: readonly string[];
  readonly folder: string;
  /** The port of a proxy, by which an import from a server would be seen. */
  readonly proxyPort: number;
  /** How it ends after the attacks. */
  readonly end: "dispose" | "wait";
}

/** One line of the file of verdicts. */
export interface Finding {
  readonly name: string;
  readonly verdict: Verdict;
  readonly why: string;
}

interface Attacker {
  attack(target: unknown): Promise<unknown>;
}

interface Neighbour {
  echo(value: unknown): Promise<unknown>;
}

const job: Job = JSON.parse(Deno.args[0] ?? "");
const { tier, folder } = job;
const outside = `${folder}/outside`;
const cwd = Deno.cwd();

// A plugin in the same process may replace them.
const { stringify, parse } = JSON;
const { writeTextFileSync } = Deno;
const { get } = Map.prototype;
const { writeSync } = Deno.stdout;
const { querySync } = Deno.permissions;
const query = querySync.bind(Deno.permissions);

function report(finding: Finding): void {
  writeTextFileSync(`${folder}/findings`, `${stringify(finding)}\n`, {
    append: true,
  });
}

let connections = 0;
const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
(async () => {
  for await (const connection of server) {
    connections++;
    connection.close();
  }
})().catch(() => {});

const proxy = `http://127.0.0.1:${job.proxyPort}`;
const proxies = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };

/** The time of a call that only a limit ends, and of any other, in milliseconds. */
const SHORT = 1_000;
const LONG = 15_000;

const endless = new Set(
  ATTACKS.filter(({ isEndless }) => isEndless).map(({ name }) => name),
);

function runnerFor(call: number) {
  return subprocess({
    mode: tier === "live" ? "live" : "flags",
    sockets: `${folder}/sockets`,
    limits: { memory: 192, heap: 64, call },
    wrap: (command, plugin) => {
      const changed = { ...command, env: { ...command.env, ...proxies } };
      return tier === "bubblewrap" ? inBubblewrap(changed, plugin) : changed;
    },
  });
}

const short = runnerFor(SHORT);
const long = runnerFor(LONG);

const audit = collectAudit();
let lines = 0;
const host = new PluginHost({
  name: "scorecard",
  version: "1.0.0",
  sources: ["neighbour", ...job.names].map((name) =>
    `${folder}/sources/${name}`
  ),
  contracts: {
    attack: contract<Attacker>("attack"),
    neighbour: contract<Neighbour>("echo"),
  },
  runner: ({ id }) => {
    if (tier === "in process") return undefined;
    return endless.has(id) ? short : long;
  },
  dataDirectory: `${folder}/data`,
  timeouts: {
    load: LONG,
    dispose: 1_000,
    plugins: { top_level: { load: SHORT } },
  },
  switches: false,
  log: () => {
    lines++;
  },
  audit,
});

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

let lastBeat = performance.now();
let longestPause = 0;
setInterval(() => {
  const now = performance.now();
  longestPause = Math.max(longestPause, now - lastBeat);
  lastBeat = now;
}, 50);

async function isNeighbourWell(): Promise<boolean> {
  const neighbour = host.get("neighbour", "neighbour");
  const called = (async () => await neighbour?.echo(7) === 7)();
  return await Promise.race([called, sleep(LONG).then(() => false)])
    .catch(() => false);
}

/** Describes what an attack did to the host or to others. */
async function damage(memory: number): Promise<string | undefined> {
  if (
    JSON.stringify !== stringify || JSON.parse !== parse ||
    Map.prototype.get !== get || Deno.stdout.writeSync !== writeSync ||
    "polluted" in {} || "polluted" in globalThis
  ) return "a built-in was replaced";
  if (query({ name: "read" }).state !== "granted") return "permission lost";
  if (Deno.cwd() !== cwd) return "the working directory changed";
  if (connections > 0) return "it connected";
  if (exists(`${outside}/spoiled`)) return "it wrote a file";
  if (audit.events.length > 5_000) return `${audit.events.length} events`;
  if (lines > 120_000) return `${lines} lines in the log`;
  if (Deno.memoryUsage().rss - memory > 400_000_000) return "memory grew";
  const forged = audit.events.some(({ action, plugin_id }) =>
    plugin_id === "neighbour" && /^plugin\.(?:en|dis)abled/.test(action)
  );
  if (forged) return "an event was forged";
  const largest = Math.max(...audit.events.map((one) => stringify(one).length));
  if (largest > 100_000) return `an event of ${largest} characters`;
  if (!await isNeighbourWell()) return "the other plugin fails";
  return undefined;
}

/** True if an attack says that it reached its end, or shows the secret. */
function isReached(result: unknown): boolean {
  if (result === true) return true;
  const merged = Object.assign({}, result);
  if ("polluted" in merged || "polluted" in {}) return true;
  return typeof result === "string" && result.includes("TOPSECRET");
}

async function attack(
  name: string,
  faults: ReadonlyMap<string, string | undefined>,
): Promise<Finding> {
  const { port } = server.addr;
  const target = {
    outside,
    secretFile: `${outside}/secret.txt`,
    otherData: `${folder}/data/neighbour`,
    dataDir: `${folder}/data/${name}`,
    heartbeat: `${folder}/heartbeats/${name}`,
    port,
    cwd,
    deno: Deno.execPath(),
    hostPid: Deno.pid,
  };
  const memory = Deno.memoryUsage().rss;
  lines = 0;
  connections = 0;
  longestPause = 0;
  let result: unknown;
  let why = "";
  if (host.get(name, "attack") === undefined) {
    why = faults.get(name) ?? "not loaded";
  } else {
    try {
      const called = host.use(
        name,
        "attack",
        (attacker) => attacker.attack(target),
      );
      result = await Promise.race([
        called,
        sleep(endless.has(name) ? 2 * SHORT : LONG),
      ]);
    } catch (thrown) {
      why = String(thrown);
    }
  }
  // What it left behind happens now.
  await sleep(60);
  if (isReached(result)) return { name, verdict: "leaks", why: "reached" };
  const done = await damage(memory);
  if (done !== undefined) return { name, verdict: "leaks", why: done };
  if (longestPause > LONG) return { name, verdict: "host hangs", why: "" };
  return { name, verdict: "contained", why };
}

const { refused, failed } = await host.load();
const faults = new Map(
  [...refused, ...failed].map(({ id, problems }) =>
    [id ?? "", problems[0]?.message] as const
  ),
);
// From now on, silence means that the host hangs.
report({ name: "", verdict: "-", why: "" });
for (const name of job.names) report(await attack(name, faults));
if (job.end === "wait") {
  Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
  await sleep(20_000);
}
await host[Symbol.asyncDispose]().catch(() => {});
Deno.exit();
