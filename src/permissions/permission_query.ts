/**
 * How `Deno.permissions` is asked: a power that is handed in.
 *
 * @module
 */

import type { PermissionKind } from "./permission_kind.ts";
import type { PermissionEntry } from "./permission_set.ts";

/** One question to `Deno.permissions`; Deno writes into it, so it is fresh. */
export type PermissionDescriptor = {
  name: PermissionKind;
  path?: string;
  host?: string;
  variable?: string;
  kind?: string;
  command?: string;
};

/** What `Deno.permissions` answers. */
export type PermissionAnswer = Readonly<{
  /** Whether it is granted, denied, or would be asked for. */
  state: "granted" | "prompt" | "denied";
  /** Whether a part of what is granted is denied. */
  partial: boolean;
}>;

/** Asks, without ever prompting. */
export type PermissionQuery = (
  descriptor: PermissionDescriptor,
) => PermissionAnswer;

/** Asks for a permission; may prompt, and wait for the answer. */
export type PermissionRequest = (
  descriptor: PermissionDescriptor,
) => PermissionAnswer | PromiseLike<PermissionAnswer>;

const VALUE_KEYS = {
  read: "path",
  write: "path",
  ffi: "path",
  net: "host",
  import: "host",
  env: "variable",
  sys: "kind",
  run: "command",
} as const;

/**
 * Puts an entry the way `Deno.permissions` takes it.
 *
 * @param entry The entry; its value is handed over as it stands.
 * @returns A fresh descriptor.
 */
export function permissionDescriptor(
  { kind, value }: PermissionEntry,
): PermissionDescriptor {
  return value === undefined
    ? { name: kind }
    : { name: kind, [VALUE_KEYS[kind]]: value };
}

// Deno's declared types leave out kinds of `sys` that it checks.
function forDeno(descriptor: PermissionDescriptor): Deno.PermissionDescriptor {
  return descriptor as Deno.PermissionDescriptor;
}

/**
 * Asks Deno itself. Needs no permission and never prompts.
 *
 * @param descriptor What to ask for.
 * @returns The answer of this moment.
 */
export function queryDeno(descriptor: PermissionDescriptor): PermissionAnswer {
  return Deno.permissions.querySync(forDeno(descriptor));
}

/**
 * Asks the person at the terminal, through Deno. Needs no permission.
 *
 * @param descriptor What to ask for.
 * @returns What was answered; `"denied"` at once where nobody can be asked.
 */
export function requestDeno(
  descriptor: PermissionDescriptor,
): Promise<PermissionAnswer> {
  return Deno.permissions.request(forDeno(descriptor));
}
