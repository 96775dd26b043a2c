/** Compares plugins with the lock. Pure. */

import type { PluginErrorCode, Problem } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import {
  formatEntry,
  type PermissionDeclaration,
} from "../permissions/permission_set.ts";
import { addedPermissions } from "./added_permissions.ts";
import type {
  LockedDirectory,
  LockedPackage,
  LockedPlugin,
  PluginsLock,
} from "./lock.ts";
import type { TreeReading } from "./read_tree.ts";

/** Facts about a plugin, to be compared with the lock. */
export interface PluginFacts {
  /** The id. */
  readonly id: string;
  /** The source, without secrets. */
  readonly source: string;
  /** The version of its manifest. */
  readonly version: string;
  /** The permissions that it needs. */
  readonly permissions: PermissionDeclaration;
  /** The permissions that it uses when they are granted. */
  readonly optionalPermissions: PermissionDeclaration;
  /** Its files, for a directory. */
  readonly reading?: TreeReading;
  /** The specifier with the version that Deno chose, for a package. */
  readonly resolved?: string;
  /** The SHA-256 of its manifest, for a package. */
  readonly manifest?: string;
  /**
   * The integrity of each module that it brings, taken from `deno.lock`.
   *
   * @default {undefined} the modules are not compared
   */
  readonly dependencies?: Readonly<Record<string, string>>;
  /**
   * The modules that it imports and that `deno.lock` does not pin.
   *
   * @default {[]}
   */
  readonly unpinned?: readonly string[];
}

/** More files than these are counted. */
const MAX_NAMED = 10;

/** Files that editors and merges leave behind, by the end of the name. */
const LEFTOVERS: readonly (readonly [RegExp, string])[] = [
  [/~$|\.bak$/, "an editor seems to have left it as a backup"],
  [/(?:^|\/)\.[^/]*\.sw[a-p]$|(?:^|\/)#[^/]*#$/, "an editor has it open"],
  [/\.(?:orig|rej)$/, "a merge seems to have left it"],
  [/\.(?:log|tmp)$/, "a program seems to have written it"],
];

class Comparison {
  readonly #id: string;
  readonly #source: string;
  readonly problems: Problem[] = [];

  constructor({ id, source }: PluginFacts) {
    this.#id = id;
    this.#source = source;
  }

  add(
    what: string,
    remedy: string,
    path?: string,
    code: PluginErrorCode = "PLUGIN_INTEGRITY_BROKEN",
  ): void {
    this.problems.push(Object.freeze({
      code,
      message: `Cannot load plugin ${quote(this.#id)}: ${what}`,
      remedy,
      ...path === undefined ? {} : { path },
    }));
  }

  /** The remedy for a change that was meant. */
  get relock(): string {
    return `if the change is wanted, review it and run semantik-plugin update ${this.#id}`;
  }

  unlocked(): void {
    this.add(
      "it is not in the lock",
      `Review it and run semantik-plugin add ${this.#source}`,
      undefined,
      "PLUGIN_INTEGRITY_UNLOCKED",
    );
  }

  unread(reading: Extract<TreeReading, { ok: false }>): void {
    const code = reading.reason === "unfit"
      ? "PLUGIN_INTEGRITY_BROKEN"
      : "PLUGIN_SOURCE_UNREADABLE";
    for (const { path, fault, remedy } of reading.faults.slice(0, MAX_NAMED)) {
      const subject = path === "" ? "its directory" : quote(path);
      this.add(`${subject} ${fault}`, remedy, path, code);
    }
  }

  directory(
    locked: LockedDirectory,
    { tree, lineEndings = [] }: Extract<TreeReading, { ok: true }>,
  ): void {
    const { files } = tree;
    const digestOf = (path: string) =>
      Object.hasOwn(locked.files, path) ? locked.files[path] : undefined;
    const found = Object.keys(files);
    const changed = found.filter((path) =>
      digestOf(path) !== undefined && digestOf(path) !== files[path]
    );
    const stray = found.filter((path) => digestOf(path) === undefined);
    const lost = Object.keys(locked.files).filter((path) =>
      !Object.hasOwn(files, path)
    );
    const faults = [
      ...changed.map((path) => () =>
        this.#changed(path, {
          expected: digestOf(path) ?? "",
          found: files[path] ?? "",
          isLineEndings: lineEndings.includes(path),
        })
      ),
      ...stray.map((path) => () => this.#stray(path, files[path] ?? "")),
      ...lost.map((path) => () => this.#lost(path, digestOf(path) ?? "")),
    ];
    for (const add of faults.slice(0, MAX_NAMED)) add();
    if (faults.length > MAX_NAMED) {
      this.add(
        `${faults.length - MAX_NAMED} more files are not as in the lock`,
        `Restore the plugin as a whole; ${this.relock}`,
      );
    }
    if (faults.length === 0 && tree.digest !== locked.tree) {
      this.add(
        `the lock contradicts itself: its files have the digest ${tree.digest}, and its tree ${locked.tree}`,
        "Restore the lock: somebody edited it by hand",
      );
    }
  }

  #changed(path: string, { expected, found, isLineEndings }: {
    readonly expected: string;
    readonly found: string;
    readonly isLineEndings: boolean;
  }): void {
    const digests = `it has the SHA-256 ${found} and not ${expected}`;
    if (isLineEndings) {
      this.add(
        `the line endings of ${
          quote(path)
        } were changed, as git does with autocrlf: ${digests}`,
        'Write the line "* -text" into .gitattributes beside the lock, and check the plugin out again',
        path,
      );
    } else {
      this.add(
        `${quote(path)} was edited: ${digests}`,
        `Restore the file; ${this.relock}`,
        path,
      );
    }
  }

  #stray(path: string, found: string): void {
    const why = LEFTOVERS.find(([pattern]) => pattern.test(path))?.[1] ??
      "somebody added it";
    this.add(
      `${quote(path)} is not in the lock: ${why}, with the SHA-256 ${found}`,
      `Remove the file; ${this.relock}`,
      path,
    );
  }

  #lost(path: string, expected: string): void {
    this.add(
      `${quote(path)} is missing: the lock has it with the SHA-256 ${expected}`,
      `Restore the file; ${this.relock}`,
      path,
    );
  }

  package(locked: LockedPackage, facts: PluginFacts): void {
    if (facts.resolved !== locked.resolved) {
      this.add(
        `it is ${quote(facts.resolved ?? facts.source)}, and the lock has ${
          quote(locked.resolved)
        }`,
        `Name the version of the lock as its source; ${this.relock}`,
      );
    } else if (facts.manifest !== locked.manifest) {
      this.add(
        `its manifest has the SHA-256 ${
          facts.manifest ?? "of nothing"
        } and not ${locked.manifest}`,
        "Find out who replaced a published version, and use another one",
        "plugin.json",
      );
    }
  }

  review(locked: LockedPlugin, facts: PluginFacts): void {
    if (facts.version !== locked.version) {
      this.add(
        `its version is ${quote(facts.version)}, and the lock has ${
          quote(locked.version)
        }`,
        `Restore that version; ${this.relock}`,
        "version",
      );
    }
    for (const entry of addedPermissions(locked, facts)) {
      this.add(
        `permission ${formatEntry(entry)} is not in the lock`,
        `Remove it from the manifest; ${this.relock}`,
        `permissions.${entry.kind}`,
      );
    }
  }

  unpinned(modules: readonly string[]): void {
    for (const module of modules.slice(0, MAX_NAMED)) {
      this.add(
        `it imports the module ${quote(module)}, which is not in deno.lock`,
        "Restore the deno.lock beside the lock, or let this process read it",
      );
    }
  }

  modules(
    locked: Readonly<Record<string, string>>,
    found: Readonly<Record<string, string>>,
  ): void {
    for (const [module, integrity] of Object.entries(found)) {
      const expected = Object.hasOwn(locked, module)
        ? locked[module]
        : undefined;
      if (expected === integrity) continue;
      this.add(
        expected === undefined
          ? `it brings the module ${quote(module)}, which is not in the lock`
          : `its module ${quote(module)} has the integrity ${
            quote(integrity)
          } and not ${quote(expected)}`,
        `Restore deno.lock; ${this.relock}`,
      );
    }
  }
}

/**
 * Compares a plugin with the lock: its files, its version, its permissions, and
 * the modules that it brings.
 *
 * @example A plugin that nobody locked
 * ```ts
 * import { parseLock, verifyAgainstLock } from "@semantik/plugins/provenance";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const parsed = parseLock('{ "lockVersion": 1, "serial": 1, "plugins": {} }');
 * assert(parsed.ok);
 * const [problem] = verifyAgainstLock(parsed.lock, {
 *   id: "search",
 *   source: "./plugins/search",
 *   version: "1.0.0",
 *   permissions: {},
 *   optionalPermissions: {},
 * });
 *
 * assertEquals(problem?.code, "PLUGIN_INTEGRITY_UNLOCKED");
 * assertEquals(
 *   problem?.remedy,
 *   "Review it and run semantik-plugin add ./plugins/search",
 * );
 * ```
 *
 * @param lock The lock.
 * @param facts What was read of the plugin.
 * @returns Everything in which the plugin is not as in the lock; empty if it is.
 */
export function verifyAgainstLock(
  lock: PluginsLock,
  facts: PluginFacts,
): readonly Problem[] {
  const { id, reading, dependencies, unpinned = [] } = facts;
  const comparison = new Comparison(facts);
  const locked = Object.hasOwn(lock.plugins, id) ? lock.plugins[id] : undefined;
  if (locked === undefined) {
    comparison.unlocked();
    return Object.freeze(comparison.problems);
  }
  if ("tree" in locked) {
    if (reading === undefined) {
      comparison.add(
        `it is not a directory, and the lock has ${quote(locked.source)}`,
        `Name the source of the lock; ${comparison.relock}`,
      );
    } else if (reading.ok) comparison.directory(locked, reading);
    else comparison.unread(reading);
  } else comparison.package(locked, facts);
  comparison.review(locked, facts);
  comparison.unpinned(unpinned);
  if (dependencies !== undefined) {
    comparison.modules(locked.dependencies, dependencies);
  }
  return Object.freeze(comparison.problems);
}

/** Returns why the files of a plugin cannot be verified, whatever they should be. */
export function readingProblems(facts: PluginFacts): readonly Problem[] {
  const { reading } = facts;
  if (reading === undefined || reading.ok) return [];
  const comparison = new Comparison(facts);
  comparison.unread(reading);
  return Object.freeze(comparison.problems);
}

/**
 * Checks that a lock or a trust file is not older than one that was seen before.
 *
 * @example A lock that somebody put back
 * ```ts
 * import { serialProblem } from "@semantik/plugins/provenance";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(serialProblem("lock", { seen: 7, found: 7 }), undefined);
 * assertEquals(
 *   serialProblem("lock", { seen: 7, found: 6 })?.message,
 *   "The lock is older than one that was used: its serial is 6, and was 7",
 * );
 * ```
 *
 * @param file The file.
 * @param serials The highest serial that was seen, and that of the file.
 * @returns A problem if the file is older.
 */
export function serialProblem(
  file: "lock" | "trust file",
  { seen, found }: { readonly seen: number; readonly found: number },
): Problem | undefined {
  return found >= seen ? undefined : Object.freeze({
    code: file === "lock" ? "PLUGIN_LOCK_INVALID" : "PLUGIN_TRUST_INVALID",
    message:
      `The ${file} is older than one that was used: its serial is ${found}, and was ${seen}`,
    remedy:
      `Restore the newer file. To go back on purpose, give the old contents a serial above ${seen}`,
    path: "serial",
  });
}
