/** Changes the lock: copies first, then the lock that names them, as a whole. */

import { escapeControls, quote } from "../../base/text.ts";
import { formatFlags } from "../../permissions/permission_flags.ts";
import {
  formatLock,
  type LockedDirectory,
  type LockedPlugin,
  type PluginsLock,
} from "../../provenance/lock.ts";
import { LOCK_NAMESPACE } from "../../provenance/sums.ts";
import { TreeStore } from "../../provenance/tree_store.ts";
import type { CommandRun } from "../command_run.ts";
import { UsageError } from "../failure.ts";
import { formatCommand, wrapLine } from "../format.ts";
import { type LockContext, lockOf, NO_LOCK } from "./lock_files.ts";
import { replaceText } from "./replace_text.ts";

/**
 * Copies a directory into the store, unless its files are no longer those that
 * were locked.
 */
export async function storeCopy(
  store: string,
  id: string,
  directory: string,
  { tree }: LockedDirectory,
): Promise<void> {
  const copy = await new TreeStore(store).add(directory);
  if (copy.ok && copy.tree.digest === tree) return;
  throw new UsageError(
    `The files of ${quote(id)} changed after they were read`,
    "Run this again, when nobody changes them",
  );
}

/** Compares the entries of a plugin in two locks. */
function isSameEntry(
  one: PluginsLock,
  other: PluginsLock,
  id: string,
): boolean {
  const texts = [one, other].map(({ plugins }) =>
    Object.hasOwn(plugins, id) ? JSON.stringify(plugins[id]) : undefined
  );
  return texts[0] === texts[1];
}

/** Tests if a plugin would be locked as it is. */
export function isUnchanged(
  before: LockedPlugin | undefined,
  after: LockedPlugin | undefined,
): boolean {
  if (before === undefined || after === undefined) return false;
  const lock = (plugin: LockedPlugin) =>
    formatLock({
      ...NO_LOCK,
      plugins: { plugin: { ...plugin, lockedAt: before.lockedAt } },
    });
  return lock(before) === lock(after);
}

/**
 * Writes the lock, unless somebody else changed the same plugins meanwhile.
 *
 * @param entries The new entry of each plugin; `undefined` removes it.
 * @returns The lock that was written.
 */
export async function writeLock(
  run: CommandRun,
  { lock: seen, paths: { lock: path } }: LockContext,
  entries: ReadonlyMap<string, LockedPlugin | undefined>,
): Promise<PluginsLock> {
  let written = seen;
  await replaceText(run, path, (text) => {
    const lock = text === undefined ? NO_LOCK : lockOf(text, path);
    const isOther = lock.serial < seen.serial ||
      [...entries.keys()].some((id) => !isSameEntry(lock, seen, id));
    if (isOther) {
      throw new UsageError(
        `The lock ${quote(path)} changed meanwhile, and was left as it is`,
        "Run this again",
      );
    }
    const plugins: Record<string, LockedPlugin> = { ...lock.plugins };
    for (const [id, entry] of entries) {
      if (entry === undefined) delete plugins[id];
      else plugins[id] = entry;
    }
    written = { ...lock, serial: lock.serial + 1, plugins };
    const formatted = formatLock(written);
    // Nothing that could not be read again is written.
    lockOf(formatted, path);
    return formatted;
  });
  return written;
}

/** Says what the operator has to do after the lock changed. */
export function formatSigning(
  { trust, paths }: LockContext,
  { terminal: { screen } }: CommandRun,
): readonly string[] {
  return trust === undefined || trust.lockKeys.length === 0 ? [] : [
    ...wrapLine("Hosts refuse the lock until it is signed again:", screen),
    ...formatCommand(
      escapeControls(formatFlags([
        ...["ssh-keygen", "-Y", "sign", "-f", "KEY", "-n", LOCK_NAMESPACE],
        paths.lock,
      ])),
      screen,
    ),
  ];
}
