/**
 * An application with a page, as an operator starts it:
 * `trial_server.ts FOLDER [--apart]`. The folder has the plugins, the state and the
 * trail.
 */

import { PluginHost } from "@semantik/plugins";
import { createAuditLogger, JsonLinesHandler } from "@semantik/plugins/audit";
import { createPage, RecentEvents } from "@semantik/plugins/page";
import { FileStateStore } from "@semantik/plugins/state";
import { subprocess } from "@semantik/plugins/subprocess";

const [folder = "", option] = Deno.args;
const trail = new RecentEvents();
const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort());
{
  using audit = createAuditLogger({
    handlers: [new JsonLinesHandler(`${folder}/audit.jsonl`), trail],
  });
  await using host = new PluginHost({
    name: "trial",
    version: "1.0.0",
    audit,
    switches: false,
    consent: "required",
    sources: [`${folder}/plugins`],
    state: new FileStateStore(`${folder}/state.json`),
    ...option === "--apart" ? { runner: subprocess() } : {},
  });
  await host.load();
  const page = createPage({
    host,
    trail,
    token: "0123456789abcdef-of-the-trial",
    signal: stop.signal,
  });
  await using server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) =>
      // deno-lint-ignore no-console -- the test reads the address
      console.log(`Listening on http://127.0.0.1:${port}/`),
  }, page);
  await new Promise((resolve) =>
    stop.signal.addEventListener("abort", resolve, { once: true })
  );
  await server.shutdown();
}
Deno.exit(0);
