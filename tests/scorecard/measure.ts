/** Runs the attacks against hosts in processes of their own. */

import { makeSymlink } from "../make_symlink.ts";
import { spawnProgram } from "../run_deno.ts";
import type { Finding, Job } from "./attack_host.ts";
import {
  type Attack,
  ATTACKS,
  OUTLIVING_ATTACKS,
  type Tier,
  type Verdict,
} from "./attacks.ts";

const PROGRAM = new URL("attack_host.ts", import.meta.url);
const LAUNCHER = new URL("with_open_pipe.ts", import.meta.url);
const SECRET = "TOPSECRET";
/** The time without a finding after which a host hangs, in milliseconds. */
const STUCK_AFTER = 20_000;
/** The same for an attack in process, which no limit of a call ends. */
const STUCK_IN_PROCESS_AFTER = 10_000;

const NEIGHBOUR = `export default { setup() {
  try { localStorage.setItem("secret", "${SECRET}"); } catch { /* read-only */ }
  return { echo: async (value) => value };
} };`;

const WRAPPER = `import * as attack from "./attack.js";
export default attack.plugin ?? {
  setup: (context) => ({
    attack: async (target) => await attack.default(target, context),
  }),
};`;

const NEEDS_NEIGHBOUR = [{ id: "neighbour", version: "*" }];

async function writePlugin(
  folder: string,
  { name, permissions = {}, files = {} }: Pick<
    Attack,
    "name" | "permissions" | "files"
  >,
  modules: Readonly<Record<string, string>>,
): Promise<void> {
  const directory = `${folder}/sources/${name}/${name}`;
  await Deno.mkdir(directory, { recursive: true });
  const manifest = JSON.stringify({
    id: name,
    version: "1.0.0",
    type: name === "neighbour" ? "neighbour" : "attack",
    entry: "./mod.js",
    permissions,
    requires: name === "other_object" ? NEEDS_NEIGHBOUR : [],
  })
    .replaceAll("$HEARTBEAT", `${folder}/heartbeats`)
    .replaceAll("$DENO", Deno.execPath());
  const all = { ...files, ...modules, "plugin.json": manifest };
  for (const [file, text] of Object.entries(all)) {
    await Deno.writeTextFile(`${directory}/${file}`, text, { mode: 0o755 });
  }
}

async function prepare(folder: string): Promise<void> {
  for (const path of ["outside", "heartbeats", "data/neighbour", "cache"]) {
    await Deno.mkdir(`${folder}/${path}`, { recursive: true });
  }
  await Deno.writeTextFile(`${folder}/outside/secret.txt`, SECRET);
  await Deno.writeTextFile(`${folder}/data/neighbour/secret.txt`, SECRET);
  await writePlugin(folder, { name: "neighbour" }, { "mod.js": NEIGHBOUR });
  for (const attack of [...ATTACKS, ...OUTLIVING_ATTACKS]) {
    const url = new URL(`attacks/${attack.name}.js`, import.meta.url);
    await writePlugin(folder, attack, {
      "attack.js": attack.files?.["attack.js"] ?? await Deno.readTextFile(url),
      "mod.js": WRAPPER,
    });
  }
  await makeSymlink(`${folder}/outside`, `${folder}/sources/link/link/link`);
}

function flagsFor(tier: Tier, folder: string): readonly string[] {
  const deno = Deno.execPath();
  const sockets = [{ name: "neighbour" }, ...ATTACKS, ...OUTLIVING_ATTACKS]
    .map(({ name }) => `,unix:${folder}/sockets/${name}.sock`).join("");
  return [
    "--v8-flags=--max-old-space-size=64",
    "--allow-read",
    `--allow-write=${folder}`,
    "--allow-env",
    `--allow-net=127.0.0.1,localhost${tier === "live" ? sockets : ""}`,
    // In one process, a plugin can do what any other one needs.
    ...tier === "in process"
      ? [`--allow-run=${deno},true`, "--allow-sys", "--allow-ffi"]
      : [`--allow-run=${deno},prlimit,bwrap`],
  ];
}

interface HostRun {
  readonly findings: readonly Finding[];
  readonly isLate: boolean;
  readonly code: number;
  readonly output: string;
  /** The connections to the proxy. */
  readonly proxied: number;
}

async function readReport(folder: string): Promise<string> {
  return await Deno.readTextFile(`${folder}/findings`).catch(() => "");
}

async function readFindings(folder: string): Promise<readonly Finding[]> {
  const text = await readReport(folder);
  return text.split("\n").filter((line) => line !== "")
    .map((line): Finding => JSON.parse(line))
    .filter(({ name }) => name !== "");
}

function endProcess(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}

/** Counts the connections to a server, which answers none. */
function countConnections() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let count = 0;
  const done = (async () => {
    for await (const connection of listener) {
      count++;
      connection.close();
    }
  })();
  return {
    port: listener.addr.port,
    count: () => count,
    async [Symbol.asyncDispose]() {
      listener.close();
      await done;
    },
  };
}

function spawnHost(folder: string, job: Job): Deno.ChildProcess {
  const proxy = `http://127.0.0.1:${job.proxyPort}`;
  const env = {
    TOP_SECRET: SECRET,
    DENO_NO_UPDATE_CHECK: "1",
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
  };
  const flags = flagsFor(job.tier, folder);
  const args = [JSON.stringify(job)];
  if (!job.names.includes("inherited")) {
    return spawnProgram(PROGRAM, { flags, args, env, stdin: SECRET });
  }
  const command = [Deno.execPath(), "run", "--no-prompt", ...flags];
  return spawnProgram(LAUNCHER, {
    flags: ["--allow-all"],
    args: [SECRET, ...command, PROGRAM.href, ...args],
    env,
  });
}

async function runHost(
  folder: string,
  tier: Tier,
  names: readonly string[],
): Promise<HostRun> {
  await using proxy = countConnections();
  const process = spawnHost(folder, {
    tier,
    names,
    folder,
    proxyPort: proxy.port,
    end: "dispose",
  });
  let isLate = false;
  let seen = 0;
  let seenAt = performance.now();
  const watch = setInterval(async () => {
    const { length } = await readReport(folder);
    if (length !== seen) seenAt = performance.now();
    seen = length;
    const isSoon = tier === "in process" && length > 0;
    const limit = isSoon ? STUCK_IN_PROCESS_AFTER : STUCK_AFTER;
    if (performance.now() - seenAt < limit) return;
    isLate = true;
    endProcess(process);
  }, 500);
  const { code, stdout } = await process.output();
  clearInterval(watch);
  return {
    findings: await readFindings(folder),
    isLate,
    code,
    output: new TextDecoder().decode(stdout),
    proxied: proxy.count(),
  };
}

/** Judges by what only others see: the output, the exit code, the proxy. */
function judge(
  { name, verdict, why }: Finding,
  { output, proxied, code }: HostRun,
  isAlone: boolean,
): Finding {
  const leaks = (why: string): Finding => ({ name, verdict: "leaks", why });
  if (output.includes(`SPOOFED ${name}\n`)) return leaks("it printed");
  if (output.includes(`SPOOFED ${name} `)) return leaks("it printed");
  if (name === "remote_import" && proxied > 0) return leaks("it connected");
  if (isAlone && code !== 0) return leaks(`exit code ${code}`);
  return { name, verdict, why };
}

/** Runs attacks one after the other, with a new host after each that ends it. */
async function runAttacks(
  tier: Tier,
  names: readonly string[],
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  let rest = names;
  while (rest.length > 0) {
    const folder = await Deno.realPath(
      await Deno.makeTempDir({ prefix: "semantik_attack_" }),
    );
    try {
      await prepare(folder);
      const run = await runHost(folder, tier, rest);
      const isAlone = rest.length === 1;
      found.push(...run.findings.map((one) => judge(one, run, isAlone)));
      rest = rest.slice(run.findings.length);
      const [culprit] = rest;
      if (culprit === undefined) break;
      found.push({
        name: culprit,
        verdict: run.isLate ? "host hangs" : "host dies",
        why: `exit code ${run.code}`,
      });
      rest = rest.slice(1);
    } finally {
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    }
  }
  return found;
}

/** Lets a host end, and looks whether the plugin still writes into its file. */
async function runOutliving(tier: Tier, name: string): Promise<Finding> {
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik_attack_" }),
  );
  const isKilled = name !== "heartbeat_child";
  try {
    await prepare(folder);
    await using proxy = countConnections();
    const process = spawnHost(folder, {
      tier,
      names: [name],
      folder,
      proxyPort: proxy.port,
      end: isKilled ? "wait" : "dispose",
    });
    const beats = () =>
      Deno.readTextFile(`${folder}/heartbeats/${name}`).catch(() => "");
    const ended = process.output();
    let hasBegun = false;
    for (let tries = 0; tries < 400 && !hasBegun; tries++) {
      await sleep(50);
      hasBegun = await beats() !== "";
    }
    if (!hasBegun) {
      endProcess(process);
      const { stderr } = await ended;
      const why = new TextDecoder().decode(stderr);
      const [finding] = await readFindings(folder);
      return { name, verdict: "host dies", why: `${finding?.why} ${why}` };
    }
    if (isKilled) endProcess(process);
    await ended;
    // A beat that is being written looks empty.
    await sleep(500);
    const seen = new Set([await beats()]);
    await sleep(500);
    seen.add(await beats());
    const verdict = seen.size === 1 ? "contained" : "leaks";
    return { name, verdict, why: "" };
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The hosts at a time. */
const HOSTS = 3;

async function inParallel<T>(
  tasks: readonly (() => Promise<T>)[],
): Promise<readonly T[]> {
  const results: T[] = [];
  const waiting = tasks.entries();
  const worker = async () => {
    for (const [at, task] of waiting) results[at] = await task();
  };
  await Promise.all(Array.from({ length: HOSTS }, worker));
  return results;
}

/** Runs the attacks that can be tried in a tier. */
export async function measure(
  tier: Tier,
  only = (_name: string) => true,
): Promise<ReadonlyMap<string, Finding>> {
  const names = (attacks: readonly Attack[]) =>
    attacks.filter(({ expected }) => expected[tier] !== "-")
      .map(({ name }) => name).filter(only);
  const all = names(ATTACKS).filter((name) => name !== "inherited");
  // In one process, each attack would change what the next one meets.
  const groups = tier === "in process"
    ? all.map((name) => [name])
    : [0, 1, 2].map((part) => all.filter((_, at) => at % 3 === part));
  const findings = await inParallel([
    ...names(OUTLIVING_ATTACKS).map((name) => async () => [
      await runOutliving(tier, name),
    ]),
    // Its host is started in another way.
    ...["inherited"].filter(only).map((name) => () => runAttacks(tier, [name])),
    ...groups.map((group) => () => runAttacks(tier, group)),
  ]);
  return new Map(findings.flat().map((one) => [one.name, one]));
}

/** Returns the verdicts that were measured, or else those expected. */
export function verdictIn(
  measured: ReadonlyMap<Tier, ReadonlyMap<string, Finding>>,
): (attack: Attack, tier: Tier) => Verdict {
  return ({ name, expected }, tier) =>
    measured.get(tier)?.get(name)?.verdict ?? expected[tier];
}
