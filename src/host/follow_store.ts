/** Follows what other hosts store, while this host runs. */

import type { Problem } from "../base/errors.ts";
import { copyJson, isJsonObject } from "../base/json.ts";
import { describeThrown } from "../base/text.ts";
import { withTimeLimit } from "../base/timing.ts";
import type { LifecycleEvent, PluginEvent } from "../events/lifecycle_event.ts";
import { pluginOf } from "../inspect/snapshot.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import {
  entriesOf,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { difference } from "../permissions/set_algebra.ts";
import { makePlan, type Plan, selectPlan } from "../plan/plan.ts";
import { consentSource, revokedOf } from "../policy/consent.ts";
import type { StateSnapshot } from "../state/state_store.ts";
import { changedKeys } from "../state/state_text.ts";
import { type ChangeQueue, claimFor } from "./change_queue.ts";
import { followConfig } from "./configure_plugin.ts";
import { type ExecuteParts, executePlan } from "./execute_plan.ts";
import { byStore, endRefused, findDue, followOne } from "./follow_state.ts";
import type { Follower, Parts } from "./host_parts.ts";
import type { LivePlugin } from "./registry.ts";
import type { FollowSettings } from "./settings.ts";

export type FollowerParts = ExecuteParts & Parts<"state" | "consents">;

/** The problems that end with a change of the stored state. */
const OF_STATE: ReadonlySet<Problem["code"]> = new Set([
  "PLUGIN_STATE_CORRUPT",
  "PLUGIN_STATE_TIMEOUT",
  "PLUGIN_STATE_UNREACHABLE",
  "PLUGIN_STATE_STALE",
  "PLUGIN_CONSENT_MISSING",
  "PLUGIN_PERMISSION_REVOKED",
  "PLUGIN_DEPENDENCY_DISABLED",
  "PLUGIN_DEPENDENCY_FAILED",
]);

function areOfState(problems: readonly Problem[]): boolean {
  return problems.length > 0 &&
    problems.every(({ code }) => OF_STATE.has(code));
}

/** The decision that keeps a plugin from running. */
interface Hold {
  readonly isDisabled: boolean;
  /** The problems of a consent or a revocation, if one keeps it. */
  readonly problems: readonly Problem[];
  /** The permissions that were revoked then. */
  readonly revoked: PermissionSet;
}

/** The plugins that the stored state, and nothing else, keeps from running. */
export class Held {
  readonly #holds = new Map<string, Hold>();
  readonly #revokedOf: (id: string) => PermissionSet;

  constructor(revokedOf: (id: string) => PermissionSet) {
    this.#revokedOf = revokedOf;
  }

  get(id: string): Hold | undefined {
    return this.#holds.get(id);
  }

  /** Remembers that a plugin is disabled, if nothing else keeps it. */
  disable({ manifest: { id } }: Pick<ReadPlugin, "manifest">): void {
    if (this.#holds.has(id)) return;
    const revoked = this.#revokedOf(id);
    this.#holds.set(id, { isDisabled: true, problems: [], revoked });
  }

  /** Takes every event of the host. */
  onEvent(event: LifecycleEvent): void {
    switch (event.action) {
      case "plugin.load.skipped":
        return this.#set(event.plugin, event.reason === "disabled", []);
      case "plugin.load.refused":
        if (!event.plugin.ok) return;
        return this.#set(event.plugin, false, event.problems);
      case "plugin.disposed":
        // A failed plugin waits for a person, and not for the state.
        if (event.status === "failed") return this.#forget(event.plugin);
        return this.#set(
          event.plugin,
          event.status === "disabled",
          event.reasons,
        );
      case "plugin.registered.builtin":
      case "plugin.registered.external":
      case "plugin.load.failed":
        return this.#forget(event.plugin);
    }
  }

  #set(
    { manifest: { id } }: ReadPlugin,
    isDisabled: boolean,
    problems: readonly Problem[],
  ): void {
    if (!isDisabled && !areOfState(problems)) {
      this.#holds.delete(id);
    } else {
      const revoked = this.#revokedOf(id);
      this.#holds.set(id, { isDisabled, problems, revoked });
    }
  }

  #forget({ manifest: { id } }: ReadPlugin): void {
    this.#holds.delete(id);
  }
}

/**
 * Lists the plugins that the state kept from running and keeps no more, each after
 * those that it requires.
 */
function releasedBy(
  { registry }: Parts<"registry">,
  { steps }: Plan,
  held: Held,
): readonly string[] {
  const released = new Set<string>();
  for (const { plugin, decision } of steps) {
    if (plugin === undefined || decision.kind !== "load") continue;
    const { id, requires } = plugin.manifest;
    if (registry.get(id) !== undefined || held.get(id) === undefined) continue;
    const isReady = requires.every((other) =>
      other.optional === true || registry.get(other.id) !== undefined ||
      released.has(other.id)
    );
    if (isReady) released.add(id);
  }
  return [...released];
}

function stale(id: string, problem: Problem): Problem {
  return {
    code: "PLUGIN_STATE_STALE",
    message: `Cannot continue with plugin "${id}": the stored state could ` +
      `not be read for too long: ${problem.message}`,
    remedy: problem.remedy,
  };
}

/** Identifies a stored state. */
function nameOf({ epoch, revision }: StateSnapshot): string {
  return `${epoch ?? ""} ${revision}`;
}

/**
 * Reads the store at its hints and in intervals, and has the plugins follow. A slow
 * plugin keeps no other one from following.
 */
export class StoreFollower implements Follower {
  readonly #parts: FollowerParts;
  readonly #follow: FollowSettings;
  readonly #held: Held;
  #changes: ChangeQueue | undefined;
  #ended: Promise<void> = Promise.resolve();
  #subscription: AsyncDisposable | undefined;
  #isHinted = false;
  #wake: (() => void) | undefined;
  /** The time of the last reading, by the clock of durations. */
  #readAt: number;
  #isStale = false;
  #isCopyDue = false;
  #copying: Promise<void> | undefined;
  #hasFailedToCopy = false;
  #hasLoaded = false;
  /** The state that the plugins follow, or are about to. */
  #followed: string | undefined;
  /** The changes under way, by plugin. */
  readonly #busy = new Map<string, Promise<void>>();
  /** The last configuration that was tried, by plugin. */
  readonly #tried = new Map<string, string>();

  constructor(parts: FollowerParts, follow: FollowSettings, held: Held) {
    this.#parts = parts;
    this.#follow = follow;
    this.#held = held;
    this.#readAt = parts.settings.clock.elapsed();
  }

  start(changes: ChangeQueue, ending: AbortSignal): void {
    if (this.#changes !== undefined || ending.aborted) return;
    this.#changes = changes;
    ending.addEventListener("abort", () => this.#wake?.(), { once: true });
    this.#ended = this.#run(changes, ending);
  }

  readonly hint = (): void => {
    this.#isHinted = true;
    this.#wake?.();
  };

  onLoaded(): void {
    this.#hasLoaded = true;
    this.onChange();
  }

  // Meanwhile, somebody may have decided otherwise about the same plugin.
  onChange(): void {
    this.#followed = undefined;
    this.hint();
  }

  get ended(): Promise<void> {
    return this.#ended;
  }

  async #run(changes: ChangeQueue, ending: AbortSignal): Promise<void> {
    while (!ending.aborted) {
      await this.#subscribe(ending);
      this.#isHinted = false;
      try {
        await this.#round(changes, ending);
      } catch {
        // The next round tries again.
        this.#followed = undefined;
      }
      if (!this.#isHinted && !ending.aborted) await this.#wait();
    }
    try {
      await this.#subscription?.[Symbol.asyncDispose]();
    } catch {
      // The store is gone, and the host goes.
    }
    await Promise.all([...this.#busy.values(), this.#copying]);
  }

  /** Waits for a hint, the next interval, or the end. */
  async #wait(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { clock } = this.#parts.settings;
    const cancel = clock.after(this.#follow.poll, resolve);
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
    cancel();
  }

  /** The time limit of a call to the store: one that hangs must not hide a change for long. */
  get #limit(): number {
    const { timeouts } = this.#parts.settings;
    return Math.min(timeouts.state, Math.max(this.#follow.poll, 1_000));
  }

  /** Watches the store, if it can be watched; the next round tries again. */
  async #subscribe(ending: AbortSignal): Promise<void> {
    const { settings: { state, clock } } = this.#parts;
    if (this.#subscription !== undefined || state.watch === undefined) return;
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, ending]);
    const { hint } = this;
    try {
      const watching = Promise.try(() => state.watch?.(hint, { signal }));
      const limited = await withTimeLimit(watching, this.#limit, clock);
      if (limited.kind === "settled") {
        this.#subscription = limited.value;
      } else {
        stop.abort();
        limited.eventually.then((late) => late?.[Symbol.asyncDispose]())
          .catch(() => {});
      }
    } catch {
      // Reading in intervals goes on, and reports what is wrong with the store.
    }
  }

  async #round(changes: ChangeQueue, ending: AbortSignal): Promise<void> {
    const { state, inspector, settings: { clock } } = this.#parts;
    const read = await state.readStore(this.#limit);
    if (!read.ok) return this.#endStale(read.problem, changes, ending);
    this.#readAt = clock.elapsed();
    if (this.#isStale) {
      this.#isStale = false;
      this.#followed = undefined;
      const { revision } = read.snapshot;
      this.#parts.events.emit({ action: "host.state.current", revision });
    }
    // Before `load` has read anything, no plugin is there to follow.
    if (inspector.reading === undefined) return;
    this.#beginCopy();
    const name = nameOf(read.snapshot);
    if (name === this.#followed || ending.aborted) return;
    this.#followed = name;
    for (const id of findDue(this.#parts)) {
      this.#beginTurn(
        id,
        true,
        changes,
        ending,
        () => followOne(this.#parts, id),
      );
    }
    this.#beginConfigs(changes, ending);
    // A load starts them itself, or ends them all because it failed.
    if (this.#hasLoaded) await this.#beginReleased(changes, ending);
  }

  /** Keeps a copy of what was read. A slow disk keeps no plugin from following. */
  #beginCopy(): void {
    this.#isCopyDue = true;
    this.#copying ??= this.#keepCopy().finally(() => this.#copying = undefined);
  }

  async #keepCopy(): Promise<void> {
    const { state, events, mask } = this.#parts;
    try {
      while (this.#isCopyDue) {
        this.#isCopyDue = false;
        await state.keepCopy();
      }
      this.#hasFailedToCopy = false;
    } catch (thrown) {
      if (this.#hasFailedToCopy) return;
      this.#hasFailedToCopy = true;
      const error = mask(describeThrown(thrown));
      events.emit({ action: "host.state.copy.failed", error });
    }
  }

  /** Makes a change of one plugin in its turn. */
  #beginTurn(
    id: string,
    canEnd: boolean,
    changes: ChangeQueue,
    ending: AbortSignal,
    change: () => Promise<void>,
  ): void {
    const { questions } = this.#parts;
    const claim = () => claimFor(this.#parts, id, canEnd);
    // What may end a plugin waits for no person who is asked.
    const onWait = () => canEnd ? questions.hold() : undefined;
    const before = this.#busy.get(id) ?? Promise.resolve();
    const turn = () => changes.run(claim, ending, change, onWait);
    const settled = before.then(turn).catch(() => {
      // The trail has the reason, or the host ends.
    }).finally(() => {
      if (this.#busy.get(id) === settled) this.#busy.delete(id);
      this.onChange();
    });
    this.#busy.set(id, settled);
  }

  /** Loads the plugins that the state keeps from running no more. */
  async #beginReleased(
    changes: ChangeQueue,
    ending: AbortSignal,
  ): Promise<void> {
    const { inspector } = this.#parts;
    const { snapshot, stored } = await inspector.inspectAgain();
    const plan = makePlan(snapshot);
    for (const { plugin, decision } of plan.steps) {
      const isDisabled = decision.kind === "skip" &&
        decision.reason === "disabled";
      if (plugin !== undefined && isDisabled) this.#held.disable(plugin);
    }
    if (!stored.ok) this.#followed = undefined;
    for (const id of releasedBy(this.#parts, plan, this.#held)) {
      this.#beginTurn(id, false, changes, ending, () => this.#release(id));
    }
  }

  async #release(id: string): Promise<void> {
    const { inspector, registry, events } = this.#parts;
    const inspection = await inspector.inspectAbout(id);
    if (!inspection.stored.ok) this.#followed = undefined;
    const plan = makePlan(inspection.snapshot);
    // It may have been loaded, or disabled again, while this waited for its turn.
    if (!releasedBy(this.#parts, plan, this.#held).includes(id)) return;
    const selected = selectPlan(plan, id);
    const step = selected.steps.find(({ plugin }) =>
      plugin?.manifest.id === id
    );
    const plugin = step && pluginOf(inspection, step);
    const hold = this.#held.get(id);
    if (plugin === undefined || hold === undefined) return;
    for (const event of this.#decisionsOn(plugin, hold)) events.emit(event);
    registry.orderBy(plan.places);
    await executePlan(this.#parts, inspection, selected);
  }

  /** Describes what others decided about a plugin since it was held. */
  #decisionsOn(
    plugin: ReadPlugin,
    { isDisabled, problems, revoked }: Hold,
  ): readonly PluginEvent[] {
    const { state, consents } = this.#parts;
    const { id } = plugin.manifest;
    const by = byStore(this.#parts);
    const has = (code: Problem["code"]) =>
      problems.some((problem) => problem.code === code);
    const consent = state.stateOf(id)?.consent;
    const lifted = difference(revoked, revokedOf(consents.recordOf(id)));
    const events: PluginEvent[] = [];
    if (isDisabled) events.push({ action: "plugin.enabled", plugin, ...by });
    if (has("PLUGIN_CONSENT_MISSING") && consent !== undefined) {
      events.push({
        action: "plugin.consent.granted",
        plugin,
        permissions: consent.permissions,
        source: consentSource(plugin),
        until: "always",
        ...by,
      });
    }
    if (entriesOf(lifted).length > 0) {
      events.push({
        action: "permission.granted",
        plugin,
        permissions: lifted,
        until: "always",
        ...by,
      });
    }
    return events;
  }

  /** Gives live plugins the configurations that others stored. */
  #beginConfigs(changes: ChangeQueue, ending: AbortSignal): void {
    for (const live of this.#parts.registry.inOrder()) {
      const { id } = live.plugin.manifest;
      if (this.#newConfigOf(live) === undefined) continue;
      this.#beginTurn(id, true, changes, ending, async () => {
        if (this.#parts.registry.get(id) !== live) return;
        // Another one may have been stored while this waited for its turn.
        const config = this.#newConfigOf(live);
        if (config === undefined) return;
        this.#tried.set(id, JSON.stringify(config));
        await followConfig(this.#parts, live, config);
      });
    }
  }

  /** Returns the stored configuration, if it is neither in force nor was refused. */
  #newConfigOf({ plugin, config }: LivePlugin): unknown {
    const { state, settings } = this.#parts;
    const { id } = plugin.manifest;
    const wanted = state.stateOf(id)?.config ?? settings.config.get(id) ?? {};
    const copy = copyJson(wanted, "config");
    const isInForce = copy.ok && isJsonObject(copy.value) &&
      changedKeys(config, copy.value).length === 0;
    return isInForce || this.#tried.get(id) === JSON.stringify(wanted)
      ? undefined
      : wanted;
  }

  /** Reports a store that could not be read for too long, and ends plugins if asked. */
  #endStale(
    problem: Problem,
    changes: ChangeQueue,
    ending: AbortSignal,
  ): void {
    const { settings: { clock }, state, events } = this.#parts;
    const { staleAfter, onStale } = this.#follow;
    const { copiedAt } = state;
    const age = copiedAt === undefined
      ? clock.elapsed() - this.#readAt
      : clock.now() - Date.parse(copiedAt);
    if (age <= staleAfter || this.#isStale) return;
    this.#isStale = true;
    const isEnding = onStale === "disable";
    events.emit({ action: "host.state.stale", problem, isEnding });
    if (!isEnding) return;
    for (const live of this.#parts.registry.inOrder()) {
      const { manifest: { id }, origin } = live.plugin;
      if (origin === "builtin") continue;
      this.#beginTurn(id, true, changes, ending, async () => {
        if (!this.#isStale) return;
        await endRefused(this.#parts, live, [stale(id, problem)]);
      });
    }
  }
}
