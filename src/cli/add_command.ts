import { Command } from "commander";
import { escapeControls, quote } from "../base/text.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { formatIds, formatProblems, joinLines, wrapLine } from "./format.ts";
import {
  formatSigning,
  isUnchanged,
  storeCopy,
  writeLock,
} from "./lock/change_lock.ts";
import { formatReview, reviewOf } from "./lock/format_review.ts";
import {
  addLockOption,
  addStoreOption,
  addTrustOption,
  type LockContext,
  type LockFlags,
  openLock,
} from "./lock/lock_files.ts";
import {
  type Candidate,
  readCandidate,
  readSourcePlugins,
} from "./lock/read_candidate.ts";
import { findPublished } from "./lock/registry.ts";

export interface AddFlags extends LockFlags {
  readonly json?: true;
  readonly yes?: true;
}

async function readCandidates(
  run: CommandRun,
  sources: readonly string[],
  context: LockContext,
): Promise<readonly Candidate[]> {
  const found = new Map<string, Candidate>();
  for (const source of sources) {
    const read = await readSourcePlugins(run, source, context);
    for (const [id, plugin] of read.plugins) {
      if (found.has(id)) {
        throw new UsageError(
          `Two of the sources have a plugin ${quote(id)}`,
          "Name the source of one of them alone",
        );
      }
      const published = await findPublished(run, plugin, { anyAge: true });
      const candidate = await readCandidate(plugin, read, context);
      found.set(id, { ...candidate, published });
    }
  }
  return [...found.values()];
}

/** A plugin that is locked is changed by `update`, which compares. */
function assertNew(
  { id, locked }: Candidate,
  { lock, paths }: LockContext,
): void {
  const before = Object.hasOwn(lock.plugins, id) ? lock.plugins[id] : undefined;
  if (before === undefined) return;
  throw new UsageError(
    `The lock ${quote(paths.lock)} has ${quote(id)} already`,
    before.source === locked?.source
      ? `Run semantik-plugin update ${id}, which shows what changed`
      : `Remove it first: semantik-plugin remove ${id}. The lock has the ` +
        `source ${quote(before.source)}`,
  );
}

/** Asks a person, unless the command line says yes. */
export async function agree(
  run: CommandRun,
  { json, yes }: Pick<AddFlags, "json" | "yes">,
  question: string,
): Promise<boolean> {
  if (yes === true) return true;
  if (json === true) {
    throw new UsageError(
      "With --json nobody is asked",
      "Review it without --json, and add --yes",
    );
  }
  return await run.confirm(question);
}

/** Puts copies into the store, and then their entries into the lock. */
export async function lockCandidates(
  run: CommandRun,
  context: LockContext,
  candidates: readonly Candidate[],
): Promise<number> {
  const { store } = context.paths;
  for (const { id, plugin: { directory }, locked } of candidates) {
    if (directory === undefined || locked === undefined) continue;
    // The lock must not name a copy that is not there.
    if ("tree" in locked) {
      await run.withProgress(
        `Copying ${id}`,
        storeCopy(store, id, directory, locked),
      );
    }
  }
  const { serial } = await writeLock(
    run,
    context,
    new Map(candidates.map(({ id, locked }) => [id, locked])),
  );
  return serial;
}

export function addCommand(run: CommandRun): Command {
  const { terminal } = run;
  const { screen } = terminal;

  async function add(
    sources: readonly string[],
    flags: AddFlags,
  ): Promise<Outcome> {
    const context = await openLock(run, flags, { mustExist: false });
    const { lock, paths } = context;
    const all = await run.withProgress(
      "Reading",
      readCandidates(run, sources, context),
    );
    const candidates = all.filter(({ id, locked }) =>
      !isUnchanged(
        Object.hasOwn(lock.plugins, id) ? lock.plugins[id] : undefined,
        locked,
      )
    );
    for (const candidate of candidates) assertNew(candidate, context);
    const problems = candidates.flatMap((one) => one.problems);
    const finish = (
      serial: number,
      locked: readonly string[],
      lines: readonly string[],
    ): Outcome => ({
      result: {
        lock: paths.lock,
        serial,
        locked,
        plugins: all.map(reviewOf),
      },
      text: joinLines(lines),
      exitCode: locked.length === candidates.length ? 0 : 1,
    });
    if (candidates.length === 0) {
      const ids = formatIds(all.map(({ id }) => id));
      return finish(
        lock.serial,
        [],
        wrapLine(`The lock has ${ids} already, as it is`, screen),
      );
    }
    const reviews = candidates.flatMap((one) => [
      ...formatReview(one, screen),
      ...formatProblems(one.problems, screen),
      "",
    ]);
    if (problems.length > 0) {
      return finish(lock.serial, [], [
        ...reviews,
        ...wrapLine("Nothing was locked", screen),
      ]);
    }
    if (flags.json === undefined) terminal.print(joinLines(reviews));
    const ids = candidates.map(({ id }) => id);
    if (!await agree(run, flags, `Lock ${formatIds(ids)}?`)) {
      return finish(lock.serial, [], ["Nothing was locked"]);
    }
    const serial = await lockCandidates(run, context, candidates);
    return finish(serial, ids, [
      ...wrapLine(
        escapeControls(
          `Locked ${formatIds(ids)} in ${paths.lock}, serial ${serial}`,
        ),
        screen,
      ),
      ...formatSigning(context, run),
    ]);
  }

  return addStoreOption(addTrustOption(addLockOption(
    new Command("add")
      .summary("review plugins, and put them into the lock")
      .description(
        "Shows what plugins are, who published them, what they may do, which modules they bring and what a scan " +
          "of their code found, and asks. With a yes, copies them into the store, and then puts them into the lock " +
          "with the digest of each file. Runs no plugin code.\n\n" +
          "What is revoked, wrongly signed or refused by the trust file is never locked. Exits with 1 if nothing was " +
          "locked. Needs --allow-read, and --allow-write for the store and the lock.",
      )
      .argument(
        "<source...>",
        "directories, plugin.json files, jsr: and npm: packages",
      ),
  )))
    .option("--yes", "ask nobody; a refusal stays a refusal")
    .option("--json", "print the result as JSON")
    .action((sources: readonly string[], flags: AddFlags) =>
      run.run("add", flags.json, () => add(sources, flags))
    );
}
