/** The clients of the engines, as applications use them. */

import { Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";
import { Redis } from "ioredis";
import postgres from "postgres";
import type { StateStore } from "@semantik/plugins/state";
import { NatsStateStore } from "@semantik/plugins/stores/nats";
import { PostgresStateStore } from "@semantik/plugins/stores/postgres";
import { RedisStateStore } from "@semantik/plugins/stores/redis";
import type { EngineName } from "./engines.ts";

/** A store with a client of its own, which disposing it ends. */
export interface OpenStore extends AsyncDisposable {
  readonly store: StateStore;
}

/** The table and its grants, which the guide to fleets has an administrator make. */
const POSTGRES_TABLE = new URL(
  "../../examples/fleet/table.sql",
  import.meta.url,
);

export function connectPostgres(port: number, user = "postgres") {
  return postgres({
    host: "127.0.0.1",
    port,
    user,
    database: "postgres",
    max: 2,
    backoff: () => 0.2,
    // Asking for types, it throws where nobody can catch it if the server goes away.
    fetch_types: false,
    onnotice: () => {},
  });
}

/** Makes an empty engine ready for states. */
export async function prepare(name: EngineName, port: number): Promise<void> {
  if (name !== "postgres") return;
  const sql = connectPostgres(port);
  await sql.unsafe(await Deno.readTextFile(POSTGRES_TABLE));
  await sql.end();
}

const OPEN: Readonly<
  Record<
    EngineName,
    (port: number, state: string) => OpenStore | Promise<OpenStore>
  >
> = {
  postgres(port, state) {
    const sql = connectPostgres(port);
    return {
      store: new PostgresStateStore(sql, state),
      [Symbol.asyncDispose]: () => sql.end({ timeout: 1 }),
    };
  },
  redis(port, state) {
    const redis = new Redis({ host: "127.0.0.1", port });
    redis.on("error", () => {
      // It connects again by itself.
    });
    return {
      store: new RedisStateStore(redis, state),
      // deno-lint-ignore require-await -- others wait for something
      [Symbol.asyncDispose]: async () => redis.disconnect(),
    };
  },
  async nats(port, state) {
    const connection = await connect({
      servers: `127.0.0.1:${port}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 200,
    });
    const bucket = await new Kvm(connection).create("plugins", {
      allow_direct: false,
    });
    return {
      store: new NatsStateStore(bucket, state),
      [Symbol.asyncDispose]: () => connection.close(),
    };
  },
};

/** Opens a state at an engine, by a client of its own. */
export async function openStore(
  name: EngineName,
  port: number,
  state: string,
): Promise<OpenStore> {
  return await OPEN[name](port, state);
}
