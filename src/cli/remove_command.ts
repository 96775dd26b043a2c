import { Command } from "commander";
import { escapeControls, nearestName, quote } from "../base/text.ts";
import type { PluginsLock } from "../provenance/lock.ts";
import { TreeStore } from "../provenance/tree_store.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { formatIds, joinLines, wrapLine } from "./format.ts";
import { formatSigning, writeLock } from "./lock/change_lock.ts";
import {
  addLockOption,
  addStoreOption,
  addTrustOption,
  type LockFlags,
  openLock,
} from "./lock/lock_files.ts";

interface RemoveFlags extends LockFlags {
  readonly json?: true;
  readonly prune?: true;
}

/** Refuses ids that the lock does not have. */
export function assertLocked(
  { plugins }: PluginsLock,
  ids: readonly string[],
): void {
  for (const id of ids) {
    if (Object.hasOwn(plugins, id)) continue;
    const nearest = nearestName(id, Object.keys(plugins));
    throw new UsageError(
      `The lock has no plugin ${quote(id)}`,
      nearest === undefined
        ? "See semantik-plugin verify for the plugins that it has"
        : `Did you mean ${nearest}?`,
    );
  }
}

export function removeCommand(run: CommandRun): Command {
  const { screen } = run.terminal;

  async function remove(
    ids: readonly string[],
    flags: RemoveFlags,
  ): Promise<Outcome> {
    const context = await openLock(run, flags, { mustExist: true });
    assertLocked(context.lock, ids);
    const unique = [...new Set(ids)];
    const { serial, plugins } = await writeLock(
      run,
      context,
      new Map(unique.map((id) => [id, undefined])),
    );
    const { paths } = context;
    const trees = Object.values(plugins)
      .flatMap((plugin) => "tree" in plugin ? [plugin.tree] : []);
    // The lock that names the copies no longer is in force before they go.
    const pruned = flags.prune === true
      ? new TreeStore(paths.store).keepOnly(trees)
      : [];
    return {
      result: { lock: paths.lock, serial, removed: unique, pruned },
      text: joinLines([
        ...wrapLine(
          escapeControls(
            `Removed ${formatIds(unique)} from ${paths.lock}, serial ${serial}`,
          ),
          screen,
        ),
        ...flags.prune === true
          ? [
            `Removed ${
              pruned.length === 1 ? "1 copy" : `${pruned.length} copies`
            }`,
          ]
          : [],
        ...formatSigning(context, run),
      ]),
      exitCode: 0,
    };
  }

  return addStoreOption(addTrustOption(addLockOption(
    new Command("remove")
      .summary("take plugins out of the lock")
      .description(
        "Takes plugins out of the lock, so that hosts with it refuse them. Their files stay where they are. With " +
          "--prune, also removes every copy from the store that the lock does not name. End hosts that use this " +
          "store first: they may import from the copies later.",
      )
      .argument("<id...>", "the ids of the plugins"),
  )))
    .option("--prune", "remove the copies that the lock does not name")
    .option("--json", "print the result as JSON")
    .action((ids: readonly string[], flags: RemoveFlags) =>
      run.run("remove", flags.json, () => remove(ids, flags))
    );
}
