import { Command } from "commander";
import { PluginError } from "../base/errors.ts";
import { escapeControls } from "../base/text.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import type { LockedPlugin } from "../provenance/lock.ts";
import { readTree } from "../provenance/read_tree.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { readPlugins } from "./diff/read_plugins.ts";
import { UsageError } from "./failure.ts";
import {
  formatCounts,
  formatTable,
  joinLines,
  withTotal,
  wrapLine,
} from "./format.ts";
import {
  addLockOption,
  addTrustOption,
  type LockContext,
  type LockFlags,
  openLock,
} from "./lock/lock_files.ts";
import { sourceToRead } from "./lock/read_candidate.ts";
import { newestIn, parsePackageName, readVersions } from "./lock/registry.ts";

interface OutdatedFlags extends LockFlags {
  readonly json?: true;
}

/** A locked plugin, and what its source has now. */
interface Compared {
  readonly id: string;
  readonly source: string;
  /** The version in the lock. */
  readonly locked: string;
  /** The version that an update would lock; absent if there is none. */
  readonly wanted: string | undefined;
  /** The newest version of all; another one than `wanted` only for a package. */
  readonly latest: string | undefined;
  /** True if an update would change the lock. */
  readonly isOutdated: boolean;
}

async function comparePackage(
  run: CommandRun,
  id: string,
  { source, version }: LockedPlugin,
): Promise<Compared | undefined> {
  const name = parsePackageName(source);
  if (name === undefined) return undefined;
  const versions = await readVersions(run, name);
  const wanted = newestIn(versions, name.range)?.version;
  const latest = newestIn(versions, "*")?.version;
  const isOutdated = wanted !== version || latest !== version;
  return { id, source, locked: version, wanted, latest, isOutdated };
}

/** Reads a plugin of a directory; `undefined` if it is of no use any more. */
async function findPlugin(
  run: CommandRun,
  source: string,
  id: string,
): Promise<ReadPlugin | undefined> {
  try {
    return (await readPlugins(run, source, {})).plugins.get(id);
  } catch (thrown) {
    const isOurs = thrown instanceof PluginError ||
      thrown instanceof UsageError;
    // It may be there, and this process does not see it.
    if (
      !isOurs ||
      thrown instanceof PluginError &&
        thrown.code === "PLUGIN_PERMISSION_MISSING"
    ) throw thrown;
    return undefined;
  }
}

async function compareDirectory(
  run: CommandRun,
  id: string,
  locked: LockedPlugin,
  { paths }: LockContext,
): Promise<Compared> {
  const { source, version } = locked;
  const named = { id, source, locked: version };
  const plugin = await findPlugin(run, sourceToRead(locked, paths), id);
  if (plugin?.directory === undefined || !("tree" in locked)) {
    const wanted = plugin?.manifest.version;
    return { ...named, wanted, latest: wanted, isOutdated: true };
  }
  const reading = await readTree(plugin.directory);
  const { version: wanted } = plugin.manifest;
  return {
    ...named,
    wanted,
    latest: wanted,
    isOutdated: !reading.ok || reading.tree.digest !== locked.tree,
  };
}

export function outdatedCommand(run: CommandRun): Command {
  const { screen } = run.terminal;

  async function outdated(flags: OutdatedFlags): Promise<Outcome> {
    const context = await openLock(run, flags, { mustExist: true });
    const { lock, paths } = context;
    const all: Compared[] = [];
    for (const [id, locked] of Object.entries(lock.plugins)) {
      all.push(
        await run.withProgress(
          `Looking at ${id}`,
          comparePackage(run, id, locked),
        ) ?? await compareDirectory(run, id, locked, context),
      );
    }
    const { yellow, green } = screen.paint;
    const found = all.filter((one) => one.isOutdated);
    const table = formatTable(
      ["ID", "LOCKED", "WANTED", "LATEST", "SOURCE"],
      found.map(({ id, locked, wanted, latest, source }) => [
        id,
        locked,
        wanted !== locked
          ? { text: wanted ?? "gone", paint: yellow }
          : latest === locked
          ? { text: "other files", paint: yellow }
          : { text: locked, paint: green },
        latest ?? "",
        source,
      ]),
      screen,
    );
    const next = found.length === 0
      ? []
      : wrapLine("See what changed by semantik-plugin update", screen);
    return {
      result: {
        lock: paths.lock,
        serial: lock.serial,
        plugins: all.map(
          ({ id, source, locked, wanted, latest, isOutdated }) => ({
            id,
            source,
            locked,
            wanted,
            latest,
            outdated: isOutdated,
          }),
        ),
      },
      text: withTotal(
        table,
        formatCounts(all.length, "plugin", [
          [found.length, "outdated"],
          [all.length - found.length, "as in the lock"],
        ]),
        screen,
      ) + joinLines(next.map(escapeControls)),
      exitCode: found.length > 0 ? 1 : 0,
    };
  }

  return addTrustOption(addLockOption(
    new Command("outdated")
      .summary("list locked plugins that have other files or newer versions")
      .description(
        "Lists the plugins of the lock whose source has other files, or whose registry has a newer version: that " +
          "which an update would lock, and the newest of all. Exits with 1 if there is one, as npm does. Needs " +
          "--allow-read, and for packages --allow-net for their registry.",
      ),
  ))
    .option("--json", "print the result as JSON")
    .action((flags: OutdatedFlags) =>
      run.run("outdated", flags.json, () => outdated(flags))
    );
}
