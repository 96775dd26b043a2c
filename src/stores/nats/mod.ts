/**
 * The state of plugins in NATS JetStream, for many hosts. Takes the client of the
 * application, and brings none of its own.
 *
 * @example A host of many
 * ```ts ignore
 * import { PluginHost } from "@semantik/plugins";
 * import { NatsStateStore } from "@semantik/plugins/stores/nats";
 * import { Kvm } from "npm:@nats-io/kv@3.4.0";
 * import { connect } from "npm:@nats-io/transport-node@3.4.0";
 *
 * const connection = await connect({ maxReconnectAttempts: -1 });
 * const bucket = await new Kvm(connection).create("plugins", { allow_direct: false });
 * await using host = new PluginHost({
 *   name: "search",
 *   version: "1.4.0",
 *   state: new NatsStateStore(bucket, "search"),
 *   follow: {},
 * });
 * ```
 *
 * @module
 */

import "../../base/require_deno.ts";

export { type NatsBucket, NatsStateStore } from "./nats_state_store.ts";
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
