import { Command } from "commander";
import type { Screen } from "../base/terminal_text.ts";
import { escapeControls, quote } from "../base/text.ts";
import type { UpdateConcern } from "../provenance/update_concerns.ts";
import { type AddFlags, agree, lockCandidates } from "./add_command.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { formatDiff } from "./diff/format_diff.ts";
import {
  formatCount,
  formatIds,
  formatProblems,
  formatTable,
  INDENT,
  joinLines,
  wrapLine,
} from "./format.ts";
import { formatSigning } from "./lock/change_lock.ts";
import { provenanceLine, reviewOf } from "./lock/format_review.ts";
import {
  addLockOption,
  addStoreOption,
  addTrustOption,
  openLock,
} from "./lock/lock_files.ts";
import { readUpdate, type Update } from "./lock/read_update.ts";
import { parseAge } from "./option_values.ts";
import { formatAside } from "./plugin_overview.ts";
import { assertLocked } from "./remove_command.ts";
import { formatScan } from "./scan_overview.ts";

interface UpdateFlags extends AddFlags {
  readonly allowPermissions?: true;
  readonly allowPublisher?: true;
  readonly allowLowerTrust?: true;
  readonly allowYoung?: true;
  readonly allowDowngrade?: true;
  readonly minAge: string;
}

/** The age that Deno itself demands of a package by default. */
const MIN_AGE = "24h";
const MAX_FINDINGS = 20;
const MAX_FILES = 50;

/** The flag by which a person agrees to each kind of change. */
const ALLOWED: Readonly<
  Record<UpdateConcern["kind"], readonly [keyof UpdateFlags, string]>
> = {
  permissions: ["allowPermissions", "--allow-permissions"],
  publisher: ["allowPublisher", "--allow-publisher"],
  level: ["allowLowerTrust", "--allow-lower-trust"],
  age: ["allowYoung", "--allow-young"],
  version: ["allowDowngrade", "--allow-downgrade"],
};

/** A concern, and the flag that agrees to it. */
interface JudgedConcern extends UpdateConcern {
  readonly flag: string;
  readonly isAllowed: boolean;
}

function judgeConcerns(
  { concerns }: Update,
  flags: UpdateFlags,
): readonly JudgedConcern[] {
  return concerns.map((concern) => {
    const [name, flag] = ALLOWED[concern.kind];
    return { ...concern, flag, isAllowed: flags[name] === true };
  });
}

function isRefused(update: Update, flags: UpdateFlags): boolean {
  return update.candidate.problems.length > 0 ||
    judgeConcerns(update, flags).some(({ isAllowed }) => !isAllowed);
}

function formatFiles({ files }: Update, screen: Screen): string {
  if (files === undefined) return "";
  const { added, changed, removed } = files;
  const rows = [
    ...added.map((path) => ["added", `file ${path}`]),
    ...changed.map((path) => ["changed", `file ${path}`]),
    ...removed.map((path) => ["removed", `file ${path}`]),
  ];
  const rest = rows.length - MAX_FILES;
  const shown = rest > 0
    ? [...rows.slice(0, MAX_FILES), ["", `${rest} more, which --json lists`]]
    : rows;
  return formatTable(["CHANGE", "WHAT"], shown, screen);
}

function formatFindings(
  { newFindings, candidate: { scan } }: Update,
  screen: Screen,
): readonly string[] {
  const all = newFindings ?? scan?.findings;
  if (all === undefined) {
    return wrapLine(
      "Its code is not on this machine, and was not scanned",
      screen,
    );
  }
  const shown = all.slice(0, MAX_FINDINGS);
  return [
    ...wrapLine(
      newFindings === undefined
        ? `scan: ${
          formatCount(all.length, "finding")
        }; the locked code is not in the store, to tell which are new`
        : `scan: ${formatCount(all.length, "new finding")}`,
      screen,
    ),
    ...formatScan(shown, screen),
    ...all.length > shown.length
      ? [`${all.length - shown.length} more, which --json lists`]
      : [],
  ];
}

function formatUpdate(
  update: Update,
  flags: UpdateFlags,
  screen: Screen,
): string {
  const { candidate, diff } = update;
  const { paint } = screen;
  const { trust: { level, reasons } } = candidate;
  const concerns = judgeConcerns(update, flags).flatMap(
    ({ message, flag, isAllowed }) => [
      ...wrapLine(
        isAllowed
          ? `${paint.yellow("allowed")} ${escapeControls(message)}`
          : `${paint.red("refused")} ${escapeControls(message)}`,
        screen,
      ),
      ...isAllowed
        ? []
        : wrapLine(`${INDENT}If that is wanted, add ${flag}`, screen),
    ],
  );
  return [
    formatDiff(diff, screen, "The manifest is the same"),
    formatFiles(update, screen),
    joinLines([
      ...wrapLine(
        escapeControls(`trust: ${level} (${reasons.join("; ")})`),
        screen,
      ),
      ...provenanceLine(candidate, candidate.published).flatMap((line) =>
        formatAside(line, screen)
      ),
      ...formatFindings(update, screen),
      ...concerns,
      ...formatProblems(candidate.problems, screen),
    ]),
  ].filter((part) => part !== "").join("\n");
}

function resultOf(update: Update, flags: UpdateFlags) {
  const { before, candidate, files, newFindings } = update;
  return {
    ...reviewOf(candidate),
    before: { version: before.version, lockedAt: before.lockedAt },
    ...files === undefined ? {} : { files },
    ...newFindings === undefined ? {} : { newFindings },
    concerns: judgeConcerns(update, flags).map(
      ({ kind, message, flag, isAllowed }) => ({
        kind,
        message,
        flag,
        allowed: isAllowed,
      }),
    ),
  };
}

export function updateCommand(run: CommandRun): Command {
  const { terminal } = run;
  const { screen } = terminal;

  async function update(
    given: readonly string[],
    flags: UpdateFlags,
  ): Promise<Outcome> {
    const rules = {
      minAge: parseAge(flags.minAge, "--min-age"),
      anyAge: flags.allowYoung === true,
    };
    const context = await openLock(run, flags, { mustExist: true });
    const { lock, paths } = context;
    assertLocked(lock, given);
    const ids = given.length > 0 ? new Set(given) : Object.keys(lock.plugins);
    const all: Update[] = [];
    for (const id of ids) {
      const before = lock.plugins[id];
      if (before === undefined) continue;
      const reading = readUpdate(run, id, before, context, rules);
      all.push(await run.withProgress(`Reading ${id}`, reading));
    }
    const updates = all.filter((one) => !one.isUnchanged);
    const finish = (
      serial: number,
      updated: readonly string[],
      text: string,
      exitCode: Outcome["exitCode"],
    ): Outcome => ({
      result: {
        lock: paths.lock,
        serial,
        updated,
        unchanged: all.filter((one) => one.isUnchanged)
          .map(({ candidate: { id } }) => id),
        plugins: updates.map((one) => resultOf(one, flags)),
      },
      text,
      exitCode,
    });
    if (updates.length === 0) {
      return finish(lock.serial, [], "Every plugin is as in the lock\n", 0);
    }
    const shown = updates.map((one) => formatUpdate(one, flags, screen))
      .join("\n");
    const refused = updates.filter((one) => isRefused(one, flags))
      .map(({ candidate: { id } }) => id);
    if (refused.length > 0) {
      const others = updates.length > refused.length
        ? "; name the others to update them alone"
        : "";
      return finish(
        lock.serial,
        [],
        `${shown}\n${
          joinLines(wrapLine(
            `Nothing was updated, since ${
              formatIds(refused.map(quote))
            } is refused${others}`,
            screen,
          ))
        }`,
        1,
      );
    }
    if (flags.json === undefined) terminal.print(`${shown}\n`);
    const candidates = updates.map(({ candidate }) => candidate);
    const names = candidates.map(({ id }) => id);
    if (!await agree(run, flags, `Lock ${formatIds(names)} as it is now?`)) {
      return finish(lock.serial, [], "Nothing was updated\n", 1);
    }
    const serial = await lockCandidates(run, context, candidates);
    return finish(
      serial,
      names,
      joinLines([
        ...wrapLine(
          escapeControls(
            `Updated ${formatIds(names)} in ${paths.lock}, serial ${serial}`,
          ),
          screen,
        ),
        ...formatSigning(context, run),
      ]),
      0,
    );
  }

  return addStoreOption(addTrustOption(addLockOption(
    new Command("update")
      .summary("review what changed in plugins, and lock it")
      .description(
        "Shows what changed in plugins since they were locked: permissions, hazards, modules, files and what a scan " +
          "finds that it did not find before, and asks. Without ids, looks at every plugin of the lock. Runs no plugin " +
          "code.\n\n" +
          "An update is refused without its own option if the plugin asks for more permissions, if somebody else " +
          "published it, if it is trusted less, if it is too young or older than before. What is revoked or wrongly " +
          "signed is always refused. Exits with 1 if nothing was updated that changed.\n\n" +
          "Needs --allow-read, --allow-write for the store and the lock, and for packages --allow-net for their registry.",
      )
      .argument("[id...]", "the ids of the plugins"),
  )))
    .optionsGroup("What may change:")
    .option("--allow-permissions", "it may ask for more permissions")
    .option("--allow-publisher", "somebody else may have published it")
    .option("--allow-lower-trust", "it may be trusted less")
    .option("--allow-young", "it may be younger than --min-age")
    .option("--allow-downgrade", "it may be an older version")
    .option(
      "--min-age <age>",
      "the least age of a version in its registry, e.g. 24h or 7d",
      MIN_AGE,
    )
    .optionsGroup("Options:")
    .option("--yes", "ask nobody; a refusal stays a refusal")
    .option("--json", "print the result as JSON")
    .action((ids: readonly string[], flags: UpdateFlags) =>
      run.run("update", flags.json, () => update(ids, flags))
    );
}
