/** Shows prompts for missing permissions, in permission mode `prompt`. */

import { Mutex } from "../base/timing.ts";
import { printOnStderr } from "../base/text.ts";
import type { HostSystem } from "../inspect/host_system.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";
import {
  describeRequest,
  permissionKey,
  type PermissionState,
  queryPermissions,
  requestPermission,
} from "../permissions/permission_states.ts";
import { type Plan, revisePlan } from "../plan/plan.ts";

function isGrantedState(state: PermissionState | undefined): boolean {
  return state === "granted" || state === "partial";
}

/** Shows one prompt at a time, and none again that was denied. */
export class PermissionQuestions {
  readonly #system: HostSystem;
  readonly #mutex = new Mutex();
  readonly #refused = new Set<string>();

  constructor(system: HostSystem) {
    this.#system = system;
  }

  async #ask(
    id: string,
    reason: string | undefined,
    entry: PermissionEntry,
  ): Promise<boolean> {
    const key = permissionKey(entry);
    // A denial also applies to the next plugin and the next load.
    if (this.#refused.has(key)) return false;
    const system = this.#system;
    // It may have been granted for another plugin meanwhile.
    const before = queryPermissions([entry], system).get(key);
    if (isGrantedState(before)) return true;
    if (system.canAsk()) printOnStderr(describeRequest(id, reason, entry));
    const isGranted = isGrantedState(await requestPermission(entry, system));
    if (!isGranted) this.#refused.add(key);
    return isGranted;
  }

  /** Shows the prompts of a plan, and returns the revised plan. */
  async ask(
    plan: Plan,
    remedyFor: (missing: readonly PermissionEntry[]) => string,
  ): Promise<Plan> {
    if (plan.steps.every(({ decision }) => decision.kind !== "ask")) {
      return plan;
    }
    let current = plan;
    // A prompt has two lines, which must not mix with those of another change.
    using _turn = await this.#mutex.lock(new AbortController().signal);
    for (const place of plan.steps.keys()) {
      const step = current.steps[place];
      if (step?.plugin === undefined || step.decision.kind !== "ask") continue;
      const { id, description } = step.plugin.manifest;
      const missing: PermissionEntry[] = [];
      for (const entry of step.decision.missing) {
        if (!await this.#ask(id, description, entry)) missing.push(entry);
      }
      const remedy = remedyFor(missing);
      current = revisePlan(current, { kind: "answered", id, missing, remedy });
    }
    return current;
  }
}
