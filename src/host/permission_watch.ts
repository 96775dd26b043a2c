/** Notices permissions that the host lost, and those that plugins used. */

import { fileName, resolvePath } from "../base/path.ts";
import type { LifecycleEvents } from "../events/lifecycle_event.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import {
  entriesOf,
  formatEntry,
  listEntries,
  type PermissionEntry,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import {
  isMissing,
  PermissionInquiry,
  permissionKey,
  type PermissionQuery,
  queryDeno,
  queryEntry,
} from "../permissions/permission_states.ts";
import { normalForm } from "../permissions/normalize_permissions.ts";
import { SetIndex } from "../permissions/set_algebra.ts";
import type { ResolvedPermissions } from "../runners/runner.ts";

/** A query that tells if watched permissions are still granted. */
interface Check {
  readonly entry: PermissionEntry;
  /** True if it stands for narrower permissions, and must be granted in full. */
  readonly isWider: boolean;
}

/** Returns the permission for the directory of a path. */
function directoryOf(
  { kind, value }: PermissionEntry,
): PermissionEntry | undefined {
  if (value === undefined) return undefined;
  return kind === "read" || kind === "write" || kind === "ffi"
    ? { kind, value: resolvePath("..", value) }
    : undefined;
}

/**
 * Finds the few queries that cover all entries. If a kind or a directory is granted
 * in full, so is every entry in it.
 */
function checksFor(
  entries: readonly PermissionEntry[],
  inquiry: PermissionInquiry,
): readonly Check[] {
  const checks = new Map<string, Check>();
  for (const entry of entries) {
    const directory = directoryOf(entry);
    const wider = [{ kind: entry.kind }, ...directory ? [directory] : []]
      .find((one) => inquiry.ask(one) === "granted");
    const check = { entry: wider ?? entry, isWider: wider !== undefined };
    const key = permissionKey(check.entry);
    // An entry may be the wider one of another, which asks for more.
    if (checks.get(key)?.isWider !== true) checks.set(key, check);
  }
  return [...checks.values()];
}

/** Remembers the granted permissions of the host, and queries them again. */
export class PermissionWatch {
  readonly #events: LifecycleEvents;
  readonly #called: ReadPlugin[] = [];
  #granted: readonly PermissionEntry[] = [];
  #checks: readonly Check[] = [];
  #query: PermissionQuery = queryDeno;

  constructor(events: LifecycleEvents) {
    this.#events = events;
  }

  /** Watches the permissions of a set that are granted now. */
  start(set: PermissionSet, query: PermissionQuery): void {
    this.#query = query;
    this.#watch(entriesOf(set));
  }

  /**
   * Checks for revoked permissions after a call of a plugin, once for many calls
   * that end together. Any of several plugins may have revoked them.
   */
  checkForRevoked(plugin: ReadPlugin): void {
    this.#called.push(plugin);
    if (this.#called.length > 1) return;
    queueMicrotask(() => {
      const [first, ...others] = this.#called.splice(0);
      const permissions = this.lost();
      if (first === undefined || permissions.length === 0) return;
      this.#events.emit({
        action: "host.permission.lost",
        plugin: first,
        permissions,
        beside: others.map(({ manifest }) => manifest.id),
      });
    });
  }

  /** Returns the permissions that were revoked since the last call. */
  lost(): readonly string[] {
    if (this.#granted.length === 0 || this.#isAllGranted()) return [];
    const before = this.#granted;
    this.#watch(before);
    return before.filter((entry) => !this.#granted.includes(entry))
      .map(formatEntry);
  }

  #watch(entries: readonly PermissionEntry[]): void {
    const inquiry = new PermissionInquiry({ query: this.#query });
    this.#granted = entries.filter((entry) => !isMissing(inquiry.ask(entry)));
    this.#checks = checksFor(this.#granted, inquiry);
  }

  #isAllGranted(): boolean {
    return this.#checks.every(({ entry, isWider }) => {
      const state = queryEntry(entry, this.#query);
      return isWider ? state === "granted" : !isMissing(state);
    });
  }
}

type IndexedEntry = readonly [entry: PermissionEntry, index: SetIndex];

/** Tests if an entry of a manifest is the reason why a permission was allowed. */
function isUseOf(used: PermissionEntry, [entry, index]: IndexedEntry): boolean {
  if (index.covers(used)) return true;
  // A program is declared by its name, and started by its path.
  return entry.kind === "run" && used.kind === "run" &&
    used.value !== undefined && fileName(used.value) === entry.value;
}

/** Remembers which permissions of their manifests plugins used, if that is known. */
export class PermissionUses {
  readonly #declarationOf: (plugin: ReadPlugin) => ResolvedPermissions;
  readonly #declared = new WeakMap<ReadPlugin, readonly IndexedEntry[]>();
  /** For each plugin, the keys of the entries that it used. */
  readonly #used = new Map<string, Set<string>>();

  constructor(declarationOf: (plugin: ReadPlugin) => ResolvedPermissions) {
    this.#declarationOf = declarationOf;
  }

  /** Adds a permission that a plugin used. */
  add(plugin: ReadPlugin, used: PermissionEntry): void {
    const { id } = plugin.manifest;
    const keys = this.#used.get(id) ?? new Set();
    this.#used.set(id, keys);
    for (const one of this.#entriesOf(plugin)) {
      const [entry] = one;
      if (isUseOf(used, one)) keys.add(permissionKey(entry));
    }
  }

  #entriesOf(plugin: ReadPlugin): readonly IndexedEntry[] {
    const before = this.#declared.get(plugin);
    if (before !== undefined) return before;
    const { required, optional } = this.#declarationOf(plugin);
    const entries = [required, optional].flatMap(listEntries)
      .map((entry) => [entry, new SetIndex(normalForm([entry]))] as const);
    this.#declared.set(plugin, entries);
    return entries;
  }

  /** Lists in words what a plugin declares and did not use, if that is known. */
  unusedBy(plugin: ReadPlugin): readonly string[] {
    const used = this.usedBy(plugin.manifest.id);
    if (used === undefined) return [];
    return this.#entriesOf(plugin).map(([entry]) => entry)
      .filter((entry) => !used.has(permissionKey(entry))).map(formatEntry);
  }

  /** Returns the keys of the entries that a plugin used; `undefined` if nobody knows. */
  usedBy(id: string): ReadonlySet<string> | undefined {
    return this.#used.get(id);
  }
}
