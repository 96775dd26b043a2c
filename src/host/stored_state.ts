/** The stored state of a host, and warnings that are given once. */

import { PluginError, type Problem } from "../base/errors.ts";
import { type Clock, withTimeLimit } from "../base/timing.ts";
import type { LifecycleEvents } from "../events/lifecycle_event.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { PermissionQuery } from "../permissions/permission_states.ts";
import type {
  PluginState,
  StateChange,
  StatePermissions,
  StateReadResult,
  StateSnapshot,
  StateStore,
} from "../state/state_store.ts";
import {
  type Switches,
  SWITCHES_FLAG,
  switchRemedy,
  switchWarnings,
} from "../state/switches.ts";

export class Notices {
  readonly #events: LifecycleEvents;
  readonly #warned = new Set<string>();
  #hasReported = false;

  constructor(events: LifecycleEvents) {
    this.#events = events;
  }

  /** Reports what the environment's files ignore or cut. */
  environment(notices: readonly Problem[] = []): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    for (const problem of notices) {
      this.#events.emit({ action: "host.environment.notice", problem });
    }
  }

  /** Reports switches that cannot be read or understood. */
  switches(switches: Switches | undefined, query: PermissionQuery): void {
    // Without an external plugin, no switch has an effect.
    if (switches === undefined || switches.byType.size === 0) return;
    const warned = switchWarnings(switches)
      .filter(({ name }) => !this.#warned.has(name));
    for (const { name } of warned) this.#warned.add(name);
    const variables = warned.filter(({ kind }) => kind === "unreadable")
      .map(({ name }) => name);
    if (variables.length > 0) {
      const isDenied = variables.some((variable) =>
        query({ name: "env", variable }).state === "denied"
      );
      this.#events.emit({
        action: "switch.unreadable",
        variables,
        flag: SWITCHES_FLAG,
        remedy: switchRemedy(isDenied),
      });
    }
    for (const { name: variable, kind, warning = "" } of warned) {
      if (kind !== "unclear") continue;
      this.#events.emit({ action: "switch.unclear", variable, warning });
    }
  }
}

export interface StoredStateOptions {
  readonly store: StateStore;
  /** The time limit of a call to the store, in milliseconds. */
  readonly limit: number;
  readonly clock: Clock;
  readonly events: LifecycleEvents;
  /** Finds a plugin whose code was imported. */
  readonly find: (id: string) => ReadPlugin | undefined;
}

const NOBODY: ReadonlySet<string> = new Set();

function isDisabled({ plugins }: StateSnapshot, id: string): boolean {
  return plugins.get(id)?.enabled === false;
}

function disabledIn(snapshot: StateSnapshot): ReadonlySet<string> {
  const ids = [...snapshot.plugins.keys()];
  return new Set(ids.filter((id) => isDisabled(snapshot, id)));
}

/** Returns a state in which these plugins are disabled too. */
function disabling(
  snapshot: StateSnapshot,
  ids: ReadonlySet<string>,
): StateSnapshot {
  if (ids.size === 0) return snapshot;
  const plugins = new Map<string, PluginState>(snapshot.plugins);
  for (const id of ids) {
    plugins.set(id, { ...plugins.get(id), enabled: false });
  }
  return Object.freeze({ ...snapshot, plugins });
}

/** A store in memory settles within this number of microtasks, without a timer. */
const STEPS = 16;

async function settlesAtOnce(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = () => isSettled = true;
  promise.then(settle, settle);
  for (let step = 0; step < STEPS && !isSettled; step++) await undefined;
  return isSettled;
}

export class StoredState {
  readonly #options: StoredStateOptions;
  /** The highest revision since the state was last reverted. */
  #seen = 0;
  /** The plugins that were disabled in that revision. */
  #disabled = NOBODY;
  /** The plugins that stay disabled although a reverted state enables them. */
  #kept = NOBODY;
  /** The plugins whose decisions could not be marked as recorded yet. */
  readonly #unconfirmed = new Set<string>();

  constructor(options: StoredStateOptions) {
    this.#options = options;
  }

  /** True if the store lost decisions that this host still follows. */
  get hasLost(): boolean {
    return this.#kept.size > 0;
  }

  /** Tests if the last reading disables one of these plugins. */
  disables(ids: Iterable<string>): boolean {
    if (this.#disabled.size + this.#kept.size === 0) return false;
    return [...ids].some((id) => this.#disabled.has(id) || this.#kept.has(id));
  }

  /** Reads the state. Plugins whose disabling was lost stay disabled. */
  async read(): Promise<StateReadResult> {
    const seen = this.#seen;
    const disabled = this.#disabled;
    let result: StateReadResult;
    try {
      result = await this.#limited(
        "read",
        ({ store }, signal) => store.read({ signal }),
      );
    } catch (thrown) {
      const problem = thrown instanceof PluginError && thrown.problems[0];
      if (!problem) throw thrown;
      return { ok: false, problem };
    }
    if (!result.ok) return result;
    const { snapshot } = result;
    const lost = this.#lostBy(snapshot, seen, disabled);
    if (lost !== undefined) this.#reportReversion(snapshot, lost);
    else if (snapshot.revision >= this.#seen) this.#adopt(snapshot);
    return { ok: true, snapshot: disabling(snapshot, this.#kept) };
  }

  /** Changes the state of some plugins, and restores what the store lost. */
  async update(
    ids: readonly string[],
    change: StateChange,
  ): Promise<StateSnapshot> {
    const seen = this.#seen;
    const disabled = this.#disabled;
    const kept = this.#kept;
    let before: StateSnapshot | undefined;
    let lost: ReadonlySet<string> | undefined;
    const snapshot = await this.#limited(
      "change",
      ({ store }, signal) =>
        store.update((current) => {
          before = current;
          lost = this.#lostBy(current, seen, disabled);
          const missing = kept.union(lost ?? NOBODY);
          const whole = disabling(current, missing);
          const next = change({ ...whole, plugins: new Map(whole.plugins) });
          return next ?? (missing.size > 0 ? whole.plugins : undefined);
        }, { signal, unrecorded: store.markRecorded !== undefined }),
      // The change was stored after its time limit, so it was reported as failed.
      (late) => {
        this.#reportReconciled(ids, late);
        return this.confirm(ids);
      },
    );
    if (before !== undefined && lost !== undefined) {
      this.#reportReversion(before, lost);
    }
    // Everything is stored again, and the audit trail says why.
    this.#kept.forEach((id) => this.#unconfirmed.add(id));
    this.#kept = NOBODY;
    if (snapshot.revision >= this.#seen) this.#adopt(snapshot);
    return snapshot;
  }

  /** Reports decisions in force that the audit trail may lack. */
  #reportReconciled(ids: readonly string[], snapshot: StateSnapshot): void {
    for (const id of ids) {
      const { enabled, config } = snapshot.plugins.get(id) ?? {};
      this.#options.events.emit({
        action: "plugin.state.reconciled",
        plugin: this.#options.find(id) ?? id,
        enabled: enabled !== false,
        keys: Object.keys(config ?? {}),
        revision: snapshot.revision,
      });
    }
  }

  /** Reports decisions that a host stored, but was killed before it recorded them. */
  async reconcile(stored: StateReadResult): Promise<void> {
    if (!stored.ok) return;
    const { unrecorded = [] } = stored.snapshot;
    if (unrecorded.length === 0) return;
    this.#reportReconciled(
      unrecorded.filter((id) => !this.#unconfirmed.has(id)),
      stored.snapshot,
    );
    await this.confirm(unrecorded);
  }

  /** Marks decisions as recorded. Never rejects: a failed mark is repeated later. */
  async confirm(ids: readonly string[]): Promise<void> {
    if (this.#options.store.markRecorded === undefined) return;
    ids.forEach((id) => this.#unconfirmed.add(id));
    const recorded = [...this.#unconfirmed];
    if (recorded.length === 0) return;
    try {
      await this.#limited(
        "change",
        async ({ store }, signal) =>
          await store.markRecorded?.(recorded, { signal }),
      );
      recorded.forEach((id) => this.#unconfirmed.delete(id));
    } catch {
      // The next load finds the marks, and records these decisions again.
    }
  }

  /** Returns the permissions that the store needs, if it declares them. */
  async permissions(): Promise<StatePermissions> {
    try {
      return await this.#limited(
        "read the permissions of",
        async ({ store }) => await store.permissions?.() ?? {},
      );
    } catch {
      return {};
    }
  }

  /** Returns the plugins that a reverted state enables; `undefined` if it was not reverted. */
  #lostBy(
    snapshot: StateSnapshot,
    seen: number,
    disabled: ReadonlySet<string>,
  ): ReadonlySet<string> | undefined {
    const enabled = [...disabled].filter((id) => !isDisabled(snapshot, id));
    const isReverted = snapshot.revision < seen ||
      (snapshot.revision === seen && enabled.length > 0);
    return isReverted ? new Set(enabled) : undefined;
  }

  #reportReversion(snapshot: StateSnapshot, lost: ReadonlySet<string>): void {
    const seen = this.#seen;
    this.#kept = this.#kept.union(lost);
    this.#adopt(snapshot);
    this.#options.events.emit({
      action: "host.state.reverted",
      revision: snapshot.revision,
      seen,
      disabled: [...lost],
    });
  }

  #adopt(snapshot: StateSnapshot): void {
    this.#seen = snapshot.revision;
    this.#disabled = disabledIn(snapshot);
  }

  async #limited<Value>(
    action: string,
    call: (
      options: StoredStateOptions,
      signal: AbortSignal,
    ) => Promise<Value>,
    onLate: (value: Value) => unknown = () => {},
  ): Promise<Value> {
    const { limit, clock } = this.#options;
    const stop = new AbortController();
    const called = Promise.try(call, this.#options, stop.signal);
    if (await settlesAtOnce(called)) return await called;
    const limited = await withTimeLimit(called, limit, clock);
    if (limited.kind === "settled") return limited.value;
    const error = new PluginError(
      `Cannot ${action} plugin state: the store did not settle within ` +
        `${limit} ms`,
      {
        code: "PLUGIN_STATE_TIMEOUT",
        remedy: "Find what the store waits for, or raise timeouts.state",
      },
    );
    limited.eventually.then(onLate).catch(() => {});
    stop.abort(error);
    throw error;
  }
}
