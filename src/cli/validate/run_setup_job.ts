/**
 * Sets one plugin up in a process of its own, as a host would, and says what
 * came of it. It is started by `validate --run` and reads its job from standard
 * input.
 *
 * @module
 */

// Plugins import it: what is there already needs no permission to be imported.
import "../../../plugin.ts";
import { createAuditLogger } from "../../audit/audit_logger.ts";
import { PluginError, type Problem } from "../../base/errors.ts";
import { contractBreaches } from "../../host/plugin_access.ts";
import { PluginHost } from "../../host/plugin_host.ts";
import { describeThrown } from "../../base/text.ts";
import { BuiltIns } from "./built_ins.ts";
import { LeftBehind } from "./left_behind.ts";
import {
  READY,
  REPLACED,
  type SetupJob,
  type SetupResult,
} from "./setup_job.ts";

const MAX_METHODS = 1_000;

/** The names of an object's methods, its class's among them. Runs no getter. */
function methodsOf(api: unknown): string[] {
  const names = new Set<string>();
  let at: unknown = api;
  while (typeof at === "object" && at !== null && at !== Object.prototype) {
    const properties = Object.entries(Object.getOwnPropertyDescriptors(at));
    for (const [name, { value }] of properties) {
      if (typeof value === "function" && name !== "constructor") {
        names.add(name);
      }
    }
    at = Object.getPrototypeOf(at);
  }
  return [...names].sort().slice(0, MAX_METHODS);
}

function problemsOf(thrown: unknown, id: string): readonly Problem[] {
  if (thrown instanceof PluginError) return thrown.problems;
  if (thrown instanceof AggregateError) {
    return thrown.errors.flatMap((error) => problemsOf(error, id));
  }
  return [{
    code: "PLUGIN_DISPOSE_FAILED",
    message: `Cannot dispose of plugin "${id}": ${describeThrown(thrown)}`,
    remedy: "See the cause",
  }];
}

/** Not left to the host: what breaks a contract is worth a look at its methods. */
async function contractProblems(
  { id, type, methods }: SetupJob,
  api: unknown,
): Promise<readonly Problem[]> {
  if (typeof api !== "object" || api === null) return [];
  const breaches = await contractBreaches(api, { methods });
  return breaches.map((breach) => ({
    code: "PLUGIN_CONTRACT_BROKEN",
    message: `The contract of plugin "${id}" is broken: ${breach}`,
    remedy: `Return from setup what the host expects of type "${type}"`,
  }));
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Milliseconds between two looks at what is left behind, and the number of looks. */
const LOOK_EVERY = 10;
const LOOKS = 50;

/** Lists what is still there some time after the end: servers close slowly. */
async function stillThere(leftBehind: LeftBehind): Promise<readonly string[]> {
  for (let look = 1; look < LOOKS; look++) {
    const found = leftBehind.list();
    if (found.length === 0) return found;
    await wait(LOOK_EVERY);
  }
  return leftBehind.list();
}

async function runJob(
  job: SetupJob,
  lookAtBuiltIns: () => void,
  leftBehind: LeftBehind,
): Promise<SetupResult> {
  const { id, timeout } = job;
  const problems: Problem[] = [];
  const host = new PluginHost({
    name: "semantik-plugin",
    version: job.hostVersion,
    sources: job.sources,
    // Whoever validates a plugin wants it to run.
    switches: false,
    dataDirectory: job.dataDirectory,
    config: job.config,
    audit: createAuditLogger({ handlers: [] }),
    log: () => {},
    timeouts: {
      load: timeout,
      setup: timeout,
      health: timeout,
      dispose: timeout,
    },
  });
  let isLoaded = false;
  host.events.addEventListener("statuschange", ({ detail }) => {
    if (isLoaded && detail.status === "failed") {
      problems.push(...detail.problems);
    }
  });
  const report = await host.load();
  lookAtBuiltIns();
  isLoaded = true;
  for (const one of [...report.refused, ...report.failed]) {
    problems.push(...one.problems);
  }
  const api = host.get(id);
  problems.push(...await contractProblems(job, api));
  const health = api === undefined ? undefined : await host.health(id)
    .catch((thrown: unknown) => {
      problems.push(...problemsOf(thrown, id));
      return undefined;
    });
  // What the plugin left to itself in setup and health check comes out now.
  await wait(0);
  lookAtBuiltIns();
  await host[Symbol.asyncDispose]().catch((thrown: unknown) => {
    problems.push(...problemsOf(thrown, id));
  });
  const methods = methodsOf(api);
  const left = problems.length === 0 ? await stillThere(leftBehind) : [];
  if (left.length > 0) {
    problems.push({
      code: "PLUGIN_DISPOSE_FAILED",
      message: `After the dispose of plugin "${id}" there is still ${
        left.join(", ")
      }`,
      remedy: "End in dispose what setup began",
    });
  }
  lookAtBuiltIns();
  return { problems, health, methods };
}

/** Reads to the end of a line, or of all. */
async function readLine(
  input: ReadableStreamDefaultReader<string>,
): Promise<string> {
  let text = "";
  while (!text.endsWith("\n")) {
    const { done, value } = await input.read();
    if (done) break;
    text += value;
  }
  return text;
}

/** Says to the process that validates what nobody else can say. */
function createVoice(mark: string): (text: string) => void {
  // Taken before the plugin's code runs: it may replace them.
  const { stdout } = Deno;
  const write = stdout.writeSync.bind(stdout);
  const encoder = new TextEncoder();
  const encode = encoder.encode.bind(encoder);
  const Bytes = Uint8Array;
  return (text) => {
    let rest = encode(`\n${mark}${text}\n`);
    for (;;) {
      const written = write(rest);
      if (written >= rest.length) return;
      rest = new Bytes(rest.buffer, rest.byteOffset + written);
    }
  };
}

if (import.meta.main) {
  // Taken before the plugin's code runs: it may replace them.
  const { stringify } = JSON;
  const { exit } = Deno;
  const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
    .getReader();
  const job: SetupJob = JSON.parse(await readLine(input));
  const say = createVoice(job.mark);
  const leftBehind = new LeftBehind();
  const builtIns = new BuiltIns([
    ["PluginHost", PluginHost],
    ["PluginError", PluginError],
  ]);
  say(READY);
  // Then the file of accesses, which Deno has open, has no name any more.
  await readLine(input);
  let replaced = "";
  const result = await runJob(job, () => {
    const names = builtIns.findReplaced();
    if (names === "") return;
    replaced += names;
    say(REPLACED + names);
  }, leftBehind);
  // Once more: between the two, a plugin may print more than is kept.
  if (replaced !== "") say(REPLACED + replaced);
  say(stringify(result));
  // What a plugin left behind keeps the process alive. Without any, it ends by
  // itself, or is found out.
  if (result.problems.length > 0) exit(0);
}
