/** The permission system of the process, passed in. */

import {
  detectPermissionBroker,
  type PermissionAnswer,
  type PermissionQuery,
  type PermissionRequest,
  queryDeno,
  requestDeno,
} from "../permissions/permission_states.ts";
import type { PermissionKind } from "../permissions/permission_set.ts";
import { readProcessSwitch, type SwitchReading } from "../state/switches.ts";

/** The functions of Deno that a host uses for permissions. */
export interface HostSystem {
  /** Queries the state of a permission. Never prompts. */
  readonly query: PermissionQuery;
  /** Asks the person at the terminal for a permission. */
  readonly request: PermissionRequest;
  /** Tests if there is a terminal for prompts. */
  canAsk(): boolean;
  /** Revokes a whole kind of permission, and returns its new state. */
  revoke(
    kind: PermissionKind,
  ): PermissionAnswer | PromiseLike<PermissionAnswer>;
  /** Reads a switch of the process's environment. */
  readSwitch(name: string): SwitchReading;
  /** Tests if a permission broker decides for the process. */
  hasBroker(): boolean;
}

/** The option by which tests give a host another system. It is not public. */
export const HOST_SYSTEM: unique symbol = Symbol("the system of a host");

export interface PretendedOptions {
  readonly [HOST_SYSTEM]?: HostSystem;
}

export const denoHostSystem: HostSystem = Object.freeze({
  query: queryDeno,
  request: requestDeno,
  canAsk: () => Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
  revoke: (kind: PermissionKind) => Deno.permissions.revoke({ name: kind }),
  readSwitch: (name: string) => readProcessSwitch(name),
  hasBroker: () => detectPermissionBroker(),
});
