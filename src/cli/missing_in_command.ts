/**
 * Compares what a command line of Deno grants with what is declared. Pure.
 *
 * @module
 */

import { CommandRules } from "./deno_command/command_rules.ts";
import { normalForm } from "../permissions/normal_form.ts";
import type { DenoCommand } from "./deno_command/parse_deno_command.ts";
import {
  entriesOf,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import { difference, SetIndex } from "../permissions/set_algebra.ts";

/**
 * Finds out which entries of a set a command line does not grant.
 *
 * Of a flag that grants and one that denies, Deno heeds the narrower: under
 * `--allow-read=/etc/hosts --deny-read=/etc` the one file can be read. What is
 * granted but for a part is not missing.
 *
 * @param needed What is needed, in normal form.
 * @param command What `parseDenoCommand` read.
 * @returns The entries that are not granted.
 */
export function missingInCommand(
  needed: PermissionSet,
  command: DenoCommand,
): readonly PermissionEntry[] {
  const rules = new CommandRules(command.rules);
  return entriesOf(needed).filter((entry) =>
    rules.decide(entry).verdict !== "allow"
  );
}

/**
 * Finds out which parts of a set's values a command line takes out again, such
 * as one directory of a directory. What is taken out of a whole kind is left
 * out: a host keeps its secrets back that way.
 *
 * @param needed What is needed, in normal form.
 * @param command What `parseDenoCommand` read.
 * @returns The parts that are denied or ignored.
 */
export function deniedParts(
  needed: PermissionSet,
  command: DenoCommand,
): readonly PermissionEntry[] {
  const rules = new CommandRules(command.rules);
  const index = new SetIndex(needed);
  const parts = command.rules.map(({ entry }) => entry).filter((entry) =>
    entry.value !== undefined && needed[entry.kind] !== true &&
    index.covers(entry)
  ).filter((entry) => {
    const { verdict } = rules.decide(entry);
    return verdict === "deny" || verdict === "ignore";
  });
  return entriesOf(normalForm(parts));
}

/**
 * Returns the permissions that a command line grants and nobody declares.
 *
 * A whole kind of which a part is declared stays whole. Deno's default import
 * hosts count: nobody declares them either.
 */
export function commandSurplus(
  command: DenoCommand,
  declared: PermissionSet,
): PermissionSet {
  const rules = new CommandRules(command.rules);
  const effective = command.rules.filter(({ verdict, entry }) =>
    verdict === "allow" && rules.decide(entry).verdict === "allow"
  );
  return difference(
    normalForm(effective.map(({ entry }) => entry)),
    declared,
  );
}

/** The flag that denies a permission that is missing. */
export interface CommandDenial {
  /** The permission. */
  readonly entry: PermissionEntry;
  /** The flag. */
  readonly flag: string;
  /** True if a flag `--allow-*` for the permission alone would win. */
  readonly yields: boolean;
}

/**
 * Finds which flags deny what is missing.
 *
 * @param missing What is missing.
 * @param command What `parseDenoCommand` read.
 * @returns One denial for each entry that a flag denies.
 */
export function denialsInCommand(
  missing: readonly PermissionEntry[],
  command: DenoCommand,
): readonly CommandDenial[] {
  const rules = new CommandRules(command.rules);
  return missing.flatMap((entry): readonly CommandDenial[] => {
    const { verdict, by, yields } = rules.decide(entry);
    if (verdict === undefined || by === undefined) return [];
    const value = by.value === undefined ? "" : `=${by.value}`;
    return [{ entry, flag: `--${verdict}-${by.kind}${value}`, yields }];
  });
}
