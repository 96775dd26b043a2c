import type { AuditSink, ShippedEvent } from "../../audit/ship_audit_log.ts";
import { abortable, requireClient } from "../document_store.ts";
import type { PostgresClient } from "./postgres_state_store.ts";

const CALL = "postgresAuditSink(postgres(url))";

// Without a target, "on conflict" needs no permission to select.
const INSERT = `insert into semantik_audit_event
  (host, sequence, hash, time, level, plugin_id, action, line)
select $1, (e->>0)::bigint, e->>1, to_timestamp((e->>2)::float8 / 1000),
  e->>3, e->>4, e->>5, e->>6
from json_array_elements($2::text::json) as e
on conflict do nothing`;

/** Returns a text that Postgres can store; the line has the exact one. */
function storable(text: string): string {
  return text.replaceAll("\0", "\ufffd").toWellFormed();
}

function rowOf({ sequence, hash, event, line }: ShippedEvent) {
  const { timestamp, level, plugin_id, action } = event;
  return [
    sequence,
    hash,
    Date.parse(timestamp),
    level,
    storable(plugin_id),
    storable(action),
    line,
  ];
}

/**
 * Creates a sink for `shipAuditLog`: each event becomes a row of the table
 * `semantik_audit_event`, once. The user of the client needs the permission to
 * insert into it, and no other. `docs/shipping.md` has the table.
 *
 * @example A sink
 * ```ts
 * import { postgresAuditSink } from "@semantik/plugins/stores/postgres";
 * import { assertEquals } from "@std/assert";
 *
 * // In production: postgres(Deno.env.get("DATABASE_URL")), from npm:postgres
 * const sql = { unsafe: () => Promise.resolve([]) };
 * const sink = postgresAuditSink(sql);
 *
 * assertEquals(typeof sink.send, "function");
 * ```
 *
 * @param sql The client: what `postgres()` of `npm:postgres` returns.
 * @returns The sink.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` if it is no such client.
 */
export function postgresAuditSink(
  sql: Pick<PostgresClient, "unsafe">,
): AuditSink {
  requireClient(sql, ["unsafe"], CALL);
  return {
    async send(events, { signal }): Promise<void> {
      const [first] = events;
      if (first === undefined) return;
      const rows = JSON.stringify(events.map(rowOf));
      await abortable(sql.unsafe(INSERT, [first.host, rows]), signal);
    },
  };
}
