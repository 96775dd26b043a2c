/**
 * What a plugin tried beyond what its manifest declares. Pure.
 *
 * @module
 */

import type { Problem } from "../../base/errors.ts";
import { normalizePermissions } from "../../permissions/normalize_permissions.ts";
import {
  formatEntry,
  type PermissionEntry,
  type PermissionSet,
} from "../../permissions/permission_set.ts";
import { covers } from "../../permissions/set_algebra.ts";
import type { Access } from "./access_log.ts";

// What Deno writes instead of the directory of temporary files, and the like.
const HIDDEN_REGEXP = /^<[A-Z_]+>$/;

const MAX_VARIABLES = 500;

/** Returns whether a set permits what was tried. */
export function isCovered(
  entry: PermissionEntry,
  allowed: PermissionSet,
): boolean {
  const { kind, value } = entry;
  if (value === undefined) return covers(allowed, { [kind]: true });
  if (allowed[kind] === true) return true;
  if (HIDDEN_REGEXP.test(value)) return false;
  try {
    return covers(allowed, normalizePermissions({ [kind]: [value] }));
  } catch {
    // What no manifest could declare is covered by the whole kind alone.
    return false;
  }
}

function describe({ entry, place }: Access): string {
  const { kind, value } = entry;
  const what = value === "<TMP>"
    ? `${kind} to the directory of temporary files`
    : formatEntry(entry);
  return place === undefined ? what : `${what} (${place})`;
}

function problem(
  { entry: { kind } }: Access,
  what: string,
  remedy: string,
): Problem {
  return {
    code: "PLUGIN_PERMISSION_MISSING",
    message: `It tried ${what}, which its manifest does not declare`,
    remedy,
    path: `permissions.${kind}`,
  };
}

/** The variables that a manifest can name, as it would name them. */
function nameable(accesses: readonly Access[]): readonly string[] {
  return accesses.flatMap(({ entry: { value } }) => {
    if (value === undefined) return [];
    try {
      normalizePermissions({ env: [value] });
      return [value];
    } catch {
      return [];
    }
  }).sort();
}

/** All variables in one problem: a package that probes them probes many. */
function variablesProblem(
  first: Access,
  accesses: readonly Access[],
): Problem {
  const shown = accesses.slice(0, MAX_VARIABLES);
  const rest = accesses.length - shown.length;
  const names = JSON.stringify(nameable(shown));
  return problem(
    first,
    shown.map(describe).join(", ") + (rest > 0 ? ` and ${rest} more` : ""),
    "Declare at permissions.env what it cannot do without; declare what may " +
      `read as unset as "optionalPermissions": { "env": ${names} }, and start ` +
      "the host with --ignore-env",
  );
}

/**
 * Finds what a plugin tried beyond its declaration.
 *
 * The list of all variables is allowed to a plugin whose manifest names variables
 * that may read as unset: then the list may lack the rest.
 *
 * @param accesses What it used, or tried to use.
 * @param allowed What it declares, required and optional, and what its being
 * loaded needs; in normal form.
 * @param optional What of that is optional.
 * @returns A problem for each thing; one for all variables of the environment.
 */
export function attemptProblems(
  accesses: readonly Access[],
  allowed: PermissionSet,
  optional: PermissionSet = {},
): readonly Problem[] {
  const beyond = accesses.filter(({ entry }) => !isCovered(entry, allowed));
  const variables = beyond.filter(({ entry: { kind, value } }) =>
    kind === "env" && (value !== undefined || optional.env === undefined)
  );
  return beyond.flatMap((access): Problem[] => {
    const { kind } = access.entry;
    if (kind === "env") {
      return access === variables[0]
        ? [variablesProblem(access, variables)]
        : [];
    }
    return [problem(
      access,
      describe(access),
      `Declare it at permissions.${kind} or optionalPermissions.${kind}, or do without it`,
    )];
  });
}
