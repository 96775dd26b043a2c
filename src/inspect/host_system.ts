/**
 * What a host asks of Deno about permissions, handed in.
 *
 * @module
 */

import {
  detectPermissionBroker,
  type PermissionAnswer,
  type PermissionQuery,
  type PermissionRequest,
  queryDeno,
  requestDeno,
} from "../permissions/permission_query.ts";
import type { PermissionKind } from "../permissions/permission_set.ts";
import { readProcessSwitch, type SwitchReading } from "../state/switches.ts";

/** What a host asks of Deno about the permissions of its process. */
export interface HostSystem {
  /** Asks how a permission stands, without ever prompting. */
  readonly query: PermissionQuery;
  /** Asks the person at the terminal for a permission. */
  readonly request: PermissionRequest;
  /** Whether there is a terminal at which somebody can be asked. */
  canAsk(): boolean;
  /** Gives a whole kind of permission up, and answers how it stands then. */
  revoke(
    kind: PermissionKind,
  ): PermissionAnswer | PromiseLike<PermissionAnswer>;
  /** Reads a switch of the process's environment. */
  readSwitch(name: string): SwitchReading;
  /** Whether a permission broker decides about the process. */
  hasBroker(): boolean;
}

/**
 * The key under which `createTestHost` and tests give a host another system. It
 * is no public option: an application has no use for it.
 */
export const HOST_SYSTEM: unique symbol = Symbol("the system of a host");

/** The options of a host that pretends to be another process. */
export interface PretendedOptions {
  readonly [HOST_SYSTEM]?: HostSystem;
}

/** The real ones. */
export const denoHostSystem: HostSystem = Object.freeze({
  query: queryDeno,
  request: requestDeno,
  canAsk: () => Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
  revoke: (kind: PermissionKind) => Deno.permissions.revoke({ name: kind }),
  readSwitch: (name: string) => readProcessSwitch(name),
  hasBroker: () => detectPermissionBroker(),
});
