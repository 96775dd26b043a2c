/** The program that `validate --run` starts: sets up the plugin of a {@linkcode SetupJob} from standard input. */

// Plugins import it, and a module that is loaded already needs no permission.
import "../../../plugin.ts";
import { createAuditLogger } from "../../audit/audit_logger.ts";
import { PluginError, type Problem } from "../../base/errors.ts";
import { contractBreaches } from "../../host/options.ts";
import { PluginHost } from "../../host/plugin_host.ts";
import { describeThrown } from "../../base/text.ts";
import { ModuleImporter } from "../../runners/in_process/imported_code.ts";
import { BuiltIns } from "./built_ins.ts";
import { LeakDetector } from "./leak_detector.ts";
import {
  READY,
  REPLACED,
  type SetupJob,
  type SetupResult,
} from "./setup_job.ts";
import { WatchedEnv } from "./watched_env.ts";

const MAX_METHODS = 1_000;
const LOOK_INTERVAL = 10;
const MAX_LOOKS = 50;

/** Returns the names of an object's methods, inherited ones included. Runs no getters. */
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
    message: `Cannot dispose plugin "${id}": ${describeThrown(thrown)}`,
    remedy: "See the cause",
  }];
}

/** Checks the contract here and not in the host, so that the methods are reported even if it is broken. */
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

/** Lists the leaks that remain after some time: servers close slowly. */
async function findLeaks(leaks: LeakDetector): Promise<readonly string[]> {
  for (let look = 1; look < MAX_LOOKS; look++) {
    const found = leaks.list();
    if (found.length === 0) return found;
    await wait(LOOK_INTERVAL);
  }
  return leaks.list();
}

async function runJob(
  job: SetupJob,
  checkBuiltIns: () => void,
  leaks: LeakDetector,
): Promise<SetupResult> {
  const { id, timeout } = job;
  const problems: Problem[] = [];
  const watched = new WatchedEnv(new ModuleImporter());
  const host = new PluginHost({
    name: "semantik-plugin",
    version: job.hostVersion,
    sources: job.sources,
    switches: false,
    dataDirectory: job.dataDirectory,
    config: job.config,
    audit: createAuditLogger({ handlers: [] }),
    log: () => {},
    ...job.watchesEnv
      ? { importModule: (...given) => watched.import(...given) }
      : {},
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
  checkBuiltIns();
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
  // Let the tasks run that setup and health check queued.
  await wait(0);
  checkBuiltIns();
  await host[Symbol.asyncDispose]().catch((thrown: unknown) => {
    problems.push(...problemsOf(thrown, id));
  });
  const methods = methodsOf(api);
  const left = problems.length === 0 ? await findLeaks(leaks) : [];
  if (left.length > 0) {
    problems.push({
      code: "PLUGIN_DISPOSE_FAILED",
      message: `Plugin "${id}" leaks after dispose: ${left.join(", ")}`,
      remedy: "Stop in dispose what setup started",
    });
  }
  checkBuiltIns();
  return { problems, health, methods, variables: watched.read };
}

/** Reads to the end of a line or of the input. */
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

/** Creates a function that sends messages which a plugin cannot forge. */
function createSender(mark: string): (text: string) => void {
  // Saved before the plugin's code runs, because it may replace them.
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
  // Saved before the plugin's code runs, because it may replace them.
  const { stringify } = JSON;
  const { exit } = Deno;
  const input = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
    .getReader();
  const job: SetupJob = JSON.parse(await readLine(input));
  const send = createSender(job.mark);
  const leaks = new LeakDetector();
  const builtIns = new BuiltIns([
    ["PluginHost", PluginHost],
    ["PluginError", PluginError],
  ]);
  send(READY);
  // By then the permission log, which Deno has open, has no name.
  await readLine(input);
  let replaced = "";
  const result = await runJob(job, () => {
    const names = builtIns.findReplaced();
    if (names === "") return;
    replaced += names;
    send(REPLACED + names);
  }, leaks);
  // Sent again, because a plugin may print more than is kept in between.
  if (replaced !== "") send(REPLACED + replaced);
  send(stringify(result));
  // A leak keeps the process alive. Without a known one, the process must exit
  // by itself, or the parent reports it.
  if (result.problems.length > 0) exit(0);
}
