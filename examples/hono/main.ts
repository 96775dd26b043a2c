/**
 * An application on Hono: a plugin type, a configuration, state, an audit file,
 * a health endpoint and a shutdown in order.
 *
 * @module
 */

import { contract, PluginError, PluginHost } from "@semantik/plugins";
import {
  AuditConsoleHandler,
  createAuditLogger,
  JsonLinesHandler,
} from "@semantik/plugins/audit";
import { FileStateStore } from "@semantik/plugins/state";
import { Hono } from "hono";

interface Greeting {
  greet(name: string): string | Promise<string>;
}

/** The options of the host, for the application and for its tests. */
export const options = {
  name: "greetings",
  version: "1.0.0",
  sources: [new URL("plugins/", import.meta.url)],
  contracts: { greeting: contract<Greeting>("greet") },
  config: { greeter: { greeting: "Servus" } },
};

/** Creates the application around a host. */
export function createApp(host: PluginHost<typeof options.contracts>): Hono {
  const app = new Hono();
  app.get("/health", async (context) => {
    const health = await host.health();
    const isWell = health.get("greeter")?.status === "healthy";
    return context.json(Object.fromEntries(health), isWell ? 200 : 503);
  });
  app.get("/greet/:name", async (context) => {
    const name = context.req.param("name");
    // A lease: the greeter is not disposed before the call ends.
    const text = await host.use("greeter", "greeting", (it) => it.greet(name));
    return context.text(text);
  });
  app.onError((error, context) => {
    if (error instanceof PluginError && error.code === "PLUGIN_NOT_LIVE") {
      return context.text("The greeter is not there", 503);
    }
    return context.text("Something went wrong", 500);
  });
  return app;
}

if (import.meta.main) {
  const [directory = "data", port = "8000"] = Deno.args;
  const stop = new AbortController();
  // Windows only knows the first.
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals.slice(0, Deno.build.os === "windows" ? 1 : 2)) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  using audit = createAuditLogger({
    handlers: [
      new AuditConsoleHandler(),
      new JsonLinesHandler(`${directory}/audit.jsonl`, {
        chain: true,
        rotate: { maxBytes: 50_000_000, maxFiles: 2 },
      }),
    ],
  });
  await using host = new PluginHost({
    ...options,
    audit,
    state: new FileStateStore(`${directory}/state.json`),
    hostPermissions: { net: [`0.0.0.0:${port}`] },
  });
  await host.load();
  await using _server = Deno.serve({
    port: Number(port),
    onListen: ({ port }) =>
      // deno-lint-ignore no-console -- the address is the output of this program
      console.log(`Listening on http://localhost:${port}/`),
  }, createApp(host).fetch);
  await host.watchHealth({ every: 15_000, signal: stop.signal });
}
