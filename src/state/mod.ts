/**
 * Stores for the state that survives a restart: disabled plugins and the
 * configurations of plugins.
 *
 * @example Keeping the state in a file
 * ```ts
 * import { PluginHost } from "@semantik/plugins";
 * import { FileStateStore } from "@semantik/plugins/state";
 * import { assertEquals } from "@std/assert";
 *
 * const directory = await Deno.makeTempDir();
 * {
 *   await using host = new PluginHost({
 *     name: "search",
 *     version: "1.4.0",
 *     state: new FileStateStore(`${directory}/plugin_state.json`),
 *   });
 *   const { loaded } = await host.load();
 *
 *   assertEquals(loaded, []);
 * }
 * await Deno.remove(directory, { recursive: true });
 * ```
 *
 * @module
 */

import "../base/require_deno.ts";

export type { Clock } from "../base/timing.ts";
export type { PluginErrorCode, Problem } from "../base/errors.ts";
export type {
  PermissionDeclaration,
  PermissionKind,
} from "../permissions/permission_set.ts";
export {
  FileStateStore,
  type FileStateStoreOptions,
} from "./file_state_store.ts";
export { MemoryStateStore } from "./memory_state_store.ts";
export type { StateFileHandle, StateSystem } from "./state_system.ts";
export type {
  PluginState,
  StateChange,
  StateOptions,
  StatePermissions,
  StateReadResult,
  StateSnapshot,
  StateStore,
  StateUpdateOptions,
} from "./state_store.ts";
