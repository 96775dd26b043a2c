/**
 * Serves the values of gauges as JSON, and a page that shows the plugins behind
 * them. No plugin runs before a person who signed in with the token agrees to it.
 *
 * `deno run --no-prompt --allow-read=examples/server/plugins --allow-
 * net=127.0.0.1:8000 --allow-env='SEMANTIK_ENABLE_*,SERVER_TOKEN'
 * examples/server/main.ts`
 *
 * @module
 */

import {
  AuditConsoleHandler,
  createAuditLogger,
} from "@semantik/plugins/audit";
import { createPage, QuestionDesk, RecentEvents } from "@semantik/plugins/page";
import { FileStateStore } from "@semantik/plugins/state";
import { createHandler } from "./create_handler.ts";
import { createHost } from "./create_host.ts";
import { parseArguments, UsageError } from "./parse_arguments.ts";

const HEALTH_INTERVAL = 15_000;

function readTokenVariable(): string | undefined {
  const variable = "SERVER_TOKEN";
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

async function serve(args: readonly string[]): Promise<void> {
  const { port, sockets, state, token } = parseArguments(
    args,
    readTokenVariable(),
  );
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // Windows only knows the first.
    if (signal === "SIGTERM" && Deno.build.os === "windows") continue;
    Deno.addSignalListener(signal, () => stop.abort());
  }
  const trail = new RecentEvents();
  using audit = createAuditLogger({
    handlers: [new AuditConsoleHandler(), trail],
  });
  // Only who signs in can answer.
  const questions = token === undefined ? undefined : new QuestionDesk();
  await using host = createHost({
    audit,
    sockets,
    ...questions === undefined ? {} : { ask: questions.ask },
    ...state === undefined ? {} : { state: new FileStateStore(state) },
    hostPermissions: { net: [`127.0.0.1:${port}`] },
  });
  const page = createPage({
    host,
    trail,
    questions,
    token,
    // Without a token, everybody on this machine may look, and nobody may change.
    anonymous: token === undefined ? "read" : "nothing",
    // A server waits for its connections: live updates must end first.
    signal: stop.signal,
  });
  const watching = host.watchHealth({
    every: HEALTH_INTERVAL,
    signal: stop.signal,
  });
  // Pending requests get their response before it ends; after that, the plugins
  // are disposed.
  await using server = Deno.serve({
    hostname: "127.0.0.1",
    port,
    onListen: ({ hostname, port }) =>
      // deno-lint-ignore no-console -- the address is the output of this program
      console.log(`Listening on http://${hostname}:${port}/`),
    onError(error) {
      host.audit.log("host:server", "request.failed", { error }, {
        level: "error",
      });
      return new Response("Something went wrong\n", { status: 500 });
    },
  }, createHandler(host, page));
  // It waits for the answers that people give on the page.
  host.load().catch((error) => {
    if (stop.signal.aborted) return;
    host.audit.log("host:server", "load.failed", { error }, { level: "error" });
    stop.abort();
  });
  await Promise.race([
    server.finished,
    new Promise((resolve) =>
      stop.signal.addEventListener("abort", resolve, { once: true })
    ),
  ]);
  await server.shutdown();
  await watching;
}

try {
  await serve(Deno.args);
  // Signals are handled until the end.
  Deno.exit(0);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  // deno-lint-ignore no-console -- a command line reports its errors there
  console.error(error.message);
  Deno.exit(2);
}
