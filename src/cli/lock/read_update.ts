/** Compares a locked plugin with what its source holds now. */

import { quote } from "../../base/text.ts";
import type { LockedPlugin } from "../../provenance/lock.ts";
import { TreeStore } from "../../provenance/tree_store.ts";
import { trustOf } from "../../provenance/trust_of.ts";
import {
  type UpdateConcern,
  updateConcerns,
} from "../../provenance/update_concerns.ts";
import type { ScanFinding } from "../../scan/judge_scan.ts";
import type { CommandRun } from "../command_run.ts";
import { comparePlugins, type PluginDiff } from "../diff/plugin_diff.ts";
import {
  describePermissions,
  type SourcePlugins,
} from "../diff/read_plugins.ts";
import { UsageError } from "../failure.ts";
import { isUnchanged } from "./change_lock.ts";
import type { LockContext } from "./lock_files.ts";
import {
  type Candidate,
  lockedFacts,
  readCandidate,
  readSourcePlugins,
  sourceToRead,
} from "./read_candidate.ts";
import { findPublished } from "./registry.ts";

/** The files of a plugin that are not as in the lock. */
export interface FileDifference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** A locked plugin, and what its source holds now. */
export interface Update {
  readonly before: LockedPlugin;
  readonly candidate: Candidate;
  readonly isUnchanged: boolean;
  readonly diff: PluginDiff;
  /** Absent for a package. */
  readonly files: FileDifference | undefined;
  /** Findings that the locked code did not have; absent if that is not here. */
  readonly newFindings: readonly ScanFinding[] | undefined;
  /** What a person must agree to. */
  readonly concerns: readonly UpdateConcern[];
}

function compareFiles(
  before: LockedPlugin,
  after: LockedPlugin | undefined,
): FileDifference | undefined {
  if (!("files" in before) || after === undefined || !("files" in after)) {
    return undefined;
  }
  const has = (files: Readonly<Record<string, string>>, path: string) =>
    Object.hasOwn(files, path);
  const [old, now] = [before.files, after.files];
  return {
    added: Object.keys(now).filter((path) => !has(old, path)),
    changed: Object.keys(now).filter((path) =>
      has(old, path) && old[path] !== now[path]
    ),
    removed: Object.keys(old).filter((path) => !has(now, path)),
  };
}

function keyOf({ file, rule, what, kind, value }: ScanFinding): string {
  return JSON.stringify([file, rule, what, kind, value]);
}

/** Scans the copy of the locked version, and leaves out what it had as well. */
async function findNew(
  before: LockedPlugin,
  { scan }: Candidate,
  { paths }: LockContext,
): Promise<readonly ScanFinding[] | undefined> {
  if (scan === undefined || !("tree" in before)) return undefined;
  const copy = await new TreeStore(paths.store).find(before.tree);
  if (copy === undefined) return undefined;
  const { scanDirectory } = await import("../../scan/scan_directory.ts");
  const { findings } = scanDirectory(copy, before);
  const known = new Set(findings.map(keyOf));
  return scan.findings.filter((one) => !known.has(keyOf(one)));
}

function compare(
  before: LockedPlugin,
  { id, plugin, facts, declared, hazards }: Candidate,
  sources: SourcePlugins,
): PluginDiff {
  const { manifest, directory } = plugin;
  const { version, permissions, optionalPermissions, dependencies } = before;
  const old = {
    ...plugin,
    manifest: { ...manifest, version, permissions, optionalPermissions },
  };
  return comparePlugins({
    source: before.source,
    manifest: old.manifest,
    imports: Object.keys(dependencies),
    ...describePermissions(old, sources, { id, directory }),
  }, {
    source: facts.source,
    manifest,
    imports: Object.keys(facts.dependencies ?? {}),
    declared,
    hazards,
  });
}

function concernsOf(
  before: LockedPlugin,
  { id, plugin: { manifest }, trust, locked, published }: Candidate,
  { lock, trust: trusted, now }: LockContext,
  minAge: number,
): readonly UpdateConcern[] {
  // As it was reviewed: the files of the lock, whatever its source holds now.
  const facts = lockedFacts(id, before);
  const reading = "tree" in before
    ? {
      ok: true,
      tree: { digest: before.tree, files: before.files },
      size: 0,
    } as const
    : undefined;
  const { level } = trustOf(
    { ...facts, ...reading === undefined ? {} : { reading } },
    { lock, ...trusted === undefined ? {} : { trust: trusted } },
  );
  const { publishedAt } = published ?? {};
  return updateConcerns(
    { ...before, level },
    {
      ...manifest,
      level: trust.level,
      ...locked?.publisher === undefined ? {} : { publisher: locked.publisher },
      ...publishedAt === undefined ? {} : { publishedAt },
    },
    { now, minAge },
  );
}

/** The rules of an update. */
export interface UpdateRules {
  /** The least age of a version, in milliseconds. */
  readonly minAge: number;
  /** True if the version may be of any age, so that nobody has to be asked. */
  readonly anyAge: boolean;
}

/**
 * Reads what the source of a locked plugin holds now. To know the age of a package,
 * it needs `net` permission for the registry.
 */
export async function readUpdate(
  run: CommandRun,
  id: string,
  before: LockedPlugin,
  context: LockContext,
  rules: UpdateRules,
): Promise<Update> {
  const source = sourceToRead(before, context.paths);
  const sources = await readSourcePlugins(run, source, context);
  const plugin = sources.plugins.get(id);
  if (plugin === undefined) {
    throw new UsageError(
      `${quote(source)} no longer holds the plugin ${quote(id)}`,
      `Remove it: semantik-plugin remove ${id}`,
    );
  }
  const read = await readCandidate(plugin, sources, context);
  const isSame = isUnchanged(before, read.locked);
  const published = isSame
    ? undefined
    : await findPublished(run, plugin, rules);
  const candidate = { ...read, published };
  return {
    before,
    candidate,
    isUnchanged: isSame,
    diff: compare(before, candidate, sources),
    files: compareFiles(before, candidate.locked),
    newFindings: await findNew(before, candidate, context),
    concerns: concernsOf(before, candidate, context, rules.minAge),
  };
}
