/** Verifies plugins while they are read, and has them run from copies of the host's own. */

import { PluginError, type Problem } from "../base/errors.ts";
import {
  fileName,
  fromFileUrl,
  joinFilePath,
  stampFile,
  toFileHref,
} from "../base/path.ts";
import {
  type FoundPlugin,
  lacksCopy,
  type PluginTrust,
  type ReadPlugin,
} from "../manifest/manifest.ts";
import type {
  PermissionEntry,
  PermissionSet,
} from "../permissions/permission_set.ts";
import {
  isMissing,
  type PermissionState,
} from "../permissions/permission_states.ts";
import type { RunnerKind } from "../runners/runner.ts";
import type { PluginsLock } from "../provenance/lock.ts";
import type { Tree } from "../provenance/tree.ts";
import { CopyStore } from "../provenance/tree_store.ts";
import { trustOf, trustPolicy, trustProblems } from "../provenance/trust_of.ts";
import type { Verification } from "./inspection.ts";
import {
  denoLockPath,
  readFacts,
  readTrustFiles,
  type SeenSerials,
  signaturePath,
  type TrustReading,
} from "./source_facts.ts";

export interface SourceVerifierOptions {
  readonly verification: Verification;
  /** Returns the state of a permission. Never prompts. */
  readonly permissionState: (entry: PermissionEntry) => PermissionState;
  /** Returns the time, in milliseconds since 1970. */
  readonly now: () => number;
}

const NOTHING_READ: TrustReading = { ok: true };

function withProblem(
  plugin: ReadPlugin,
  trust: PluginTrust,
  { code, message, remedy }: Problem,
): ReadPlugin {
  const problem: Problem = Object.freeze({
    code,
    message: `Cannot load plugin "${plugin.manifest.id}": ${message}`,
    remedy,
  });
  const problems = Object.freeze([...trust.problems, problem]);
  return { ...plugin, trust: Object.freeze({ ...trust, problems }) };
}

/** Has a plugin run from a copy of its directory, which a lock may pin. */
function asCopy(
  plugin: ReadPlugin,
  copy: string,
  isLocked: boolean,
): ReadPlugin {
  const { code, directory } = plugin;
  if (code.kind === "object" || directory === undefined) return plugin;
  const { judged, specifier } = code;
  if (judged === undefined) return plugin;
  const entry = fromFileUrl(new URL(specifier)).slice(directory.length);
  const place = joinFilePath(copy, fileName(judged.place));
  const stamp = stampFile(Deno.statSync(place));
  return {
    ...plugin,
    directory: copy,
    code: {
      ...code,
      specifier: toFileHref(`${copy}${entry}`),
      judged: { ...judged, place, stamp, directory: copy },
      ...isLocked ? { isPinned: true } : {},
    },
    copiedFrom: Object.freeze({ directory, specifier, manifest: judged.place }),
  };
}

/** A copy that is compared or made while a plugin is read. */
interface Copying extends Disposable {
  /** Takes each file that was hashed. */
  readonly onFile: ((path: string, bytes: Uint8Array) => void) | undefined;
  /** Returns the copy of what was read; `undefined` if there is none yet. */
  finish(tree: Tree): Promise<string | undefined>;
}

const NO_COPYING: Copying = Object.freeze({
  onFile: undefined,
  finish: () => Promise.resolve(undefined),
  [Symbol.dispose]() {},
});

function lockedTree(
  lock: PluginsLock | undefined,
  id: string,
): string | undefined {
  const locked = lock !== undefined && Object.hasOwn(lock.plugins, id)
    ? lock.plugins[id]
    : undefined;
  return locked !== undefined && "tree" in locked ? locked.tree : undefined;
}

/** Verifies the plugins of one host, reading after reading. */
export class SourceVerifier {
  readonly #options: SourceVerifierOptions;
  readonly #store: CopyStore;
  #files: TrustReading = NOTHING_READ;
  #seen: SeenSerials = {};

  constructor(options: SourceVerifierOptions) {
    this.#options = options;
    this.#store = new CopyStore(options.verification.store);
  }

  /** Reads the lock and the trust file, before the plugins are read. */
  async begin(stored: SeenSerials = {}): Promise<void> {
    const { verification, permissionState, now } = this.#options;
    const most = (one = 0, other = 0) => Math.max(one, other);
    const seen = {
      lock: most(stored.lock, this.#seen.lock),
      trust: most(stored.trust, this.#seen.trust),
    };
    this.#files = await readTrustFiles(verification, {
      permissionState,
      now: now(),
      seen,
    });
    this.#seen = { ...seen, ...this.serials };
  }

  /** The serials of the files; nothing if they cannot be used. */
  get serials(): SeenSerials {
    if (!this.#files.ok) return {};
    const { lock, trust } = this.#files;
    return {
      ...lock === undefined ? {} : { lock: lock.serial },
      ...trust === undefined ? {} : { trust: trust.serial },
    };
  }

  /** The time after which somebody should have looked at the trust file, if that has passed. */
  get outdatedSince(): string | undefined {
    const refreshBy = this.#files.ok ? this.#files.trust?.refreshBy : undefined;
    return refreshBy !== undefined &&
        Date.parse(refreshBy) < this.#options.now()
      ? refreshBy
      : undefined;
  }

  /** True if `deno.lock` pins modules of plugins: then Deno has to keep to it. */
  get pinsModules(): boolean {
    return this.#files.ok && this.#files.denoLock !== undefined;
  }

  /** The permissions to verify, besides those to read sources and to make copies. */
  get needs(): PermissionSet {
    const { lock, trust, store } = this.#options.verification;
    const isSigned = this.#files.ok &&
      (this.#files.trust?.lockKeys.length ?? 0) > 0;
    const read = [lock, trust, store].filter((path) => path !== undefined);
    if (lock !== undefined && isSigned) read.push(signaturePath(lock));
    if (lock !== undefined && this.#bringsModules()) {
      read.push(denoLockPath(lock));
    }
    return { read };
  }

  #bringsModules(): boolean {
    return this.#files.ok &&
      Object.values(this.#files.lock?.plugins ?? {}).some(
        ({ dependencies }) => Object.keys(dependencies).length > 0,
      );
  }

  /** Returns why a plugin must not load, given the process that it gets. */
  problemsOf(
    { manifest, trust }: ReadPlugin,
    runner: RunnerKind,
  ): readonly Problem[] {
    if (trust === undefined) return [];
    const rule = trustPolicy(this.#files.ok ? this.#files : {})[trust.level];
    return trustProblems({ ...manifest, runner }, trust, rule);
  }

  /**
   * Verifies a plugin, and has it run from its copy. With `mayCopy`, a missing
   * copy is made. Never rejects because of the plugin.
   */
  async verify(plugin: FoundPlugin, mayCopy: boolean): Promise<FoundPlugin> {
    if (!plugin.ok || plugin.trust !== undefined) return plugin;
    const files = this.#files;
    if (!files.ok) {
      if (plugin.origin === "builtin") return plugin;
      const reasons = ["The lock or the trust file cannot be used"];
      const { problems } = files;
      return { ...plugin, trust: { level: "unverified", reasons, problems } };
    }
    const { verification: { lock }, now } = this.#options;
    const likely = this.#mayBeCopied(plugin)
      ? lockedTree(files.lock, plugin.manifest.id)
      : undefined;
    // Each file is read once, whether a copy is compared or made.
    using copying = this.#beginCopy(likely, mayCopy);
    const { onFile } = copying;
    const facts = await readFacts(plugin, { ...files, now: now(), onFile });
    const trust = trustOf(facts, files);
    const { reading, dependencies = {} } = facts;
    const isPinned = lock !== undefined && Object.keys(dependencies).length > 0;
    const judged: ReadPlugin = {
      ...plugin,
      trust,
      ...isPinned ? { denoLock: denoLockPath(lock) } : {},
    };
    if (reading === undefined || !reading.ok) return judged;
    const { digest } = reading.tree;
    const known = { digest, ...judged };
    const isRefused = trust.problems.length > 0 ||
      trustPolicy(files)[trust.level] === "refuse";
    if (isRefused) return known;
    try {
      const copy = await copying.finish(reading.tree);
      return copy === undefined
        ? await this.#findCopy(known, trust, digest, mayCopy)
        : asCopy(known, copy, files.lock !== undefined);
    } catch (thrown) {
      if (!(thrown instanceof PluginError)) throw thrown;
      return withProblem(known, trust, thrown);
    }
  }

  /** Tests if a plugin has files that can be copied, and the store may be read. */
  #mayBeCopied({ origin, directory }: ReadPlugin): boolean {
    return origin === "external" && directory !== undefined &&
      this.#may("read");
  }

  /** Compares or makes the copy that a plugin most likely has, while it is read. */
  #beginCopy(digest: string | undefined, mayCopy: boolean): Copying {
    if (digest === undefined) return NO_COPYING;
    try {
      const comparison = this.#store.comparison(digest);
      if (comparison !== undefined) {
        return {
          onFile: comparison.add,
          finish: (tree) =>
            Promise.resolve(
              comparison.isCopyOf(tree) ? comparison.directory : undefined,
            ),
          [Symbol.dispose]() {},
        };
      }
      if (!mayCopy || !this.#may("write")) return NO_COPYING;
      const incoming = this.#store.begin();
      return {
        onFile: incoming.write,
        finish: async (tree) => (await incoming.place(tree)).directory,
        [Symbol.dispose]: () => incoming[Symbol.dispose](),
      };
    } catch (thrown) {
      if (!(thrown instanceof PluginError)) throw thrown;
      const finish = () => Promise.reject(thrown);
      return { onFile: undefined, finish, [Symbol.dispose]() {} };
    }
  }

  async #findCopy(
    plugin: ReadPlugin,
    trust: PluginTrust,
    digest: string,
    mayCopy: boolean,
  ): Promise<ReadPlugin> {
    const { directory } = plugin;
    // Without the permission to read the store, the plugin waits for it.
    if (directory === undefined || !this.#may("read")) return plugin;
    const isLocked = this.#files.ok && this.#files.lock !== undefined;
    const found = await this.#store.find(digest);
    if (found !== undefined) return asCopy(plugin, found, isLocked);
    if (!mayCopy || !this.#may("write")) return plugin;
    const made = await this.#store.add(directory);
    if (made.ok && made.tree.digest === digest) {
      return asCopy(plugin, made.directory, isLocked);
    }
    return withProblem(plugin, trust, {
      code: "PLUGIN_INTEGRITY_BROKEN",
      message: "its files changed while they were copied",
      remedy: "Load the plugin again, when nobody changes its files",
    });
  }

  #may(kind: "read" | "write"): boolean {
    const { permissionState, verification: { store } } = this.#options;
    return !isMissing(permissionState({ kind, value: store }));
  }

  /** Returns the permissions to make the copy that a plugin lacks. */
  copyNeeds(plugin: ReadPlugin): PermissionSet | undefined {
    const { store } = this.#options.verification;
    return lacksCopy(plugin) ? { read: [store], write: [store] } : undefined;
  }
}
