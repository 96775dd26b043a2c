/** What a run showed about plugins, and how it differs from their manifests. Pure. */

import {
  diffManifest,
  isExact,
  type ManifestDiff,
} from "../../evidence/manifest_diff.ts";
import type { Evidence } from "../../evidence/evidence_file.ts";
import {
  type Access,
  mergeUses,
  type Places,
  type Use,
  useOf,
} from "../../evidence/use.ts";
import type { PermissionEntry } from "../../permissions/permission_set.ts";
import { maskCredentials } from "../../secrets/credentials.ts";
import type { Subject } from "./subject.ts";

/** The accesses of one run, and the folders that they are told apart by. */
export interface Seen {
  readonly accesses: readonly Access[];
  readonly places: Places;
}

/** A plugin with its evidence. */
export interface Observed {
  readonly subject: Subject;
  readonly uses: readonly Use[];
  readonly diff: ManifestDiff;
  readonly isExact: boolean;
}

/** Lists the variables that were looked up. */
export function variablesIn(all: readonly Seen[]): readonly string[] {
  const names = all.flatMap(({ accesses }) => accesses)
    .flatMap(({ entry: { kind, value } }) =>
      kind === "env" && value !== undefined ? [value] : []
    );
  return [...new Set(names)];
}

/** Adds up what runs showed of a plugin. */
export function usesOf(
  all: readonly Seen[],
  unset: ReadonlySet<string>,
): readonly Use[] {
  return mergeUses(
    ...all.map(({ accesses, places }) =>
      accesses.map((access) => useOf(access, places, unset))
    ),
  );
}

/** Compares the manifest of a plugin with the evidence. */
export function compare(
  subject: Subject,
  evidence: Evidence,
  places: Places,
): Observed {
  const uses = evidence.plugins[subject.id] ?? [];
  const diff = diffManifest(subject.declared, uses, places);
  return { subject, uses, diff, isExact: isExact(diff) };
}

/** Lists the accesses of nobody as texts, without secrets. */
export function nobodysOf(
  entries: readonly PermissionEntry[],
): readonly PermissionEntry[] {
  return entries.map(({ kind, value }) => ({
    kind,
    ...value === undefined ? {} : { value: maskCredentials(value) },
  }));
}
