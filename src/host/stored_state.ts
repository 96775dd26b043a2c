/** The stored state of a host, and warnings that are given once. */

import { PluginError, type Problem } from "../base/errors.ts";
import { type Clock, withTimeLimit } from "../base/timing.ts";
import type { LifecycleEvents } from "../events/lifecycle_event.ts";
import { unreadableState } from "../inspect/inspection.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";
import type { PermissionQuery } from "../permissions/permission_states.ts";
import { covers, union } from "../permissions/set_algebra.ts";
import type {
  Consent,
  PluginState,
  StateChange,
  StateReadResult,
  StateSnapshot,
  StateStore,
} from "../state/state_store.ts";
import { EVERYONE, raisingSerials } from "../state/state_text.ts";
import {
  type Switches,
  SWITCHES_FLAG,
  switchRemedy,
  switchWarnings,
} from "../state/switches.ts";

import type { FollowSettings } from "./settings.ts";

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

/** Keeps the last state that was read, for a start without the store. */
interface CopyOptions {
  readonly store: NonNullable<FollowSettings["copy"]>;
  /** The longest time after which a host may start with it, in milliseconds. */
  readonly maxAge: number;
}

export interface StoredStateOptions {
  readonly store: StateStore;
  readonly copy?: CopyOptions | undefined;
  readonly mask: (text: string) => string;
  /** The time limit of a call to the store, in milliseconds. */
  readonly limit: number;
  readonly clock: Clock;
  readonly events: LifecycleEvents;
  /** Finds a plugin whose code was imported. */
  readonly find: (id: string) => ReadPlugin | undefined;
}

/** The restraints that a store lost of the decisions about one plugin. */
interface Lost {
  readonly disabled?: true;
  /** The revocations. */
  readonly revoked?: PermissionSet;
  /** A consent that was withdrawn, and is stored again. */
  readonly consent?: Consent;
}

type LostById = ReadonlyMap<string, Lost>;

const NOTHING_LOST: LostById = new Map();

/** A state that was read from another store. */
type CopiedState = StateSnapshot & { readonly readAt: string };

/** Returns a state as a copy; `undefined` if it is none, or cannot be read. */
function toCopied(result: StateReadResult): CopiedState | undefined {
  if (!result.ok) return undefined;
  const { readAt, ...snapshot } = result.snapshot;
  return readAt === undefined ? undefined : { ...snapshot, readAt };
}

const REVERTED: Problem = Object.freeze({
  code: "PLUGIN_STATE_REVERTED",
  message: "Cannot believe the state store: it went back, or was replaced",
  remedy: "Find out what happened to the store; then decide again about the " +
    "plugins that the event names, or restore the store from a backup",
});

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Tests if a consent agrees to nothing that another one does not. */
function isWithin(one: Consent, other: Consent | undefined): boolean {
  return other !== undefined && one.source === other.source &&
    one.digest === other.digest &&
    covers(other.permissions, one.permissions);
}

function lostOf(
  before: PluginState | undefined,
  now: PluginState | undefined,
): Lost | undefined {
  // Most plugins have no decisions, or the same ones.
  if (before === now || isSame(before, now)) return undefined;
  const isEnabled = before?.enabled === false && now?.enabled !== false;
  const isGranted = before?.revoked !== undefined &&
    !covers(now?.revoked ?? {}, before.revoked);
  const isAgreed = now?.consent !== undefined &&
    !isWithin(now.consent, before?.consent);
  if (!isEnabled && !isGranted && !isAgreed) return undefined;
  return {
    ...isEnabled ? { disabled: true } : {},
    ...isGranted ? { revoked: before.revoked } : {},
    ...isAgreed ? { consent: now.consent } : {},
  };
}

/** Finds the restraints of an earlier state that a later one lacks. */
function lostBetween(before: StateSnapshot, now: StateSnapshot): LostById {
  const lost = new Map<string, Lost>();
  for (const id of [...before.plugins.keys(), ...now.plugins.keys()]) {
    const one = lostOf(before.plugins.get(id), now.plugins.get(id));
    if (one !== undefined) lost.set(id, one);
  }
  return lost;
}

/** Returns the state of a plugin with the restraints that were lost. */
function restrain(
  state: PluginState | undefined,
  lost: Lost | undefined,
): PluginState | undefined {
  if (lost === undefined) return state;
  const { consent, ...others } = state ?? {};
  const isBack = lost.consent !== undefined && isSame(consent, lost.consent);
  return {
    ...others,
    ...lost.disabled === true ? { enabled: false } : {},
    ...consent === undefined || isBack ? {} : { consent },
    ...lost.revoked === undefined
      ? {}
      : { revoked: union(others.revoked ?? {}, lost.revoked) },
  };
}

/** Tests if a state lacks a restraint. */
function isLost(lost: Lost, state: PluginState | undefined): boolean {
  return (lost.disabled === true && state?.enabled !== false) ||
    (lost.revoked !== undefined &&
      !covers(state?.revoked ?? {}, lost.revoked)) ||
    (lost.consent !== undefined && isSame(state?.consent, lost.consent));
}

function restrainAll(snapshot: StateSnapshot, lost: LostById): StateSnapshot {
  if (lost.size === 0) return snapshot;
  const plugins = new Map<string, PluginState>(snapshot.plugins);
  for (const [id, one] of lost) {
    plugins.set(id, restrain(plugins.get(id), one) ?? {});
  }
  return Object.freeze({ ...snapshot, plugins });
}

function mergeLost(one: LostById, other: LostById): LostById {
  const merged = new Map(one);
  for (const [id, lost] of other) {
    const before = merged.get(id);
    const revoked = union(before?.revoked ?? {}, lost.revoked ?? {});
    merged.set(id, {
      ...before,
      ...lost,
      ...isSame(revoked, {}) ? {} : { revoked },
    });
  }
  return merged;
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
  /** The state of the highest revision since the state was last reverted. */
  #seen: StateSnapshot | undefined;
  /** The restraints that hold although a reverted state lacks them. */
  #kept: LostById = NOTHING_LOST;
  #changes = 0;
  /** The plugins whose decisions could not be marked as recorded yet. */
  readonly #unconfirmed = new Set<string>();
  /** The plugins that have a mark by this host. */
  readonly #marked = new Set<string>();
  #hasRead = false;
  #seeding: Promise<CopiedState | undefined> | undefined;
  #copyInUse: CopiedState | undefined;
  #copied: { readonly text: string; readonly at: number } | undefined;

  constructor(options: StoredStateOptions) {
    this.#options = options;
  }

  /** True if the store lost decisions that this host still follows. */
  get hasLost(): boolean {
    return this.#kept.size > 0;
  }

  /** Grows whenever a plugin may have another state than before. */
  get changes(): number {
    return this.#changes;
  }

  /** The revision of the last reading. */
  get revision(): number {
    return this.#seen?.revision ?? 0;
  }

  /** The time at which the copy was read from the store that stands for it now. */
  get copiedAt(): string | undefined {
    return this.#copyInUse?.readAt;
  }

  /** True if the last reading has no decision about any plugin. */
  get isEmpty(): boolean {
    return (this.#seen?.plugins.size ?? 0) + this.#kept.size === 0;
  }

  /** Returns the state of a plugin at the last reading. */
  stateOf(id: string): PluginState | undefined {
    return restrain(this.#seen?.plugins.get(id), this.#kept.get(id));
  }

  /**
   * Reads the state. Restraints that were lost stay in force. Before the first
   * reading, a recent copy stands for a store that cannot be read. Never rejects.
   */
  async read(): Promise<StateReadResult> {
    const result = await this.readStore();
    if (result.ok || this.#hasRead) return result;
    const copy = await this.#recentCopy();
    if (copy === undefined) return result;
    if (this.#copyInUse === undefined) {
      this.#copyInUse = copy;
      const { revision, readAt } = copy;
      const { problem } = result;
      this.#options.events.emit({
        action: "host.state.copied",
        problem,
        revision,
        readAt,
      });
    }
    return { ok: true, snapshot: restrainAll(copy, this.#kept) };
  }

  /**
   * Reads the state from the store itself. Never rejects.
   *
   * @param limit The time limit, in milliseconds.
   */
  async readStore(limit = this.#options.limit): Promise<StateReadResult> {
    const { mask } = this.#options;
    await this.#seed();
    const seen = this.#seen;
    let result: StateReadResult;
    try {
      result = await this.#limited(
        "read",
        ({ store }, signal) => store.read({ signal }),
        undefined,
        limit,
      );
    } catch (thrown) {
      return { ok: false, problem: unreadableState(thrown, mask) };
    }
    if (!result.ok) return result;
    this.#hasRead = true;
    this.#copyInUse = undefined;
    const { snapshot } = result;
    const lost = this.#lostBy(snapshot, seen);
    if (lost !== undefined) this.#reportReversion(snapshot, lost);
    else if (this.#isNewest(snapshot)) this.#adopt(snapshot);
    return { ok: true, snapshot: restrainAll(snapshot, this.#kept) };
  }

  /** Changes the state of some plugins, and restores what the store lost. */
  async update(
    ids: readonly string[],
    change: StateChange,
  ): Promise<StateSnapshot> {
    await this.#seed();
    const seen = this.#seen;
    const kept = this.#kept;
    let before: StateSnapshot | undefined;
    let lost: LostById | undefined;
    const snapshot = await this.#limited(
      "change",
      ({ store }, signal) =>
        store.update((current) => {
          before = current;
          lost = this.#lostBy(current, seen);
          const missing = mergeLost(kept, lost ?? NOTHING_LOST);
          const whole = restrainAll(current, missing);
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
    if (before !== undefined && snapshot.revision > before.revision) {
      this.#inherit([...ids, ...this.#kept.keys()], before);
    }
    // Everything is stored again, and the audit trail says why.
    for (const id of this.#kept.keys()) this.#unconfirmed.add(id);
    this.#kept = NOTHING_LOST;
    if (this.#isNewest(snapshot)) this.#adopt(snapshot);
    this.#changes++;
    return snapshot;
  }

  /**
   * Remembers the highest serials of the lock and the trust file, so that neither
   * goes back. Returns why they cannot be stored.
   */
  async keepSerials(
    serials: NonNullable<PluginState["serials"]>,
  ): Promise<Problem | undefined> {
    const before = { revision: 0, plugins: this.#seen?.plugins ?? new Map() };
    if (raisingSerials(before, serials) === undefined) return undefined;
    try {
      await this.update(
        [EVERYONE],
        (current) => raisingSerials(current, serials),
      );
      await this.confirm([EVERYONE]);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof PluginError) return thrown.problems[0];
      throw thrown;
    }
  }

  /**
   * Reports what others decided about these plugins and did not record. The mark
   * of a new decision replaces theirs, and will be removed with it.
   */
  #inherit(ids: readonly string[], before: StateSnapshot): void {
    const { unrecorded = [] } = before;
    this.#reportReconciled(
      unrecorded.filter((id) => ids.includes(id) && !this.#marked.has(id)),
      before,
    );
    ids.forEach((id) => this.#marked.add(id));
  }

  /** Reports decisions in force that the audit trail may lack. */
  #reportReconciled(ids: readonly string[], snapshot: StateSnapshot): void {
    for (const id of ids) {
      const state = snapshot.plugins.get(id) ?? {};
      const { enabled, config, consent, revoked } = state;
      this.#options.events.emit({
        action: "plugin.state.reconciled",
        plugin: this.#options.find(id) ?? id,
        enabled: enabled !== false,
        keys: Object.keys(config ?? {}),
        consented: consent?.permissions,
        revoked,
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
      for (const id of recorded) {
        this.#unconfirmed.delete(id);
        this.#marked.delete(id);
      }
    } catch {
      // The next load finds the marks, and records these decisions again.
    }
  }

  /** Returns the permissions that the store and its copy need, if they declare them. */
  async permissions(): Promise<PermissionSet> {
    try {
      return await this.#limited(
        "read the permissions of",
        async ({ store, copy }) => {
          const own = await store.permissions?.() ?? {};
          const others = await copy?.store.permissions?.();
          return others === undefined ? own : union(own, others);
        },
      );
    } catch {
      return {};
    }
  }

  /**
   * Takes what an earlier run of the host read last, so that it notices what the
   * store lost meanwhile.
   */
  async #seed(): Promise<void> {
    const { copy } = this.#options;
    if (copy === undefined || this.#seen !== undefined) return;
    this.#seeding ??= copy.store.read().then(toCopied, () => undefined);
    this.#seen ??= await this.#seeding;
  }

  /** Returns the copy, if it is recent enough to start with. */
  async #recentCopy(): Promise<CopiedState | undefined> {
    const { copy, clock } = this.#options;
    const snapshot = await this.#seeding;
    if (copy === undefined || snapshot === undefined) return undefined;
    const age = clock.now() - Date.parse(snapshot.readAt);
    // A time in the future says nothing about its age.
    return age >= 0 && age <= copy.maxAge ? snapshot : undefined;
  }

  /**
   * Keeps what is in force as a copy: after a change, and now and then.
   *
   * @throws whatever the copy throws.
   */
  async keepCopy(): Promise<void> {
    const { copy, clock } = this.#options;
    const seen = this.#seen;
    if (copy === undefined || seen === undefined) return;
    const whole = restrainAll(seen, this.#kept);
    const text = JSON.stringify([whole.revision, whole.epoch, [
      ...whole.plugins,
    ]]);
    const now = clock.now();
    const isRecent = this.#copied !== undefined &&
      now - this.#copied.at < copy.maxAge / 4;
    if (isRecent && this.#copied?.text === text) return;
    await copy.store.replace(whole, new Date(now).toISOString());
    this.#copied = { text, at: now };
  }

  /** Returns the restraints that a reverted state lacks; `undefined` if it was not reverted. */
  #lostBy(
    snapshot: StateSnapshot,
    seen: StateSnapshot | undefined,
  ): LostById | undefined {
    if (seen === undefined) return undefined;
    const isOther = seen.epoch !== undefined && seen.epoch !== snapshot.epoch;
    if (!isOther && snapshot.revision > seen.revision) return undefined;
    const lost = lostBetween(seen, snapshot);
    const isReverted = isOther || snapshot.revision < seen.revision ||
      lost.size > 0;
    return isReverted ? lost : undefined;
  }

  #reportReversion(snapshot: StateSnapshot, lost: LostById): void {
    const seen = this.#seen?.revision ?? 0;
    this.#kept = mergeLost(this.#kept, lost);
    this.#adopt(snapshot);
    const those = (has: (one: Lost) => boolean) =>
      [...lost].filter(([, one]) => has(one)).map(([id]) => id);
    this.#options.events.emit({
      action: "host.state.reverted",
      problem: REVERTED,
      revision: snapshot.revision,
      seen,
      disabled: those(({ disabled }) => disabled === true),
      revoked: those(({ revoked }) => revoked !== undefined),
      withdrawn: those(({ consent }) => consent !== undefined),
    });
  }

  #isNewest({ revision }: StateSnapshot): boolean {
    return revision >= (this.#seen?.revision ?? 0);
  }

  #adopt(snapshot: StateSnapshot): void {
    this.#seen = snapshot;
    // What is stored again needs no keeping, so that others may decide anew.
    this.#kept = new Map(
      [...this.#kept].filter(([id, lost]) =>
        isLost(lost, snapshot.plugins.get(id))
      ),
    );
    this.#changes++;
  }

  async #limited<Value>(
    action: string,
    call: (
      options: StoredStateOptions,
      signal: AbortSignal,
    ) => Promise<Value>,
    onLate: (value: Value) => unknown = () => {},
    limit: number = this.#options.limit,
  ): Promise<Value> {
    const { clock } = this.#options;
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
