/**
 * Asks the person at the terminal, where the host is told to.
 *
 * @module
 */

import { sayOnStderr } from "../audit/warn_on_stderr.ts";
import { describeRequest } from "../permissions/describe_request.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";
import {
  permissionKey,
  type PermissionState,
  queryPermissions,
} from "../permissions/query_permissions.ts";
import { requestPermission } from "../permissions/request_permission.ts";
import type { Plan } from "../plan/plan.ts";
import { revisePlan } from "../plan/revise_plan.ts";
import type { HostCore } from "./core.ts";

function isGrantedState(state: PermissionState | undefined): boolean {
  return state === "granted" || state === "partial";
}

async function ask(
  core: HostCore,
  id: string,
  reason: string | undefined,
  entry: PermissionEntry,
): Promise<boolean> {
  const key = permissionKey(entry);
  // Who said no is not asked again by the next plugin, or the next load.
  if (core.refusedRequests.has(key)) return false;
  const { powers } = core.settings;
  // What another plugin was granted a moment ago is not asked for again.
  const before = queryPermissions([entry], powers).get(key);
  if (isGrantedState(before)) return true;
  if (powers.canAsk()) sayOnStderr(describeRequest(id, reason, entry));
  const isGranted = isGrantedState(await requestPermission(entry, powers));
  if (!isGranted) core.refusedRequests.add(key);
  return isGranted;
}

/**
 * Asks for what the plugins that a plan decided to ask about miss, one after the
 * other, saying on standard error who asks.
 *
 * @param core The host.
 * @param plan The plan.
 * @param remedyFor How a person grants what stays missing.
 * @returns The plan that follows from the answers; the same one where nobody is to be asked.
 */
export async function askForPermissions(
  core: HostCore,
  plan: Plan,
  remedyFor: (missing: readonly PermissionEntry[]) => string,
): Promise<Plan> {
  let current = plan;
  for (const place of plan.steps.keys()) {
    const step = current.steps[place];
    if (step?.plugin === undefined || step.decision.kind !== "ask") continue;
    const { id, description } = step.plugin.manifest;
    const missing: PermissionEntry[] = [];
    for (const entry of step.decision.missing) {
      if (!await ask(core, id, description, entry)) missing.push(entry);
    }
    current = revisePlan(current, {
      kind: "answered",
      id,
      missing,
      remedy: remedyFor(missing),
    });
  }
  return current;
}
