/** One host of the fleet, which `main.ts` starts. */

import { contract, PluginHost } from "@semantik/plugins";
import { createAuditLogger } from "@semantik/plugins/audit";
import { PostgresStateStore } from "@semantik/plugins/stores/postgres";
import { OtlpLogHandler } from "@semantik/plugins/telemetry";
import postgres from "postgres";

interface Greeter {
  greet(name: string): string | Promise<string>;
}

const [name = "", database = "", collector = ""] = Deno.args;
const sql = postgres({
  host: "127.0.0.1",
  port: Number(database),
  user: "search_host",
  database: "postgres",
  backoff: (tries: number) => Math.min(2 ** tries / 10, 2),
  // Asking for types, it throws where nobody can catch it if the server goes away.
  fetch_types: false,
});
const audit = createAuditLogger({
  handlers: [
    new OtlpLogHandler({
      endpoint: collector,
      interval: 50,
      resource: { "service.name": "fleet", "service.instance.id": name },
    }),
  ],
});
const host = new PluginHost({
  name: "fleet",
  version: "1.0.0",
  sources: [new URL("plugins/", import.meta.url)],
  contracts: { greeter: contract<Greeter>("greet") },
  state: new PostgresStateStore(sql, "fleet"),
  follow: {},
  telemetry: "global",
  switches: false,
  audit,
});
await host.load();

/** Waits until a plugin is live, or is not. */
async function until(id: string, isLive: boolean): Promise<void> {
  while ((host.get(id) !== undefined) !== isLive) {
    await new Promise((resolve) =>
      host.events.addEventListener("statuschange", resolve, { once: true })
    );
  }
}

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => {
    // The one line that main.ts reads.
    Deno.stdout.writeSync(new TextEncoder().encode(`${port}\n`));
  },
}, async (request) => {
  const { pathname, searchParams } = new URL(request.url);
  const id = searchParams.get("id") ?? "";
  try {
    if (pathname === "/until/live") await until(id, true);
    else if (pathname === "/until/gone") await until(id, false);
    else if (request.method !== "POST") {
      const text = await host.get("greeter", "greeter")?.greet(name);
      return new Response(text ?? "Nobody greets here");
    } else if (pathname === "/disable") await host.disable(id);
    else await host.enable(id);
    return new Response(null, { status: 204 });
  } catch (thrown) {
    return new Response(String(thrown), { status: 409 });
  }
});

// It ends with the program that started it.
for await (const _ of Deno.stdin.readable);
await server.shutdown();
await host[Symbol.asyncDispose]();
audit[Symbol.dispose]();
await sql.end({ timeout: 1 });
