/** Runs what docs/fleet.md shows for one engine, and fails if that does not work. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { connectPostgres, openStore } from "../stores/clients.ts";
import { snapshotOf } from "../stores/contract.ts";
import { type EngineName, startEngine } from "../stores/engines.ts";

const PAGE = await Deno.readTextFile(
  new URL("../../docs/fleet.md", import.meta.url),
);

function blockOf(fence: string): string {
  const [, after] = PAGE.split(`\`\`\`${fence}\n`);
  const [block] = after?.split("\n```") ?? [];
  assert(block !== undefined, `${fence} is not there`);
  return block;
}

const [given] = Deno.args;
const NAMES: readonly EngineName[] = ["postgres", "redis", "nats"];
const name = NAMES.find((one) => one === given);
assert(name !== undefined);
const engine = await startEngine(name);
assert("port" in engine);
await using running = engine;
const { port } = running;

/** The user of the page may change states, and can neither remove nor widen one. */
async function tryGrants(): Promise<void> {
  const admin = connectPostgres(port);
  await admin.unsafe(blockOf("sql"));
  await admin.end();
  const host = connectPostgres(port, "search_host");
  for (
    const statement of [
      "delete from semantik_plugin_state",
      "truncate semantik_plugin_state",
      "drop table semantik_plugin_state",
      "alter table semantik_plugin_state add more text",
      "grant delete on semantik_plugin_state to search_host",
      "create role another",
    ]
  ) {
    const refused = statement.startsWith("grant")
      // Postgres only warns of a grant that grants nothing.
      ? host.unsafe(statement).then(() =>
        host.unsafe("delete from semantik_plugin_state")
      )
      : host.unsafe(statement);
    await assertRejects(() => refused, Error, undefined, statement);
  }
  await host.end();
}

if (name === "postgres") await tryGrants();
Deno.env.set(
  "DATABASE_URL",
  `postgres://search_host@127.0.0.1:${port}/postgres`,
);
Deno.env.set("REDIS_URL", `redis://127.0.0.1:${port}`);
Deno.env.set("NATS_URL", `127.0.0.1:${port}`);
const code = `${blockOf(`ts ignore ${name}_host.ts`)}
await host.revoke("*", { net: true }, { by: "alice" });`;
await import(`data:application/typescript,${encodeURIComponent(code)}`);
const other = await openStore(name, port, "search");
const { plugins } = await snapshotOf(other.store);
assertEquals(plugins.get("*")?.revoked, { net: true });
await other[Symbol.asyncDispose]();
await running[Symbol.asyncDispose]();
// The clients of the page are open.
Deno.exit(0);
