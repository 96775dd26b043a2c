/** Reads everything that a person should know of a plugin before it is locked. */

import type { Problem } from "../../base/errors.ts";
import { fromFileUrl, resolvePath, trimSeparators } from "../../base/path.ts";
import { quote } from "../../base/text.ts";
import { readFacts } from "../../inspect/source_facts.ts";
import type { PluginTrust, ReadPlugin } from "../../manifest/manifest.ts";
import { parseSource } from "../../manifest/source.ts";
import type { Hazard } from "../../permissions/path_hazards.ts";
import { formatFlags } from "../../permissions/permission_flags.ts";
import { pinnedVersion } from "../../provenance/deno_lock.ts";
import type {
  LockedPlugin,
  LockedPublisher,
  PluginsLock,
} from "../../provenance/lock.ts";
import type { TrustRule } from "../../provenance/trust.ts";
import {
  type TrustFacts,
  trustOf,
  trustPolicy,
  trustProblems,
} from "../../provenance/trust_of.ts";
import type { ScanReport } from "../../scan/judge_scan.ts";
import type { Declared } from "../diff/permission_changes.ts";
import type { CommandRun } from "../command_run.ts";
import {
  describePermissions,
  readPlugins,
  type SourcePlugins,
} from "../diff/read_plugins.ts";
import { UsageError } from "../failure.ts";
import { type LockContext, type LockPaths, sourceFor } from "./lock_files.ts";
import { parsePackageName, type PublishedVersion } from "./registry.ts";

/** A plugin that may be locked. */
export interface Candidate {
  readonly id: string;
  readonly plugin: ReadPlugin;
  readonly facts: TrustFacts;
  /** Its entry in the lock; absent if its files cannot be locked. */
  readonly locked: LockedPlugin | undefined;
  /** The trust in it, once it is locked. */
  readonly trust: PluginTrust;
  /** The rule of its level. */
  readonly rule: TrustRule;
  /** The reasons not to lock it, whatever a person says. */
  readonly problems: readonly Problem[];
  readonly declared: Declared;
  readonly hazards: readonly Hazard[];
  /** Absent if its code is not on this machine. */
  readonly scan: ScanReport | undefined;
  /** The number of bytes of its files, for a directory. */
  readonly size: number | undefined;
  /** What its registry tells of the version, if it was asked. */
  readonly published: PublishedVersion | undefined;
}

/** Returns a source as the lock names it. */
export function lockedSource({ source }: ReadPlugin, paths: LockPaths): string {
  const parsed = parseSource(source, Deno.cwd());
  return parsed.ok && parsed.location.kind === "file"
    ? sourceFor(trimSeparators(fromFileUrl(parsed.location.url)), paths)
    : source;
}

/** Returns a source of the lock as it is read: its paths begin at the lock. */
export function sourceToRead(
  { source }: LockedPlugin,
  { directory }: LockPaths,
): string {
  const parsed = parseSource(source, directory);
  return parsed.ok && parsed.location.kind === "file"
    ? resolvePath(fromFileUrl(parsed.location.url), directory)
    : source;
}

/** The plugins of a source, and what a host would import them by. */
export async function readSourcePlugins(
  run: CommandRun,
  source: string,
  { denoLock = "" }: Pick<LockContext, "denoLock">,
): Promise<SourcePlugins> {
  const name = parsePackageName(source);
  if (name === undefined) return await readPlugins(run, source, {});
  const written = `${name.registry}:${name.name}`;
  const version = pinnedVersion(denoLock, source);
  if (version === undefined) {
    throw new UsageError(
      `deno.lock does not have ${quote(source)}, and so no version to lock`,
      `Run beside the lock: ${cacheCommand(source)}`,
    );
  }
  // Without the deno.lock of the host, this process may choose another version.
  const exact = `${written}@${version}`;
  const read = await readPlugins(run, exact, {});
  const plugins = [...read.plugins].map(([id, plugin]) => {
    const { code } = plugin;
    if (code.kind === "object") return [id, plugin] as const;
    const key = code.specifier.slice(exact.length);
    const specifier = `${source.replace(/^(jsr|npm):\//, "$1:")}${key}`;
    return [id, { ...plugin, source, code: { ...code, specifier } }] as const;
  });
  return { ...read, plugins: new Map(plugins) };
}

/** Returns the command that makes `deno.lock` pin a module. */
function cacheCommand(module: string): string {
  return formatFlags(["deno", "cache", "--lock=deno.lock", module]);
}

/** Returns the facts that the lock has of a plugin. */
export function lockedFacts(id: string, locked: LockedPlugin): TrustFacts {
  const { source, version, permissions, optionalPermissions } = locked;
  return {
    id,
    source,
    origin: "external",
    version,
    permissions,
    optionalPermissions,
    ..."resolved" in locked
      ? { resolved: locked.resolved, manifest: locked.manifest }
      : {},
  };
}

function publisherOf({ signature }: TrustFacts): LockedPublisher | undefined {
  return signature?.verdict === "good"
    ? { name: signature.principals, key: signature.key }
    : undefined;
}

/** Makes the entry of a lock; `undefined` if the files of the plugin are unfit. */
function entryOf(
  facts: TrustFacts,
  source: string,
  now: number,
): LockedPlugin | undefined {
  const { version, permissions, optionalPermissions, reading } = facts;
  const publisher = publisherOf(facts);
  const review = {
    source,
    version,
    permissions,
    optionalPermissions,
    ...publisher === undefined ? {} : { publisher },
    lockedAt: new Date(now).toISOString().replace(/\.\d+Z$/, "Z"),
    dependencies: facts.dependencies ?? {},
  };
  if (reading?.ok) {
    const { digest, files } = reading.tree;
    return { ...review, tree: digest, files };
  }
  const { resolved, manifest } = facts;
  return reading !== undefined || resolved === undefined ||
      manifest === undefined
    ? undefined
    : { ...review, resolved, manifest };
}

/** Returns a lock with another entry for a plugin. */
export function withEntry(
  lock: PluginsLock,
  id: string,
  entry: LockedPlugin,
): PluginsLock {
  return { ...lock, plugins: { ...lock.plugins, [id]: entry } };
}

/** A lock pins what `deno.lock` pins, so that has to be made first. */
function unpinnedProblem(
  { id, unpinned = [] }: TrustFacts,
  { code }: ReadPlugin,
): readonly Problem[] {
  if (unpinned.length === 0) return [];
  const entry = code.kind === "module" ? code.specifier : "";
  const word = entry.startsWith("file:") ? fromFileUrl(new URL(entry)) : entry;
  const [first = "", ...others] = unpinned;
  const rest = others.length === 0 ? "" : ` and ${others.length} more`;
  return [{
    code: "PLUGIN_INTEGRITY_UNLOCKED",
    message: `Cannot lock plugin ${quote(id)}: deno.lock does not have ${
      quote(first)
    }${rest}, which it imports`,
    remedy: `Run beside the lock: ${cacheCommand(word)}`,
  }];
}

/** Reads a plugin once: what is shown of it is what its entry pins. */
export async function readCandidate(
  plugin: ReadPlugin,
  sources: SourcePlugins,
  { lock, trust, denoLock, now, paths }: LockContext,
): Promise<Candidate> {
  // Only these commands and the scan load the parser.
  const { PluginScan, scanDirectory } = await import(
    "../../scan/scan_directory.ts"
  );
  const { manifest, directory, code } = plugin;
  const { id } = manifest;
  const scan = new PluginScan();
  const read = await readFacts(plugin, {
    lock,
    trust,
    denoLock,
    now,
    withModules: true,
    onFile: (path, bytes) => scan.add(path, bytes),
  });
  const source = lockedSource(plugin, paths);
  const facts = { ...read, source };
  const locked = entryOf(facts, source, now);
  const { unpinned: _, ...pinned } = facts;
  const context = {
    ...trust === undefined ? {} : { trust },
    ...locked === undefined ? {} : { lock: withEntry(lock, id, locked) },
  };
  const judged = trustOf(pinned, context);
  const rule = trustPolicy({ ...context, lock })[judged.level];
  const base = code.kind === "module" ? code.resolved?.base : undefined;
  const reading = facts.reading?.ok ? facts.reading : undefined;
  return {
    id,
    plugin,
    facts,
    locked,
    trust: judged,
    rule,
    problems: [
      ...trustProblems({ ...facts, runner: "subprocess" }, judged, rule),
      ...unpinnedProblem(facts, plugin),
    ],
    ...describePermissions(plugin, sources, { id, directory }),
    scan: directory !== undefined
      ? scan.report(manifest)
      : base?.startsWith("file:")
      ? scanDirectory(trimSeparators(fromFileUrl(new URL(base))), manifest)
      : undefined,
    size: reading?.size,
    published: undefined,
  };
}
