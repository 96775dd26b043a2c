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
import { PluginError, type Problem } from "../../errors.ts";
import { contractBreaches } from "../../host/plugin_access.ts";
import { PluginHost } from "../../host/plugin_host.ts";
import { describeThrown } from "../../text.ts";
import type { SetupJob, SetupResult } from "./setup_job.ts";

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

async function runJob(job: SetupJob): Promise<SetupResult> {
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
  await new Promise((resolve) => setTimeout(resolve));
  await host[Symbol.asyncDispose]().catch((thrown: unknown) => {
    problems.push(...problemsOf(thrown, id));
  });
  return { problems, health, methods: methodsOf(api) };
}

if (import.meta.main) {
  // Taken before the plugin's code runs: it may replace them.
  const { stringify } = JSON;
  const { exit, stdout } = Deno;
  const write = stdout.writeSync.bind(stdout);
  const encoder = new TextEncoder();
  const job: SetupJob = JSON.parse(
    await new Response(Deno.stdin.readable).text(),
  );
  const result = await runJob(job);
  const line = encoder.encode(`\n${job.mark}${stringify(result)}\n`);
  for (let written = 0; written < line.length;) {
    written += write(line.subarray(written));
  }
  // Timers and connections of the plugin would keep the process alive.
  exit(0);
}
