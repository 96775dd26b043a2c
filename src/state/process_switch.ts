/**
 * A switch of this process's own environment.
 *
 * @module
 */

import type { SwitchReading } from "./switches.ts";

/** The environment and the permissions, as far as a switch needs them. */
export interface SwitchPowers {
  /** Whether a variable may be read. Asks nobody. */
  permission(variable: string): Deno.PermissionState;
  /** Whether reading what is neither granted nor denied could ask a person. */
  canPrompt(): boolean;
  /** Reads a variable. */
  get(variable: string): string | undefined;
}

/** The real ones. */
export const denoSwitchPowers: SwitchPowers = {
  permission: (variable) =>
    Deno.permissions.querySync({ name: "env", variable }).state,
  canPrompt: () => Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
  get: (variable) => Deno.env.get(variable),
};

/**
 * Reads a variable of the process, and never asks anybody for the permission.
 *
 * Reading needs `env` permission for the variable; without it, the answer is
 * that it is unreadable.
 *
 * @param name The variable.
 * @param powers The environment and the permissions.
 * @returns What is there.
 */
export function readProcessSwitch(
  name: string,
  powers: SwitchPowers = denoSwitchPowers,
): SwitchReading {
  const state = powers.permission(name);
  if (state === "denied" || (state === "prompt" && powers.canPrompt())) {
    return { kind: "unreadable" };
  }
  try {
    const value = powers.get(name);
    return value === undefined ? { kind: "unset" } : { kind: "set", value };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotCapable) return { kind: "unreadable" };
    // It is set to something that is no text, which must not count as unset.
    return { kind: "set", value: "\ufffd" };
  }
}
