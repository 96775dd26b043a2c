import { Command } from "commander";
import { isRecord } from "../base/errors.ts";
import { joinFilePath, MANIFEST_FILE, resolvePath } from "../base/path.ts";
import { onOneLine, quote } from "../base/text.ts";
import { editManifest } from "../evidence/edit_manifest.ts";
import {
  type Evidence,
  formatEvidence,
  mergeEvidence,
  parseEvidence,
} from "../evidence/evidence_file.ts";
import { withUndeclared } from "../evidence/manifest_diff.ts";
import {
  listEntries,
  type PermissionSet,
} from "../permissions/permission_set.ts";
import type { Access, Places } from "../evidence/use.ts";
import { dataDirectoryOf } from "../inspect/permission_needs.ts";
import { maskCredentials } from "../secrets/credentials.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { argumentsOfDeno } from "./deno_command/read_deno_command.ts";
import { UsageError } from "./failure.ts";
import { DEFAULT_DATA_DIRECTORY, isDeclaration } from "./host_options.ts";
import { inspectHost } from "./inspect_host.ts";
import { replaceText } from "./lock/replace_text.ts";
import { formatObserved, observedResult } from "./observe/format_observed.ts";
import { observeTests } from "./observe/observe_tests.ts";
import {
  compare,
  nobodysOf,
  type Observed,
  type Seen,
  usesOf,
  variablesIn,
} from "./observe/observed.ts";
import { placesOf, readSubject, type Subject } from "./observe/subject.ts";
import { findUnset } from "./observe/unset_variables.ts";
import { runWatched, type WatchedRun } from "./observe/watched_run.ts";
import { collect, parseCount, readJsonFile } from "./option_values.ts";
import { planFreely } from "./validate/check_manifest.ts";
import { runOnce } from "./validate/check_run.ts";
import { findMinimumAge } from "./validate/configuration.ts";
import { mayInspectModules } from "./validate/deno_program.ts";
import { DEFAULT_TIMEOUT, MAX_TIMEOUT } from "./validate/run_options.ts";

interface ObserveFlags {
  readonly plugin?: readonly string[];
  readonly with?: readonly string[];
  readonly config?: string;
  readonly dataDirectory: string;
  readonly allowAll?: true;
  readonly tests: boolean;
  readonly timeout: string;
  readonly report?: string;
  readonly merge?: string;
  readonly write?: true;
  readonly check?: true;
  readonly json?: true;
}

/** What one run showed. */
interface RunEvidence {
  /** What it showed of each plugin, by its id. */
  readonly seen: ReadonlyMap<string, readonly Seen[]>;
  readonly nobodys: WatchedRun["nobodys"];
  /** The reasons why the run did not reach everything. */
  readonly failures: readonly string[];
}

const MAX_FAILURE = 400;
/** Deno says so in each process that is watched. */
const BROKER_WARNING_REGEXP =
  /^Warning Permission broker is an experimental feature\n/gm;
const CANNOT_WATCH = new UsageError(
  "Deno cannot be watched on this system",
  "Run it on Linux or macOS, with a temporary folder that has a short path",
);

function assertMayRun(): void {
  if (mayInspectModules()) return;
  throw new UsageError(
    "observe runs the plugin with Deno, and this process may not",
    "Run it with --allow-read --allow-write --allow-run=deno",
  );
}

function lastLines(text: string): string {
  const lines = text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "");
  const line = lines.findLast((one) => /^error:|Error/.test(one)) ??
    lines.at(-1) ?? "";
  return onOneLine(maskCredentials(line), MAX_FAILURE);
}

export function observeCommand(run: CommandRun): Command {
  function warn(subjects: readonly Subject[], flags: ObserveFlags): void {
    const ids = subjects.map(({ id }) => quote(id)).join(", ");
    run.note(
      `This runs the code of ${ids}, with ${
        flags.allowAll === true
          ? "every permission"
          : "the permissions that its manifest declares"
      }`,
    );
  }

  /** Sets a plugin up and runs its tests. */
  async function observeOwn(
    subject: Subject,
    flags: ObserveFlags,
  ): Promise<RunEvidence> {
    const { directory, id } = subject;
    const timeout = parseCount(flags.timeout, "--timeout", MAX_TIMEOUT);
    const allowsAll = flags.allowAll === true;
    const { host, inspection } = await inspectHost(
      run,
      [directory, ...flags.with ?? []],
      {
        switches: false,
        ...flags.config === undefined ? {} : { config: flags.config },
      },
    );
    const set = planFreely(inspection);
    const step = set.plan.steps.find(({ index }) => {
      const found = inspection.found[index];
      return found?.ok && found.directory === directory;
    });
    const plugin = inspection.found[step?.index ?? -1];
    if (!plugin?.ok || step?.decision.kind !== "load") {
      throw new UsageError(
        `Plugin ${quote(id)} cannot be set up`,
        `Run semantik-plugin validate ${directory}, and name the sources of ` +
          "the plugins that it requires with --with",
      );
    }
    const { report, accesses } = await runOnce(set, plugin, {
      host,
      methods: [],
      withOptional: true,
      minimumAge: await findMinimumAge(directory),
      timeout,
      signal: run.signal,
      observes: allowsAll ? "all" : "declared",
    }, false);
    if (!report.isWatched) throw CANNOT_WATCH;
    const { result, dataDirectory } = report;
    const temporary = [resolvePath("../..", dataDirectory)];
    const dataDirectories = [
      dataDirectoryOf({ dataDirectory }, id) ?? dataDirectory,
    ];
    const places = placesOf(subject, {
      temporary,
      dataDirectories,
      workingDirectory: dataDirectory,
      isDataTemporary: false,
    });
    const fromContext = result.variables.map((value): Access => ({
      entry: { kind: "env", value },
      operation: "probe",
      place: undefined,
      isAllowed: true,
    }));
    const tests = flags.tests
      ? await observeTests(subject, {
        allowsAll,
        signal: run.signal,
        dataDirectoryOf: () => dataDirectory,
      })
      : undefined;
    const seen: Seen[] = [
      { accesses: [...accesses, ...fromContext], places },
      ...tests === undefined ? [] : [{
        accesses: tests.accesses.get(id) ?? [],
        places: {
          ...places,
          workingDirectory: directory,
          isDataTemporary: true,
        },
      }],
    ];
    const isFailed = tests !== undefined && tests.status !== "passed";
    return {
      seen: new Map([[id, seen]]),
      nobodys: tests?.nobodys ?? [],
      failures: [
        ...result.problems.map(({ message }) => message),
        ...isFailed
          ? [
            `Its tests ${
              tests.status === "late" ? "did not end in time" : "failed"
            }: ${lastLines(`${tests.stderr}\n${tests.stdout}`)}`,
          ]
          : [],
      ],
    };
  }

  /** Runs an application. */
  async function observeApplication(
    subjects: readonly Subject[],
    words: readonly string[],
    flags: ObserveFlags,
  ): Promise<RunEvidence> {
    const args = argumentsOfDeno(words);
    const cwd = Deno.cwd();
    const dataDirectory = resolvePath(flags.dataDirectory, cwd);
    const found = await runWatched({
      args,
      cwd,
      subjects,
      dataDirectoryOf: (id) =>
        dataDirectoryOf({ dataDirectory }, id) ?? dataDirectory,
      allowsAll: flags.allowAll === true,
      signal: run.signal,
      timeout: undefined,
      onOutput: (text) =>
        run.terminal.passOn(text.replaceAll(BROKER_WARNING_REGEXP, "")),
    });
    if (found === undefined) throw CANNOT_WATCH;
    if (found.isFree) {
      run.note(
        "The flags of the application could not be read from its command " +
          "line, so all code but the plugins' was allowed everything",
      );
    }
    return {
      seen: new Map(subjects.map((subject) => {
        const { id } = subject;
        const places = placesOf(subject, {
          temporary: [found.temporary],
          workingDirectory: cwd,
          dataDirectories: [
            dataDirectoryOf({ dataDirectory }, id) ?? dataDirectory,
          ],
          isDataTemporary: args[0] === "test",
        });
        return [id, [{ accesses: found.accesses.get(id) ?? [], places }]];
      })),
      nobodys: found.nobodys,
      failures: found.status === "passed"
        ? []
        : [`The command failed: ${lastLines(found.stderr)}`],
    };
  }

  /** Reads what a host knows about a plugin. */
  async function readReported(
    subject: Subject,
    path: string,
    flags: ObserveFlags,
  ): Promise<RunEvidence> {
    const { id } = subject;
    const used = usedIn(await readJsonFile(path, "--report"), id);
    if (used === undefined) {
      throw new UsageError(
        `${quote(path)} does not say what plugin ${quote(id)} used`,
        'Write the JSON of host.permissionReport() of a host with subprocess({ mode: "live" })',
      );
    }
    const cwd = Deno.cwd();
    const dataDirectory = resolvePath(flags.dataDirectory, cwd);
    const places = placesOf(subject, {
      temporary: [],
      workingDirectory: cwd,
      dataDirectories: [
        dataDirectoryOf({ dataDirectory }, id) ?? dataDirectory,
      ],
      isDataTemporary: false,
    });
    const accesses = listEntries(used).map((entry): Access => ({
      entry,
      operation: "other",
      place: undefined,
      isAllowed: true,
    }));
    return {
      seen: new Map([[id, [{ accesses, places }]]]),
      nobodys: [],
      failures: [],
    };
  }

  /** Adds what was seen to the evidence of earlier runs. */
  async function addUp(
    { seen }: RunEvidence,
    merge: string | undefined,
  ): Promise<Evidence> {
    const unset = await findUnset(variablesIn([...seen.values()].flat()));
    const now: Evidence = {
      runs: 1,
      plugins: Object.fromEntries(
        Array.from(seen, ([id, all]) => [id, usesOf(all, unset)]),
      ),
    };
    if (merge === undefined) return now;
    let sum = now;
    await replaceText(run, resolvePath(merge, Deno.cwd()), (text) => {
      sum = text === undefined || text.trim() === ""
        ? now
        : mergeEvidence(parseEvidence(text, merge), now);
      return formatEvidence(sum);
    });
    return sum;
  }

  async function write(
    { subject, diff }: Observed,
    isComplete: boolean,
  ): Promise<boolean> {
    const path = joinFilePath(subject.directory, MANIFEST_FILE);
    const declared = isComplete
      ? diff.smallest
      : withUndeclared(subject.declared, diff);
    let isChanged = false;
    await replaceText(run, path, (text = "{}") => {
      const after = editManifest(text, declared);
      isChanged = after !== text;
      return after;
    });
    return isChanged;
  }

  async function readSubjects(
    given: string | undefined,
    { plugin = [], report }: ObserveFlags,
  ): Promise<readonly Subject[]> {
    const { denoCommand } = run;
    if (
      given !== undefined && (denoCommand !== undefined || plugin.length > 0)
    ) {
      throw new UsageError(
        "observe takes either the directory of a plugin or a command after --",
        "Name plugins of an application with --plugin",
      );
    }
    if (denoCommand !== undefined && report !== undefined) {
      throw new UsageError(
        "--report takes the place of a command",
        "Leave out -- and what follows",
      );
    }
    if (denoCommand === undefined && plugin.length > 0) {
      throw new UsageError(
        "--plugin is for a command after --",
        "Write e.g. observe --plugin ./plugins/weather -- deno run main.ts",
      );
    }
    const directories = given !== undefined
      ? [given]
      : plugin.length > 0
      ? plugin
      : ["."];
    const subjects = await Promise.all(directories.map(readSubject));
    const twice = subjects.find(({ id }, at) =>
      subjects.findIndex((one) => one.id === id) !== at
    );
    if (twice === undefined) return subjects;
    throw new UsageError(
      `Two of the plugins have the id ${quote(twice.id)}`,
      "Name each plugin once",
    );
  }

  async function runAndWatch(
    subjects: readonly [Subject, ...Subject[]],
    flags: ObserveFlags,
  ): Promise<RunEvidence> {
    assertMayRun();
    warn(subjects, flags);
    return run.denoCommand === undefined
      ? await run.withProgress("Observing", observeOwn(subjects[0], flags))
      : await observeApplication(subjects, run.denoCommand, flags);
  }

  async function observe(
    given: string | undefined,
    flags: ObserveFlags,
  ): Promise<Outcome> {
    const subjects = await readSubjects(given, flags);
    const [first] = subjects;
    if (first === undefined) throw CANNOT_WATCH;
    const found = flags.report === undefined
      ? await runAndWatch([first, ...subjects.slice(1)], flags)
      : await readReported(first, flags.report, flags);
    const { seen, failures } = found;
    const evidence = await addUp(found, flags.merge);
    const all = subjects.map((subject) =>
      compare(subject, evidence, placesFor(seen, subject))
    );
    for (const failure of failures) run.note(failure);
    const isComplete = failures.length === 0;
    const written: string[] = [];
    if (flags.write === true) {
      if (!isComplete) {
        run.note(
          "The run failed, so nothing was removed from the manifest: an " +
            "access that it did not reach would be missing",
        );
      }
      for (const one of all) {
        if (await write(one, isComplete)) written.push(one.subject.id);
      }
    }
    const nobodys = nobodysOf(found.nobodys);
    const isFailed = flags.check === true &&
      (!isComplete || all.some(({ isExact }) => !isExact));
    const list = written.map((id) => quote(id)).join(", ");
    return {
      result: {
        runs: evidence.runs,
        plugins: all.map(observedResult),
        nobodys,
        failures,
        written,
      },
      text: formatObserved(all, nobodys, run.terminal.screen) +
        (written.length === 0 ? "" : `Wrote the manifest of ${list}\n`),
      exitCode: isFailed ? 1 : 0,
    };
  }

  return new Command("observe")
    .summary("write the manifest from what a plugin does")
    .description(
      "Runs a plugin, watches every permission that it uses, and compares them with its manifest: used and " +
        "not declared, declared and never used, declared wider than used, nobody's. Sets the plugin up, " +
        "checks its health and runs its tests. With a command after --, runs that instead, e.g. an " +
        "application with the plugin, and tells the plugin's code apart by its stack.\n\n" +
        "This runs the plugin's code. It may do what its manifest declares, and with --allow-all " +
        "everything; all else is denied and reported. Programs that it starts are not limited.",
    )
    .argument("[dir]", "the directory of a plugin")
    .usage("[options] [dir] | [--plugin <dir>] -- deno run|test|task ...")
    .option(
      "--plugin <dir>",
      "a plugin in the command after --, by default that of this directory; repeatable",
      collect,
    )
    .option("--write", "write the smallest manifest that covers what was used")
    .option("--check", "exit with 1 if the manifest is not exact")
    .option(
      "--merge <file>",
      "add the run up with those in a file, and keep it there",
    )
    .option(
      "--report <file>",
      "read the JSON of host.permissionReport() instead of running anything",
    )
    .option("--allow-all", "allow the plugin everything")
    .option(
      "--with <source>",
      "a source of plugins that it requires; repeatable",
      collect,
    )
    .option("--config <file>", "a JSON file with a configuration per plugin id")
    .option(
      "--data-directory <dir>",
      "the host's dataDirectory, for $DATA, in the command after --",
      DEFAULT_DATA_DIRECTORY,
    )
    .option("--no-tests", "run no tests")
    .option(
      "--timeout <ms>",
      "the time limit of each call into the plugin",
      DEFAULT_TIMEOUT,
    )
    .option("--json", "print the result as JSON")
    .action((given: string | undefined, flags: ObserveFlags) =>
      run.run("observe", flags.json, () => observe(given, flags))
    );
}

/** Finds what a permission report says that a plugin used. */
function usedIn(report: unknown, id: string): PermissionSet | undefined {
  const plugins = isRecord(report) ? report.plugins : undefined;
  const found = Array.isArray(plugins)
    ? plugins.find((one) => isRecord(one) && one.id === id)
    : undefined;
  const used: unknown = isRecord(found) ? found.used : undefined;
  return isDeclaration(used) ? used : undefined;
}

/** Returns the folders of a plugin, which its runs share but for temporary ones. */
function placesFor(seen: RunEvidence["seen"], { id }: Subject): Places {
  const places = seen.get(id)?.at(0)?.places;
  if (places === undefined) throw CANNOT_WATCH;
  return places;
}
