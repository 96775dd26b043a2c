import { Command } from "commander";
import type { Problem } from "../base/errors.ts";
import type { Screen } from "../base/terminal_text.ts";
import { resolvePath } from "../base/path.ts";
import { escapeControls, quote } from "../base/text.ts";
import { readFacts } from "../inspect/source_facts.ts";
import type { FoundPlugin, TrustLevel } from "../manifest/manifest.ts";
import type { LockedPlugin, PluginsLock } from "../provenance/lock.ts";
import { broughtModules } from "../provenance/deno_lock.ts";
import { readTree, type TreeReading } from "../provenance/read_tree.ts";
import {
  type TrustFacts,
  trustOf,
  trustPolicy,
  trustProblems,
} from "../provenance/trust_of.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import {
  formatCounts,
  formatProblems,
  formatTable,
  joinLines,
  withTotal,
  wrapLine,
} from "./format.ts";
import { readHostDescription } from "./host_options.ts";
import { inspectorFor } from "./inspect_host.ts";
import { storeCopy } from "./lock/change_lock.ts";
import {
  addLockOption,
  addStoreOption,
  addTrustOption,
  type LockContext,
  type LockFlags,
  lockPaths,
  readLockFiles,
} from "./lock/lock_files.ts";
import {
  lockedFacts,
  lockedSource,
  sourceToRead,
} from "./lock/read_candidate.ts";
import { formatAside } from "./plugin_overview.ts";

interface VerifyFlags extends LockFlags {
  readonly json?: true;
  readonly copy?: true;
}

/** One plugin, as it is beside the lock. */
interface Verified {
  readonly id: string;
  readonly source: string;
  readonly version: string | undefined;
  readonly trust: TrustLevel;
  readonly reasons: readonly string[];
  readonly problems: readonly Problem[];
  /** Its directory, if it is as in the lock. */
  readonly directory: string | undefined;
}

function isPackage({ source }: LockedPlugin): boolean {
  return /^(?:npm|jsr|https?):/i.test(source);
}

function entryOf({ plugins }: PluginsLock, id: string | undefined) {
  return id !== undefined && Object.hasOwn(plugins, id)
    ? plugins[id]
    : undefined;
}

/** Judges facts as a host does. */
function judge(
  facts: TrustFacts,
  { lock, trust }: LockContext,
  directory: string | undefined,
  others: readonly Problem[] = [],
): Verified {
  const context = { lock, ...trust === undefined ? {} : { trust } };
  const judged = trustOf(facts, context);
  const rule = trustPolicy(context)[judged.level];
  const problems = [
    ...trustProblems({ ...facts, runner: "subprocess" }, judged, rule),
    ...others,
  ];
  const { id, source, version } = facts;
  return {
    id,
    source,
    version,
    trust: judged.level,
    reasons: judged.reasons,
    problems,
    directory: problems.length === 0 ? directory : undefined,
  };
}

/** Judges a package by the lock and `deno.lock` alone: to read it may need a network. */
function judgePackage(id: string, locked: LockedPlugin, context: LockContext) {
  const { resolved = locked.source } = "resolved" in locked ? locked : {};
  const { denoLock = "" } = context;
  const { modules, missing } = broughtModules(denoLock, [resolved]);
  const facts = {
    ...lockedFacts(id, locked),
    dependencies: modules,
    unpinned: missing,
  };
  return judge(facts, context, undefined);
}

/** Compares the files of a plugin whose manifest is of no use. */
async function judgeUnreadable(
  { source, id: named, problems }: Extract<FoundPlugin, { ok: false }>,
  [id, locked]:
    | readonly [string, LockedPlugin]
    | readonly [undefined, undefined],
  context: LockContext,
): Promise<Verified> {
  if (id === undefined) {
    return {
      id: named ?? source,
      source,
      version: undefined,
      trust: "unverified",
      reasons: [],
      problems,
      directory: undefined,
    };
  }
  const expected = "files" in locked ? locked.files : {};
  const directory = sourceToRead(locked, context.paths);
  const reading = await readTree(directory, { expected });
  const facts = { ...lockedFacts(id, locked), reading };
  return judge(facts, context, undefined, problems);
}

async function verifyAll(
  run: CommandRun,
  context: LockContext,
  sources: readonly string[],
): Promise<readonly Verified[]> {
  const { lock, trust, denoLock, now, paths } = context;
  const locked = Object.entries(lock.plugins);
  const bySource = new Map(
    locked.map(([id, entry]) =>
      [sourceToRead(entry, paths), [id, entry]] as const
    ),
  );
  const directories = locked.filter(([, entry]) => !isPackage(entry))
    .map(([, entry]) => sourceToRead(entry, paths));
  const given = sources.map((source) => resolvePath(source, Deno.cwd()));
  const host = await readHostDescription(
    [...new Set([...directories, ...given])],
    { switches: false },
    run.importModule,
  );
  const { inspection: { found } } = await inspectorFor(host).report();
  const verified = locked.filter(([, entry]) => isPackage(entry))
    .map(([id, entry]) => judgePackage(id, entry, context));
  const seen = new Set<string>();
  for (const [index, plugin] of found.entries()) {
    run.terminal.progress(() => `Verifying ${index + 1} of ${found.length}`);
    // A source that is named is often one above those of the lock.
    if (seen.has(plugin.source)) continue;
    seen.add(plugin.source);
    if (!plugin.ok) {
      const entry = bySource.get(plugin.source) ?? [undefined, undefined];
      verified.push(await judgeUnreadable(plugin, entry, context));
      continue;
    }
    const facts = await readFacts(plugin, {
      lock,
      trust,
      denoLock,
      now,
      withModules: true,
    });
    const source = lockedSource(plugin, paths);
    verified.push(judge({ ...facts, source }, context, plugin.directory));
  }
  // A directory may hold another plugin than the one that was locked.
  const ids = new Set(verified.map(({ id }) => id));
  const gone = locked.filter(([id]) => !ids.has(id)).map(([id, entry]) => {
    const source = sourceToRead(entry, paths);
    const other = found.find((one) => one.source === source);
    const what = other?.ok
      ? `${quote(source)} holds the plugin ${quote(other.manifest.id)}`
      : `${quote(source)} was not found`;
    const problem: Problem = {
      code: "PLUGIN_INTEGRITY_BROKEN",
      message: `Cannot load plugin ${quote(id)}: ${what}`,
      remedy: `Restore it, or run semantik-plugin remove ${id}`,
    };
    return judge(
      { ...lockedFacts(id, entry), reading: ABSENT },
      context,
      undefined,
      [problem],
    );
  });
  return [...verified, ...gone];
}

const ABSENT: TreeReading = { ok: false, reason: "unreadable", faults: [] };

function formatPlugin(
  { id, version = "", trust, reasons, source, problems }: Verified,
  screen: Screen,
) {
  const { paint } = screen;
  const aside = (text: string) => formatAside(escapeControls(text), screen);
  return {
    cells: [
      problems.length === 0
        ? { text: "ok", paint: paint.green }
        : { text: "findings", paint: paint.red },
      { text: id, paint: paint.bold },
      version,
      trust,
    ],
    below: [
      ...aside(`from ${source}`),
      ...problems.length === 0 ? aside(reasons.join("; ")) : [],
      ...formatProblems(problems, screen),
    ],
  };
}

export function verifyCommand(run: CommandRun): Command {
  const { screen } = run.terminal;

  async function verify(
    sources: readonly string[],
    flags: VerifyFlags,
  ): Promise<Outcome> {
    const paths = lockPaths(flags);
    const files = await readLockFiles(run, paths, { mustExist: true });
    if (!files.ok) {
      const { problems } = files;
      return {
        result: { lock: paths.lock, problems, plugins: [], copied: [] },
        text: joinLines([
          ...wrapLine(
            screen.paint.red(`findings`) + escapeControls(` ${paths.lock}`),
            screen,
          ),
          ...formatProblems(problems, screen),
        ]),
        exitCode: 1,
      };
    }
    const verified = await verifyAll(run, files, sources);
    const copied: string[] = [];
    for (const { id, directory } of flags.copy === true ? verified : []) {
      const locked = entryOf(files.lock, id);
      if (directory === undefined || locked === undefined) continue;
      if (!("tree" in locked)) continue;
      await run.withProgress(
        `Copying ${id}`,
        storeCopy(paths.store, id, directory, locked),
      );
      copied.push(id);
    }
    const sorted = verified.toSorted((one, other) =>
      Number(one.problems.length === 0) - Number(other.problems.length === 0)
    );
    const bad = verified.filter(({ problems }) => problems.length > 0).length;
    const { serial } = files.lock;
    return {
      result: {
        lock: paths.lock,
        serial,
        problems: [],
        plugins: sorted.map(
          ({ id, source, version, trust, reasons, problems }) => ({
            id,
            source,
            version,
            trust,
            reasons,
            problems,
          }),
        ),
        copied,
      },
      text: withTotal(
        formatTable([], sorted.map((one) => formatPlugin(one, screen)), screen),
        `${
          formatCounts(verified.length, "plugin", [
            [bad, "with findings"],
            [verified.length - bad, "as in the lock"],
          ])
        }; serial ${serial}${
          flags.copy === true ? `; ${copied.length} in the store` : ""
        }`,
        screen,
      ),
      exitCode: bad > 0 ? 1 : 0,
    };
  }

  return addStoreOption(addTrustOption(addLockOption(
    new Command("verify")
      .summary("compare plugins with the lock")
      .description(
        "Compares every plugin of the lock with its source, as a host does before it loads anything: files, version, " +
          "permissions, modules, signatures and revocations. Names each file, both digests and the likely reason. " +
          "Plugins of the sources that are not in the lock are findings. Exits with 1 if there are findings. Runs no " +
          "plugin code, and needs no network: of a package, it compares what deno.lock pins.",
      )
      .argument("[source...]", "the sources of the host"),
  )))
    .option(
      "--copy",
      "put copies into the store, so that a host needs no write permission",
    )
    .option("--json", "print the result as JSON")
    .action((sources: readonly string[], flags: VerifyFlags) =>
      run.run("verify", flags.json, () => verify(sources, flags))
    );
}
