/** Kills plugins in processes of their own, and bare processes in the same states. */

import { systemClock } from "../../src/base/timing.ts";
import { BOOTSTRAP } from "../../src/runners/subprocess/bootstrap_text.ts";
import { Child } from "../../src/runners/subprocess/child.ts";
import {
  makeCommand,
  type StartCommand,
} from "../../src/runners/subprocess/command.ts";
import { DEFAULT_LIMITS } from "../../src/runners/subprocess/limits.ts";
import { STATES } from "../fixtures/make_process_plugins.ts";
import { alternate, type Rounds, timed } from "../measure/alternate.ts";
import { startScript } from "./bare_process.ts";
import { answer, readRequest } from "./child.ts";
import { createProcessHost, getEcho } from "./process_host.ts";

interface Request extends Rounds {
  /** A directory of plugins. */
  readonly directory: string;
  /** The time limit of a call, in milliseconds. */
  readonly limit: number;
}

const { directory, limit, ...rounds } = readRequest<Request>();
const bootstrap = new TextEncoder().encode(BOOTSTRAP);
const code = {
  kind: "module",
  specifier: `file://${directory}/process-0/mod.ts`,
} as const;

function command(mark: string): StartCommand {
  const made = makeCommand({
    id: "process-0",
    code,
    codePaths: [directory],
    config: undefined,
    denoLock: undefined,
    permissions: {},
    revoked: {},
    socket: undefined,
    jsrHost: "jsr.io",
    declaredEnv: {},
    limits: DEFAULT_LIMITS,
    brings: { npm: false, remote: false },
    newest: undefined,
    variable: (name) => Deno.env.get(name),
    deno: Deno.execPath(),
    os: Deno.build.os,
    limiters: { prlimit: false, setpriv: false, setsid: true },
    wrap: undefined,
    bootstrapBytes: bootstrap.length,
    mark,
  });
  if (made.ok) return made.command;
  throw new Error(made.problems[0]?.message);
}

async function killPlugin(state: string): Promise<number> {
  const entered = Promise.withResolvers<void>();
  const ignore = () => {};
  const child = new Child({
    owner: {
      id: "process-0",
      callClock: systemClock,
      log: {
        debug: ignore,
        info: () => entered.resolve(),
        warn: ignore,
        error: (line) => entered.reject(new Error(String(line))),
      },
      serve: ignore,
      onNotice: ignore,
    },
    limits: DEFAULT_LIMITS,
    clock: systemClock,
    isLive: false,
    mask: (text) => text,
    bootstrap,
    command,
  });
  await child.request("import", [code.specifier]);
  await child.request("setup", [{ id: "process-0" }]);
  child.request("call", ["enter", [state]]).catch(ignore);
  await entered.promise;
  return await timed(() => {
    child.kill();
    return child.ended;
  });
}

async function killBare(state: string): Promise<number> {
  const process = startScript("./bare_state.ts", { state });
  const reader = process.stdout.getReader();
  await reader.read();
  const time = await timed(() => {
    process.kill("SIGKILL");
    return process.status;
  });
  await reader.cancel();
  await process.stdin.abort();
  return time;
}

/** Returns the time by which a call lasts longer than its limit. */
async function overrun(): Promise<number> {
  await using host = createProcessHost(directory, { call: limit });
  await host.load();
  const plugin = getEcho(host);
  await plugin.echo(1);
  const time = await timed(() => plugin.enter("loop").catch(() => {}));
  return time - limit;
}

async function overrunBare(): Promise<number> {
  const time = await timed(() =>
    new Promise((resolve) => setTimeout(resolve, limit))
  );
  return time - limit;
}

const killed = await alternate(
  Object.fromEntries(STATES.flatMap((state) => [
    [state, () => killPlugin(state)],
    [`${state}-bare`, () => killBare(state)],
  ])),
  rounds,
);
const late = await alternate(
  { late: overrun, "late-bare": overrunBare },
  { rounds: Math.ceil(rounds.rounds / 2), warmUp: 1 },
);

answer({ ...killed, ...late });
