/** What each plugin may do at this moment, by the decisions of people about it. */

import type { Problem } from "../base/errors.ts";
import type { Inspector } from "../inspect/inspector.ts";
import type { InspectionSettings } from "../inspect/inspection.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { PermissionSet } from "../permissions/permission_set.ts";
import { PermissionInquiry } from "../permissions/permission_states.ts";
import { difference, union } from "../permissions/set_algebra.ts";
import {
  consentMissing,
  type ConsentRecord,
  decideGrants,
  missingConsent,
  permissionRevoked,
  recordOf,
  takenPermissions,
} from "../policy/consent.ts";
import type { PluginGrants, Runner } from "../runners/runner.ts";
import type { Consent } from "../state/state_store.ts";
import { EVERYONE } from "../state/state_text.ts";
import type { StoredState } from "./stored_state.ts";

export interface ConsentsOptions {
  readonly settings: Pick<InspectionSettings, "consent" | "system">;
  readonly state: Pick<StoredState, "stateOf" | "changes" | "isEmpty">;
  readonly inspector: () => Pick<Inspector, "subjectOf">;
  readonly runner: () => Pick<Runner, "kindOf">;
}

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

  /** Lets the grants follow other permissions of the host's own process. */
  refresh(): void {
    this.#changes++;
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
    const grants = known?.facts === facts
      ? known.grants
      : decideGrants(subject, record, settings.consent, ofHost);
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
