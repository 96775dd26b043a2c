import { PluginError } from "../base/errors.ts";
import { isNarrowerThanDenial } from "./denial.ts";
import { normalForm } from "./normal_form.ts";
import { startRemedy } from "./permission_flags.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  PERMISSION_KINDS,
  type PermissionEntry,
} from "./permission_set.ts";
import type { PermissionState } from "./permission_states.ts";
import { difference } from "./set_algebra.ts";

/** The host that this package and its dependencies are imported from. */
export const JSR_HOST = "jsr.io:443";

/** Facts that a remedy depends on beside what is missing. */
export interface RemedyFacts {
  /** Returns the state of a permission. */
  readonly ask: (entry: PermissionEntry) => PermissionState;
  /** The import hosts that the application or a plugin declares. */
  readonly imports: readonly string[];
  /** True if the host is sealed: a permission it revoked does not return. */
  readonly isSealed: boolean;
}

// An --allow-import flag replaces Deno's defaults: keep those in use.
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

/** Names the flags that grant exactly what is missing. */
export function permissionRemedy(
  missing: readonly PermissionEntry[],
  facts: RemedyFacts,
): string {
  const { ask, imports, isSealed } = facts;
  const denied = missing.filter((entry) => ask(entry) === "denied");
  const yielding = denied.filter((entry) => isNarrowerThanDenial(entry, ask));
  const fixed = new Set(denied).difference(new Set(yielding));
  const undeny = fixed.size === 0 ? [] : [
    `Take away what denies ${kindsOf(fixed)}: a --deny or --ignore flag, or ` +
    "an answer that was no",
  ];
  const open = missing.filter((entry) => !fixed.has(entry));
  if (open.length === 0) return undeny.join("; ");
  try {
    const grant = startRemedy(normalForm(withImports(open, imports)));
    return [
      isSealed ? `${grant}, and enable the plugin before sealing` : grant,
      ...yielding.length === 0 ? [] : [
        `The flag is narrower than what denies ${kindsOf(yielding)}, and wins`,
      ],
      ...yielding.length > 0 && hasEveryOther(yielding, facts)
        ? ["Deno takes it only without --allow-all"]
        : [],
      ...undeny,
    ].join("; ");
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    return thrown.remedy;
  }
}

function kindsOf(entries: Iterable<PermissionEntry>): string {
  return [...new Set(Array.from(entries, ({ kind }) => kind))].join(", ");
}

// Deno ignores a narrower flag beside --allow-all.
function hasEveryOther(
  denied: readonly PermissionEntry[],
  { ask }: RemedyFacts,
): boolean {
  const kinds = new Set(denied.map(({ kind }) => kind));
  return PERMISSION_KINDS.every((kind) =>
    kinds.has(kind) || ["granted", "partial"].includes(ask({ kind }))
  );
}
