/**
 * How a person grants what is missing.
 *
 * @module
 */

import { PluginError } from "../errors.ts";
import { DEFAULT_IMPORT_HOSTS } from "../permissions/default_import_hosts.ts";
import { difference } from "../permissions/difference.ts";
import { formatFlags } from "../permissions/format_flags.ts";
import { normalForm } from "../permissions/normal_form.ts";
import { permissionFlags } from "../permissions/permission_flags.ts";
import type { PermissionEntry } from "../permissions/permission_set.ts";
import {
  permissionKey,
  type PermissionStates,
} from "../permissions/query_permissions.ts";
import { JSR_HOST } from "./permission_needs.ts";

/** What a remedy depends on besides what is missing. */
export interface RemedyFacts {
  /** How the permissions stand. */
  readonly states: PermissionStates;
  /** The hosts that somebody declares to import from. */
  readonly imports: readonly string[];
  /** Whether the host was sealed: what it gave up does not come back. */
  readonly isSealed: boolean;
}

/** With a flag for imports, the hosts stay that are in use. */
function withImports(
  missing: readonly PermissionEntry[],
  imports: readonly string[],
): readonly PermissionEntry[] {
  const set = normalForm(missing);
  if (set.import === undefined || set.import === true) return missing;
  const own = difference(
    { import: set.import },
    { import: DEFAULT_IMPORT_HOSTS },
  );
  if (own.import === undefined) return missing;
  return [
    ...missing,
    ...[JSR_HOST, ...imports].map((value) =>
      ({ kind: "import", value }) as const
    ),
  ];
}

function isDenied(entry: PermissionEntry, { states }: RemedyFacts): boolean {
  return states.get(permissionKey(entry)) === "denied";
}

/**
 * Says which flags grant exactly what is missing.
 *
 * @param missing The permissions; at least one.
 * @param facts What else it depends on.
 * @returns A sentence with the flags, ready to be pasted.
 */
export function permissionRemedy(
  missing: readonly PermissionEntry[],
  facts: RemedyFacts,
): string {
  const denied = missing.filter((entry) => isDenied(entry, facts));
  const kinds = [...new Set(denied.map(({ kind }) => kind))].join(", ");
  // What a flag denies, no other flag grants.
  const undeny = denied.length === 0
    ? ""
    : `Take away what denies ${kinds}: a --deny or --ignore flag, or an ` +
      "answer that was no";
  const open = missing.filter((entry) => !isDenied(entry, facts));
  if (open.length === 0) return undeny;
  try {
    const flags = permissionFlags(
      normalForm(withImports(open, facts.imports)),
      { noPrompt: false },
    );
    const grant = `Start the host with ${formatFlags(flags)}`;
    return [
      facts.isSealed ? `${grant}, and enable the plugin before sealing` : grant,
      ...undeny === "" ? [] : [undeny],
    ].join("; ");
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    return thrown.remedy;
  }
}
