/**
 * The state of plugins in Postgres, for many hosts. Takes the client of the
 * application, and brings none of its own.
 *
 * @example A host of many
 * ```ts ignore
 * import { PluginHost } from "@semantik/plugins";
 * import { PostgresStateStore } from "@semantik/plugins/stores/postgres";
 * import postgres from "npm:postgres@3.4.9";
 *
 * await using host = new PluginHost({
 *   name: "search",
 *   version: "1.4.0",
 *   state: new PostgresStateStore(postgres(Deno.env.get("DATABASE_URL")), "search"),
 *   follow: {},
 * });
 * ```
 *
 * @module
 */

import "../../base/require_deno.ts";

export {
  type PostgresClient,
  PostgresStateStore,
} from "./postgres_state_store.ts";
export { postgresAuditSink } from "./postgres_audit_sink.ts";
export type {
  AuditEvent,
  AuditLevel,
  AuditValue,
} from "../../audit/audit_event.ts";
export type { AuditSink, ShippedEvent } from "../../audit/ship_audit_log.ts";
export type {
  DocumentStore,
  StateDocument,
  StoredDocument,
} from "../document_store.ts";
export type { PluginErrorCode, Problem } from "../../base/errors.ts";
export type {
  PermissionDeclaration,
  PermissionKind,
} from "../../permissions/permission_set.ts";
export type {
  PluginState,
  StateChange,
  StateOptions,
  StateReadResult,
  StateSnapshot,
  StateStore,
  StateUpdateOptions,
} from "../../state/state_store.ts";
