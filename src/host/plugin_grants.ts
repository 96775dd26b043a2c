/** The permissions of each plugin at this moment, by the decisions of people. */

import { PluginError, type Problem } from "../base/errors.ts";
import { describeThrown } from "../base/text.ts";
import type { LifecycleEvents } from "../events/lifecycle_event.ts";
import type { Inspector } from "../inspect/inspector.ts";
import type { InspectionSettings } from "../inspect/inspection.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { Hazard } from "../permissions/path_hazards.ts";
import {
  entriesOf,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import {
  PermissionInquiry,
  permissionKey,
} from "../permissions/permission_states.ts";
import {
  covers,
  difference,
  overlap,
  union,
} from "../permissions/set_algebra.ts";
import {
  type ConsentDifference,
  consentMissing,
  type ConsentRecord,
  decideGrants,
  extendConsent,
  missingConsent,
  permissionRevoked,
  recordOf,
  takenPermissions,
} from "../policy/consent.ts";
import type { PluginGrants, Runner } from "../runners/runner.ts";
import type { Consent } from "../state/state_store.ts";
import { EVERYONE } from "../state/state_text.ts";
import { makeQuestion, type Questions, type Yes } from "./questions.ts";
import type { Registry } from "./registry.ts";
import type { StoredState } from "./stored_state.ts";

export interface ConsentsOptions {
  readonly settings: Pick<InspectionSettings, "consent" | "system" | "clock">;
  readonly state: Pick<
    StoredState,
    "stateOf" | "changes" | "isEmpty" | "read" | "update" | "confirm"
  >;
  readonly events: LifecycleEvents;
  readonly questions: Questions;
  readonly registry: Pick<Registry, "get">;
  readonly inspector: () => Pick<Inspector, "subjectOf" | "hazardsOf">;
  readonly runner: () => Pick<Runner, "kindOf">;
  readonly mask: (text: string) => string;
}

/** A question about one permission, while it is asked. */
interface Pending {
  readonly answer: Promise<boolean>;
  /** Lets the question end when nobody waits for it any more. */
  readonly stop: AbortController;
  waiting: number;
}

/** After so many times no, a plugin does not get anybody asked again in this run. */
const MAX_REFUSALS = 3;

/** The grants of a plugin, and what they were made from. */
interface Known {
  readonly changes: number;
  readonly facts: string;
  readonly grants: PluginGrants;
}

/** The decisions of people in force: the stored ones, and those for this run alone. */
export class Consents {
  readonly #options: ConsentsOptions;
  readonly #inThisRun = new Map<string, Consent>();
  readonly #known = new WeakMap<ReadPlugin, Known>();
  readonly #pending = new Map<string, Pending>();
  /** The permissions to which somebody said no, by plugin, in this run. */
  readonly #refused = new Map<string, Set<string>>();
  #changes = 0;

  constructor(options: ConsentsOptions) {
    this.#options = options;
  }

  /** Returns what was agreed to for this run alone. */
  inThisRun(id: string): Consent | undefined {
    return this.#inThisRun.get(id);
  }

  /** Remembers a consent until the host ends. */
  agree(id: string, consent: Consent): void {
    this.#inThisRun.set(id, consent);
    this.#changes++;
  }

  /** Forgets what was agreed to for this run alone. */
  forget(id: string): void {
    if (this.#inThisRun.delete(id)) this.#changes++;
  }

  /** Lets a person be asked again after a no. */
  forgetRefusals(id: string): void {
    this.#refused.delete(id);
  }

  /** Returns the decisions about a plugin. */
  recordOf(id: string): ConsentRecord {
    const { state } = this.#options;
    return recordOf(
      state.stateOf(id),
      state.stateOf(EVERYONE),
      this.#inThisRun.get(id),
    );
  }

  /** Returns the grants of a plugin: the same object until one of them changes. */
  grantsOf(plugin: ReadPlugin): PluginGrants {
    const changes = this.#changes + this.#options.state.changes;
    const known = this.#known.get(plugin);
    if (known?.changes === changes) return known.grants;
    const { settings, inspector } = this.#options;
    const record = this.recordOf(plugin.manifest.id);
    const subject = inspector().subjectOf(plugin);
    const ofHost = settings.consent.mode === "none"
      ? grantedToHost(subject.optional, settings)
      : {};
    const facts = JSON.stringify([record, ofHost]);
    if (known?.facts === facts) {
      this.#known.set(plugin, { ...known, changes });
      return known.grants;
    }
    const decided = decideGrants(subject, record, settings.consent, ofHost);
    // Another person may have agreed to the same.
    const isSame = known !== undefined &&
      JSON.stringify(known.grants) === JSON.stringify(decided);
    const grants = isSame ? known.grants : decided;
    this.#known.set(plugin, { changes, facts, grants });
    return grants;
  }

  /** Returns why a live plugin must end; nothing if it may go on. */
  endsOf(plugin: ReadPlugin): readonly Problem[] {
    const { settings: { consent }, state, inspector, runner } = this.#options;
    if (consent.mode === "none" && state.isEmpty) return [];
    const { id } = plugin.manifest;
    const record = this.recordOf(id);
    const subject = inspector().subjectOf(plugin);
    const taken = takenPermissions(subject, record, runner().kindOf(plugin));
    if (taken !== undefined) {
      return [permissionRevoked(id, taken, "continue with")];
    }
    const missing = missingConsent(subject, record, consent);
    return missing === undefined
      ? []
      : [consentMissing(id, missing, "continue with")];
  }

  /** Asks for the yes that the code of a plugin waits for, and records it. */
  async askToRun(
    plugin: ReadPlugin,
    consent: ConsentDifference,
    hazards: readonly Hazard[],
  ): Promise<boolean> {
    const { questions, mask, runner } = this.#options;
    const question = makeQuestion({
      plugin,
      runner: runner().kindOf(plugin),
      permissions: consent.added,
      consent,
      hazards,
      mask,
    });
    const yes = await questions.askOne(question);
    if (yes === undefined) return false;
    const isRecorded = await this.#record(plugin, consent.added, yes, true);
    // Somebody may have taken it back while the question was open.
    return isRecorded && this.endsOf(plugin).length === 0;
  }

  /**
   * Asks for an undecided permission of a running plugin, once for equal questions.
   * A no holds until the host ends.
   */
  async askFor(
    plugin: ReadPlugin,
    wanted: PermissionEntry,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (this.#has(plugin, wanted)) return true;
    const entry = entriesOf(this.grantsOf(plugin).undecided)
      .find((one) => covers(setOf(one), setOf(wanted)));
    if (entry === undefined || signal.aborted) return false;
    const { id } = plugin.manifest;
    const key = permissionKey(entry);
    const refused = this.#refused.get(id);
    if (refused?.has(key) || (refused?.size ?? 0) >= MAX_REFUSALS) return false;
    const pending = this.#pendingFor(plugin, entry, `${id} ${key}`);
    pending.waiting++;
    const { promise: aborted, resolve } = Promise.withResolvers<false>();
    const abort = () => resolve(false);
    signal.addEventListener("abort", abort, { once: true });
    try {
      const isGranted = await Promise.race([pending.answer, aborted]);
      return isGranted && this.#has(plugin, wanted);
    } finally {
      signal.removeEventListener("abort", abort);
      if (--pending.waiting === 0) pending.stop.abort();
    }
  }

  #has(plugin: ReadPlugin, entry: PermissionEntry): boolean {
    const { granted, revoked } = this.grantsOf(plugin);
    const set = setOf(entry);
    return covers(granted, set) &&
      entriesOf(overlap(set, revoked)).length === 0;
  }

  #pendingFor(
    plugin: ReadPlugin,
    entry: PermissionEntry,
    key: string,
  ): Pending {
    const before = this.#pending.get(key);
    if (before !== undefined && !before.stop.signal.aborted) return before;
    const stop = new AbortController();
    const answer = this.#askOnce(plugin, entry, stop.signal)
      .catch(() => false)
      .finally(() => {
        if (this.#pending.get(key) === pending) this.#pending.delete(key);
      });
    const pending: Pending = { answer, stop, waiting: 0 };
    this.#pending.set(key, pending);
    return pending;
  }

  async #askOnce(
    plugin: ReadPlugin,
    entry: PermissionEntry,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { questions, inspector, mask, registry, runner } = this.#options;
    const { id } = plugin.manifest;
    const question = makeQuestion({
      plugin,
      runner: runner().kindOf(plugin),
      permissions: setOf(entry),
      consent: undefined,
      hazards: await inspector().hazardsOf(plugin),
      mask,
    });
    const yes = await questions.askOne(question, signal);
    if (yes === undefined) {
      // A question that nobody waits for any more was not answered.
      if (!signal.aborted) {
        const refused = this.#refused.get(id) ?? new Set();
        this.#refused.set(id, refused.add(permissionKey(entry)));
      }
      return false;
    }
    if (!await this.#record(plugin, setOf(entry), yes, false)) return false;
    // Its process asks at each access, so the new grants hold already.
    const live = registry.get(id);
    if (live?.plugin === plugin) live.grants = this.grantsOf(plugin);
    return true;
  }

  /** Stores a yes, or remembers it for this run. Returns false if that failed. */
  async #record(
    plugin: ReadPlugin,
    permissions: PermissionSet,
    { remember, by }: Yes,
    isForCode: boolean,
  ): Promise<boolean> {
    const { state, settings, inspector, events } = this.#options;
    const { id } = plugin.manifest;
    const subject = inspector().subjectOf(plugin);
    const at = new Date(settings.clock.now()).toISOString();
    const extend = (last: Consent | undefined) =>
      extendConsent(subject, last, permissions, { by, at }, settings.consent);
    try {
      if (remember === "always") {
        await state.update([id], ({ plugins }) => {
          const before = plugins.get(id);
          const consent = extend(before?.consent);
          return new Map(plugins).set(id, { ...before, consent });
        });
      } else {
        // What others revoked meanwhile counts.
        await state.read();
        this.agree(id, extend(this.#inThisRun.get(id)));
      }
    } catch (thrown) {
      const isOurs = thrown instanceof PluginError;
      events.emit({
        action: "plugin.grant.failed",
        plugin,
        ...by === undefined ? {} : { by },
        failure: isOurs
          ? { code: thrown.code, problems: thrown.problems }
          : { error: this.#options.mask(describeThrown(thrown)) },
      });
      return false;
    }
    events.emit({
      action: isForCode ? "plugin.consent.granted" : "permission.granted",
      plugin,
      permissions,
      ...isForCode ? { source: subject.source } : {},
      until: remember,
      ...by === undefined ? {} : { by },
    });
    if (remember === "always") await state.confirm([id]);
    return true;
  }
}

function setOf({ kind, value }: PermissionEntry): PermissionSet {
  return { [kind]: value === undefined ? true : [value] };
}

/** Returns the part of a set that the host has itself. */
function grantedToHost(
  set: PermissionSet,
  { system: { query } }: Pick<InspectionSettings, "system">,
): PermissionSet {
  const missing = new PermissionInquiry({ query }).missing(set);
  if (missing.length === 0) return set;
  return difference(
    set,
    union(
      ...missing.map(({ kind, value }) => ({
        [kind]: value === undefined ? true : [value],
      })),
    ),
  );
}
