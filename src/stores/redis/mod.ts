/**
 * The state of plugins in Redis, for many hosts. Takes the client of the
 * application, and brings none of its own.
 *
 * @example A host of many
 * ```ts ignore
 * import { PluginHost } from "@semantik/plugins";
 * import { RedisStateStore } from "@semantik/plugins/stores/redis";
 * import { Redis } from "npm:ioredis@6";
 *
 * await using host = new PluginHost({
 *   name: "search",
 *   version: "1.4.0",
 *   state: new RedisStateStore(new Redis("redis://127.0.0.1:6379"), "search"),
 *   follow: {},
 * });
 * ```
 *
 * @module
 */

import "../../base/require_deno.ts";

export {
  type RedisClient,
  RedisStateStore,
  type RedisSubscriber,
} from "./redis_state_store.ts";
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
