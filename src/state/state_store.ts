import type { Problem } from "../base/errors.ts";
import type { PermissionDeclaration } from "../permissions/permission_set.ts";

/** The stored decisions about one plugin. A missing field means no decision. */
export interface PluginState {
  /**
   * `false` if the plugin was disabled.
   *
   * @default {undefined} nobody decided, and the plugin counts as enabled
   */
  readonly enabled?: boolean;
  /**
   * The configuration with its references, such as `api_key_env`, but never
   * with the secrets that they refer to.
   *
   * @default {undefined} the plugin was never configured
   */
  readonly config?: Readonly<Record<string, unknown>>;
  /**
   * The yes of a person or of the application to what the plugin declares.
   *
   * @default {undefined} nobody agreed
   */
  readonly consent?: {
    /** The permissions that were agreed to: required ones, and optional ones by name. */
    readonly permissions: PermissionDeclaration;
    /** The place of the plugin's code, as the host knows it. */
    readonly source: string;
    /** The digest of its files, if one was known. */
    readonly digest?: string;
    /**
     * The person who agreed.
     *
     * @default {undefined} the application
     */
    readonly by?: string;
    /** The time: ISO 8601, UTC. */
    readonly at: string;
  };
  /**
   * The permissions that the operator took back, whatever the plugin declares.
   *
   * @default {undefined} none
   */
  readonly revoked?: PermissionDeclaration;
  /**
   * The last revocation, while some permissions are revoked.
   *
   * @default {undefined} nobody knows who made it
   */
  readonly revocation?: {
    /**
     * The person who revoked.
     *
     * @default {undefined} the application
     */
    readonly by?: string;
    /** The time: ISO 8601, UTC. */
    readonly at: string;
  };
  /**
   * The highest serials of the lock and the trust file that a host used. Only
   * `"*"` has them.
   *
   * @default {undefined} no host used any
   */
  readonly serials?: {
    /** The serial of the lock. */
    readonly lock?: number;
    /** The serial of the trust file. */
    readonly trust?: number;
  };
}

/** The recorded yes to what a plugin declares. */
export type Consent = NonNullable<PluginState["consent"]>;

/** The state of all plugins at one moment. Later changes do not affect it. */
export interface StateSnapshot {
  /**
   * A number that grows with each change, by any writer, and never goes back:
   * `0` for a state that was never written. A store may skip numbers.
   */
  readonly revision: number;
  /**
   * A random name that the state gets with its first change, and keeps. A store
   * that was emptied and filled again has another one.
   *
   * @default {undefined} it was never written, or the store does not support it
   */
  readonly epoch?: string;
  /** The plugins, by ID. `"*"` has what is revoked of all plugins, and `serials`. */
  readonly plugins: ReadonlyMap<string, PluginState>;
  /**
   * The plugins with a decision that no audit trail is known to hold: see
   * {@linkcode StateStore.update}.
   *
   * @default {undefined} there are none
   */
  readonly unrecorded?: readonly string[];
  /**
   * The time at which a host read this state from another store, of which this
   * is a copy: ISO 8601, UTC.
   *
   * @default {undefined} it is no copy
   */
  readonly readAt?: string;
}

/**
 * Stores the state of plugins.
 *
 * No writer can overwrite what it has not seen, since a change is a function of
 * the state that is stored *now*. A store runs it under a lock or in a
 * transaction, or compares revisions and runs it again. Callers see no
 * difference.
 *
 * @example Disabling a plugin while others write
 * ```ts
 * import { MemoryStateStore, type StateStore } from "@semantik/plugins/state";
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
   * Reads the stored state. Does not throw because of what is stored: a state
   * that cannot be read is a problem, never an empty state, in which no plugin
   * is disabled.
   *
   * @param options A signal that aborts the wait.
   * @returns The state, or the problem that keeps it from being read.
   */
  read(options?: { readonly signal?: AbortSignal | undefined }): Promise<
    | { readonly ok: true; readonly snapshot: StateSnapshot }
    | { readonly ok: false; readonly problem: Problem }
  >;
  /**
   * Changes the stored state atomically. A change without effect is not written
   * and keeps the revision.
   *
   * `change` returns all plugins to store, or `undefined` for no change. It must
   * be synchronous and have no side effects: a store holds its lock meanwhile,
   * or calls it again if another writer was faster. If it throws, `update`
   * rejects with that error and stores nothing.
   *
   * `unrecorded` marks the plugins that the change touches, in the same write,
   * until {@linkcode StateStore.markRecorded} removes the marks. A host that is
   * killed between its decision and its audit trail leaves the mark, and the
   * next host records the decision. A host sets it only for stores with that
   * method.
   *
   * @param change Returns the plugins to store, given the stored ones.
   * @param options A signal that aborts the wait but no write that has begun, and `unrecorded`.
   * @returns The stored state after the change.
   * @throws {PluginError} `PLUGIN_STATE_CORRUPT` if the stored state cannot be
   * read; it is left unchanged. `PLUGIN_STATE_LOCKED` if another writer does not
   * finish in time. `PLUGIN_STATE_CONFLICT` if others were faster too often.
   */
  update(
    change: (
      current: StateSnapshot,
    ) => ReadonlyMap<string, PluginState> | undefined,
    options?: {
      readonly signal?: AbortSignal | undefined;
      readonly unrecorded?: boolean | undefined;
    },
  ): Promise<StateSnapshot>;
  /**
   * Removes the marks of plugins whose decisions the audit trail now holds.
   * Keeps the revision and everything else.
   *
   * @param ids The plugins.
   * @param options A signal that aborts the wait.
   */
  markRecorded?(
    ids: readonly string[],
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
  /**
   * Calls a function whenever the stored state may have changed: once after the
   * subscription, again whenever that was lost and is back, and at least once
   * after each change by anybody. It may be called for nothing, so it is a hint
   * to read. A problem after the subscription is not reported: `read` shows it.
   *
   * @param hint The function. It must not throw.
   * @param options A signal that aborts the wait for the subscription.
   * @returns The subscription; dispose it to end it.
   */
  watch?(
    hint: () => void,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<AsyncDisposable>;
  /**
   * Returns the permissions that the store needs, so that a host can name the
   * flags.
   *
   * @returns The permissions; a store without this method needs none.
   */
  permissions?(): Promise<
    Readonly<
      Partial<
        Record<"read" | "write" | "net" | "env" | "sys", readonly string[]>
      >
    >
  >;
}

/** The result of {@linkcode StateStore.read}. */
export type StateReadResult = Awaited<ReturnType<StateStore["read"]>>;

/** The change that {@linkcode StateStore.update} takes. */
export type StateChange = Parameters<StateStore["update"]>[0];

/** Options of every method of a {@linkcode StateStore} but `update`. */
export type StateOptions = NonNullable<Parameters<StateStore["read"]>[0]>;

/** Options of {@linkcode StateStore.update}. */
export type StateUpdateOptions = NonNullable<
  Parameters<StateStore["update"]>[1]
>;

/** The permissions that a store itself needs: paths, hosts or names by kind. */
export type StatePermissions = Awaited<
  ReturnType<NonNullable<StateStore["permissions"]>>
>;
