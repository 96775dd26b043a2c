/** What docs/fleet.md shows of an engine, tried at the engine. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { connectPostgres } from "../stores/clients.ts";
import { snapshotOf } from "../stores/contract.ts";
import type { EngineName } from "../stores/engines.ts";
import type { StateStore } from "@semantik/plugins/state";

const url = new URL("../../docs/fleet.md", import.meta.url);

async function blockOf(fence: string): Promise<string> {
  const [, after] = (await Deno.readTextFile(url)).split(`\`\`\`${fence}\n`);
  const [block] = after?.split("\n```") ?? [];
  assert(block !== undefined, `${fence} is not there`);
  return block;
}

/** Tries what the user of the table must not do. */
export async function tryGrants(port: number): Promise<void> {
  const host = connectPostgres(port, "search_host");
  for (
    const statement of [
      "delete from semantik_plugin_state",
      "truncate semantik_plugin_state",
      "drop table semantik_plugin_state",
      "alter table semantik_plugin_state add more text",
      "create role another",
    ]
  ) {
    await assertRejects(() => host.unsafe(statement), Error, "", statement);
  }
  // Postgres only warns of a grant that grants nothing.
  await host.unsafe("grant delete on semantik_plugin_state to search_host");
  await assertRejects(() => host.unsafe("delete from semantik_plugin_state"));
  await host.end();
}

/** Runs the host of the page, whose clients stay open, and reads what it stored. */
export async function runPageHost(
  name: EngineName,
  port: number,
  store: StateStore,
): Promise<void> {
  Deno.env.set(
    "DATABASE_URL",
    `postgres://search_host@127.0.0.1:${port}/postgres`,
  );
  Deno.env.set("REDIS_URL", `redis://127.0.0.1:${port}`);
  Deno.env.set("NATS_URL", `127.0.0.1:${port}`);
  const code = `${await blockOf(`ts ignore ${name}_host.ts`)}
await host.revoke("*", { net: true }, { by: "alice" });`;
  await import(`data:application/typescript,${encodeURIComponent(code)}`);
  const { plugins } = await snapshotOf(store);
  assertEquals(plugins.get("*")?.revoked, { net: true });
}
