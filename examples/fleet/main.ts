/**
 * Starts Postgres, a stand-in for a collector, and three hosts that share one state:
 *
 * `deno run --no-prompt --allow-read --allow-net=127.0.0.1 --allow-run --ignore-env examples/fleet/main.ts`
 *
 * @module
 */

// deno-lint-ignore-file no-console -- the output of this program

import postgres from "postgres";
import { startEngine } from "../../tests/stores/engines.ts";
import { describe } from "./collector.ts";

const HOSTS = ["host-1", "host-2", "host-3"];
const [argument = "--port=4318"] = Deno.args;
const wanted = Number(/^--port=(\d+)$/.exec(argument)?.[1]);
if (!(wanted >= 0 && wanted < 65_536)) {
  console.error("Pass --port=4318, the port of the collector, or leave it out");
  Deno.exit(2);
}

const database = await startEngine("postgres");
if ("missing" in database) {
  console.error(
    `Postgres is missing. Install it: apt-get install ${database.missing}`,
  );
  Deno.exit(1);
}
const databasePort = database.port;
const admin = postgres({
  host: "127.0.0.1",
  port: databasePort,
  user: "postgres",
  database: "postgres",
});
await admin.unsafe(
  await Deno.readTextFile(new URL("table.sql", import.meta.url)),
);
await admin.end();

const ports = new Map<string, number>();
const shown: string[] = [];
const collector = Deno.serve({
  hostname: "127.0.0.1",
  port: wanted,
  onListen: () => {},
}, async (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/hosts") return Response.json(Object.fromEntries(ports));
  if (request.method !== "POST") return new Response(shown.join("\n"));
  for (const line of describe(await request.json())) {
    console.log(line);
    shown.push(line);
  }
  shown.splice(0, shown.length - 1_000);
  return Response.json({});
});
const endpoint = `http://127.0.0.1:${collector.addr.port}`;

function startHost(name: string): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-check",
      "--allow-net=127.0.0.1",
      `--allow-read=${new URL("plugins", import.meta.url).pathname}`,
      // The client of Postgres reads variables that it does not need.
      "--ignore-env",
      new URL("host.ts", import.meta.url).href,
      name,
      `${databasePort}`,
      endpoint,
    ],
    env: {
      OTEL_BSP_SCHEDULE_DELAY: "500",
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_METRIC_EXPORT_INTERVAL: "10000",
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${name}`,
      OTEL_SERVICE_NAME: "fleet",
    },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
}

async function firstLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    return text.trim();
  }
  return "";
}

const children = HOSTS.map((name) => [name, startHost(name)] as const);
await Promise.all(children.map(async ([name, child]) => {
  ports.set(name, Number(await firstLine(child.stdout)));
}));
for (const [name, port] of ports) {
  console.log(`${name} is at http://127.0.0.1:${port}/`);
}
console.log(`Listening on ${endpoint}/`);
const files = new URL(".", import.meta.url).pathname;
const program = `deno run --no-prompt --allow-net=127.0.0.1 ${files}switch.ts`;
console.log(`Disable a plugin on all of them:
  ${program} disable greeter --port=${collector.addr.port}`);

const { promise: interrupted, resolve } = Promise.withResolvers<void>();
Deno.addSignalListener("SIGINT", resolve);
Deno.addSignalListener("SIGTERM", resolve);
await interrupted;
await Promise.all(children.map(async ([, child]) => {
  await child.stdin.close();
  await child.status;
}));
await collector.shutdown();
await database[Symbol.asyncDispose]();
Deno.exit(0);
