/**
 * What survives a restart about plugins, and the interface behind which it is
 * kept.
 *
 * @module
 */

import type { Problem } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { PermissionDeclaration } from "../permissions/permission_set.ts";

/** The permissions that a person agreed to, as in a manifest's `permissions`. */
export type Consent = PermissionDeclaration;

/** What is stored about one plugin. What is not there, nobody decided. */
export interface PluginState {
  /**
   * Whether the plugin may be loaded: `false` where it was disabled.
   *
   * @default {undefined} nobody decided, and the plugin counts as enabled
   */
  readonly enabled?: boolean;
  /**
   * Its configuration with references such as `api_key_env`, never with the
   * secrets that these stand for.
   *
   * @default {undefined} it was never configured
   */
  readonly config?: JsonObject;
  /**
   * What a person agreed to.
   *
   * @default {undefined} nobody was asked
   */
  readonly consented?: Consent;
}

/** The state of all plugins at one moment. Yours to keep: no store changes it. */
export interface StateSnapshot {
  /**
   * How many changes were stored before: `0` for a state that was never
   * written. It grows with each change, by whomever.
   */
  readonly revision: number;
  /** What is stored, by plugin id. */
  readonly plugins: ReadonlyMap<string, PluginState>;
  /**
   * The plugins with a decision that no audit trail is known to hold: see
   * {@linkcode StateUpdateOptions.unrecorded}.
   *
   * @default {undefined} there are none
   */
  readonly unrecorded?: readonly string[];
}

/**
 * What {@linkcode StateStore.read} found. A state that cannot be read is a
 * problem and never an empty state, in which no plugin is disabled.
 */
export type StateReadResult =
  | { readonly ok: true; readonly snapshot: StateSnapshot }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Says what shall be stored, from what is stored now.
 *
 * It must be synchronous and without effects of its own: a store holds its lock
 * meanwhile, or calls it again when somebody else was faster. What it throws,
 * {@linkcode StateStore.update} rejects with, and nothing is stored.
 *
 * @param current What is stored at this moment, whoever wrote it.
 * @returns All plugins as they shall be stored, or `undefined` for no change.
 */
export type StateChange = (
  current: StateSnapshot,
) => ReadonlyMap<string, PluginState> | undefined;

/** What one call to a store may be told. */
export interface StateOptions {
  /**
   * Ends the wait. A change that has begun to be written is still written.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode StateStore.update}. */
export interface StateUpdateOptions extends StateOptions {
  /**
   * Whether to mark the plugins that the change touches as unrecorded, in the
   * same write, until {@linkcode StateStore.markRecorded} takes the marks away.
   * A host that is killed between its decision and its audit trail leaves the
   * mark, and the next one records the decision. A store without that method
   * is never asked for it.
   *
   * @default {false}
   */
  readonly unrecorded?: boolean | undefined;
}

/** What a store itself needs of Deno: for each kind the paths, hosts or names. */
export type StatePermissions = Readonly<
  Partial<Record<"read" | "write" | "net" | "env" | "sys", readonly string[]>>
>;

/**
 * Where the state of plugins is kept.
 *
 * No writer gets to overwrite what it has not seen: a change is a function from
 * what is stored *now*. A store runs it under a lock or in a transaction, or
 * compares revisions and runs it again; for the caller that is all the same.
 *
 * @example Disabling a plugin, whoever else writes
 * ```ts
 * import { MemoryStateStore, type StateStore } from "@semantik/plugins";
 * import { assertEquals } from "@std/assert";
 *
 * const store: StateStore = new MemoryStateStore();
 *
 * const { revision, plugins } = await store.update(({ plugins }) =>
 *   new Map(plugins).set("x", { ...plugins.get("x"), enabled: false })
 * );
 *
 * assertEquals(revision, 1);
 * assertEquals(plugins.get("x"), { enabled: false });
 * ```
 */
export interface StateStore {
  /**
   * Reads what is stored. Does not throw because of what is stored.
   *
   * @param options The signal that ends the wait.
   * @returns The state, or the problem that keeps it from being known.
   */
  read(options?: StateOptions): Promise<StateReadResult>;
  /**
   * Changes what is stored: whole or not at all. A change that makes no
   * difference is not written and leaves the revision as it is.
   *
   * @param change From what is stored now to what shall be.
   * @param options The signal that ends the wait, and whether to mark the change.
   * @returns What is stored afterwards.
   * @throws {PluginError} `PLUGIN_STATE_CORRUPT` when what is stored cannot be
   * read: it is left as it is. `PLUGIN_STATE_LOCKED` when another writer did not
   * finish in time. `PLUGIN_STATE_CONFLICT` when others were faster too often.
   */
  update(
    change: StateChange,
    options?: StateUpdateOptions,
  ): Promise<StateSnapshot>;
  /**
   * Takes away the marks of plugins whose decisions the audit trail holds by
   * now. Leaves the revision and everything else as it is.
   *
   * @param ids The plugins.
   * @param options The signal that ends the wait.
   */
  markRecorded?(ids: readonly string[], options?: StateOptions): Promise<void>;
  /**
   * What the store needs of Deno, so that a host can name the flags.
   *
   * @returns The permissions; without this method, none.
   */
  permissions?(): Promise<StatePermissions>;
}
