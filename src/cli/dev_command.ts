import { Command } from "commander";
import { resolvePath } from "../base/path.ts";
import { escapeControls, quote } from "../base/text.ts";
import type { CommandRun, ExitCode } from "./command_run.ts";
import { runDevLoop } from "./dev/dev_loop.ts";
import { formatNews, formatRound } from "./dev/format_round.ts";
import { type LiveNews, LivePlugin } from "./dev/live_plugin.ts";
import { type Round, runRound } from "./dev/round.ts";
import { fingerprintOf, watchDirectory } from "./dev/watch_directory.ts";
import { describeFailure, UsageError } from "./failure.ts";
import { collect, parseCount } from "./option_values.ts";
import { findMinimumAge } from "./validate/configuration.ts";
import { mayInspectModules } from "./validate/deno_program.ts";
import { OutputClosedError } from "./terminal.ts";
import {
  DEFAULT_TIMEOUT,
  MAX_TIMEOUT,
  parseMethods,
} from "./validate/run_options.ts";

interface DevFlags {
  readonly with?: readonly string[];
  readonly config?: string;
  readonly hostVersion?: string;
  readonly methods?: string;
  readonly timeout: string;
  readonly tests: boolean;
}

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGHUP", "SIGINT", "SIGTERM"];

/** Aborts when this process is interrupted, or by the signal of the command. */
class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly signal: AbortSignal;
  readonly #abort = () => this.#controller.abort();

  constructor(signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#controller.signal]);
    for (const name of SIGNALS) Deno.addSignalListener(name, this.#abort);
  }

  [Symbol.dispose](): void {
    for (const name of SIGNALS) Deno.removeSignalListener(name, this.#abort);
  }
}

async function realDirectory(given: string): Promise<string> {
  try {
    const directory = await Deno.realPath(resolvePath(given, Deno.cwd()));
    if ((await Deno.stat(directory)).isDirectory) return directory;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  throw new UsageError(
    `${quote(given)} is not a directory`,
    "Name the directory of a plugin, or create one with new",
  );
}

function assertMayRun(): void {
  if (mayInspectModules()) return;
  throw new UsageError(
    "dev runs the plugin and its tests with Deno, and this process may not",
    "Run it with --allow-read --allow-write --allow-run=deno",
  );
}

export function devCommand(run: CommandRun): Command {
  const { clock, terminal } = run;

  function print(text: string): void {
    terminal.print(text);
    terminal.flush();
  }

  async function dev(given: string, flags: DevFlags): Promise<ExitCode> {
    const timeout = parseCount(flags.timeout, "--timeout", MAX_TIMEOUT);
    assertMayRun();
    const directory = await realDirectory(given);
    const { config, hostVersion, methods, with: others = [] } = flags;
    const { screen } = terminal;
    using interruption = new Interruption(run.signal);
    let before: Round | undefined;
    // What happens during a round is shown after it.
    let held: LiveNews[] | undefined = [];
    await using live = new LivePlugin({
      directory,
      others,
      clock,
      timeout,
      onNews(news) {
        if (held === undefined) print(formatNews([news], screen));
        else held.push(news);
      },
    });

    async function check(signal: AbortSignal): Promise<void> {
      const work = runRound(run, {
        directory,
        others,
        flags: {
          switches: false,
          ...config === undefined ? {} : { config },
          ...hostVersion === undefined ? {} : { hostVersion },
        },
        running: {
          methods: parseMethods(methods),
          minimumAge: await findMinimumAge(directory),
          timeout,
          withOptional: false,
        },
        runsTests: flags.tests,
        live,
      }, signal);
      const found = await run.withProgress("Checking", work);
      signal.throwIfAborted();
      const time = new Date(clock.now()).toTimeString().slice(0, 8);
      live.look();
      const news = held ?? [];
      held = undefined;
      print(
        `${screen.paint.dim(time)}\n${
          formatRound(before, found, news, screen)
        }\n`,
      );
      before = found;
    }

    async function round(signal: AbortSignal): Promise<void> {
      held ??= [];
      try {
        await check(signal);
      } catch (thrown) {
        const isFatal = thrown instanceof OutputClosedError;
        // What was right at the start may be right again after the next change.
        if (isFatal || signal.aborted || before === undefined) throw thrown;
        run.fail(describeFailure(thrown));
      }
    }

    print(
      `Watching ${escapeControls(directory)}; Ctrl-C ends it\n\n`,
    );
    await runDevLoop({
      clock,
      signal: interruption.signal,
      watch: (onChange) => watchDirectory(directory, onChange),
      fingerprint: () => fingerprintOf(directory),
      round,
    });
    return 0;
  }

  return new Command("dev")
    .summary("check a plugin again whenever its files change")
    .description(
      "Watches the directory of a plugin. After each change, validates the plugin, sets it up in a new " +
        "process with exactly the permissions that it declares, runs its tests, and shows what changed " +
        "since the last round. Runs the task test of its deno.json, or deno test. Ends with Ctrl-C, and " +
        "exits with 0.",
    )
    .argument("<dir>", "the directory of the plugin")
    .option(
      "--with <source>",
      "a source of plugins that it requires; repeatable",
      collect,
    )
    .option("--config <file>", "a JSON file with a configuration per plugin id")
    .option("--host-version <version>", "the version of the host application")
    .option("--methods <names>", "required methods, e.g. embed,close")
    .option(
      "--timeout <ms>",
      "the time limit of each call into the plugin",
      DEFAULT_TIMEOUT,
    )
    .option("--no-tests", "run no tests")
    .action((directory: string, flags: DevFlags) =>
      run.stream("dev", undefined, () => dev(directory, flags))
    );
}
