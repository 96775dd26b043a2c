import { Command, Option } from "commander";
import { quote } from "../base/text.ts";
import type { ReadPlugin } from "../manifest/manifest.ts";
import { usesDataDirectory } from "../permissions/normalize_permissions.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { describeChange, formatDiff } from "./diff/format_diff.ts";
import { isGrowth } from "./diff/permission_changes.ts";
import { comparePlugins, type PluginDiff } from "./diff/plugin_diff.ts";
import { compareFiles, MAX_FILES } from "./diff/plugin_files.ts";
import {
  readPlugins,
  readVersion,
  type SourcePlugins,
} from "./diff/read_plugins.ts";
import { type Finding, hazardFindings, Places } from "./findings/finding.ts";
import { FINDING_FORMATS, findingText } from "./findings/finding_formats.ts";
import { formatCounts } from "./format.ts";
import { DEFAULT_DATA_DIRECTORY } from "./host_options.ts";
import { mayInspectModules } from "./validate/deno_program.ts";

const FORMATS = ["text", "json", ...FINDING_FORMATS] as const;

interface DiffFlags {
  readonly json?: true;
  readonly format: (typeof FORMATS)[number];
  readonly dataDirectory: string;
}

/** Two versions of a plugin; one is absent if the plugin is new or gone. */
interface Pair {
  readonly before: ReadPlugin | undefined;
  readonly after: ReadPlugin | undefined;
}

interface Compared extends Pair {
  readonly diff: PluginDiff;
}

/** Pairs plugins by id; two single ones are a pair even if the id changed. */
function pairsOf(before: SourcePlugins, after: SourcePlugins): readonly Pair[] {
  if (before.plugins.size === 1 && after.plugins.size === 1) {
    const [[old], [now]] = [
      [...before.plugins.values()],
      [...after.plugins.values()],
    ];
    return [{ before: old, after: now }];
  }
  const ids = new Set([...after.plugins.keys(), ...before.plugins.keys()]);
  return [...ids].map((id) => ({
    before: before.plugins.get(id),
    after: after.plugins.get(id),
  }));
}

function noteAssumptions(
  run: CommandRun,
  pairs: readonly Pair[],
  { dataDirectory }: DiffFlags,
): void {
  const usesData = pairs.flatMap(({ before, after }) => [before, after])
    .some((one) =>
      one !== undefined &&
      (usesDataDirectory(one.manifest.permissions) ||
        usesDataDirectory(one.manifest.optionalPermissions))
    );
  if (usesData && dataDirectory === DEFAULT_DATA_DIRECTORY) {
    run.note(
      `Assuming the host's dataDirectory is ${DEFAULT_DATA_DIRECTORY}; ` +
        "set another with --data-directory",
    );
  }
}

function noteUnknown(
  run: CommandRun,
  { id, files, imports }: PluginDiff,
): void {
  if (imports === undefined) {
    run.note(
      `The modules of ${quote(id)} were not compared: ` +
        (mayInspectModules()
          ? "Deno cannot tell them of both versions"
          : "that needs --allow-run=deno and --allow-read"),
    );
  }
  if (files === undefined) {
    run.note(
      `The files of ${quote(id)} were not compared: they are not on this ` +
        `machine, or there are more than ${MAX_FILES.toLocaleString("en")}`,
    );
  }
}

/** Lists what grows: permissions, and hazards among them. */
function findingsOf(compared: readonly Compared[]): readonly Finding[] {
  return compared.flatMap(({ after, diff }) => {
    if (after === undefined) return [];
    const places = new Places(after);
    return [
      ...hazardFindings(after, diff.hazards.gained),
      ...diff.permissions.filter(isGrowth).map((one): Finding => ({
        severity: "warning",
        rule: `permission-${one.change}`,
        meaning: "A new version of a plugin declares more permissions",
        message: `Plugin ${quote(diff.id)} declares more: ${
          describeChange(one)
        }`,
        remedy: "Review the new version before you grant it",
        id: diff.id,
        source: after.source,
        ...one.after[0] === undefined ? {} : places.permission(one.after[0]),
      })),
    ];
  });
}

export function diffCommand(run: CommandRun): Command {
  async function compare(
    pair: Pair,
    before: SourcePlugins,
    after: SourcePlugins,
  ): Promise<Compared> {
    const place = {
      id: (pair.after ?? pair.before)?.manifest.id ?? "",
      directory: pair.after?.directory ?? pair.before?.directory,
    };
    const old = pair.before &&
      await readVersion(run, pair.before, before, place);
    const now = pair.after && await readVersion(run, pair.after, after, place);
    const isKnown = (old === undefined || old.files !== undefined) &&
      (now === undefined || now.files !== undefined);
    const files = isKnown
      ? await compareFiles(old?.files ?? new Map(), now?.files ?? new Map())
      : undefined;
    return {
      ...pair,
      diff: comparePlugins(old?.version, now?.version, files),
    };
  }

  async function diff(
    old: string,
    now: string,
    flags: DiffFlags,
  ): Promise<Outcome> {
    const { dataDirectory } = flags;
    const before = await readPlugins(run, old, { dataDirectory });
    const after = await readPlugins(run, now, { dataDirectory });
    const pairs = pairsOf(before, after);
    noteAssumptions(run, pairs, flags);
    const compared: Compared[] = [];
    for (const pair of pairs) {
      const { length } = compared;
      run.terminal.progress(() => `Comparing ${length + 1} of ${pairs.length}`);
      compared.push(await compare(pair, before, after));
    }
    const isWorse = (one: PluginDiff) => one.grows ? 0 : 1;
    compared.sort((one, other) => isWorse(one.diff) - isWorse(other.diff));
    const diffs = compared.map(({ diff }) => diff);
    for (const one of diffs) noteUnknown(run, one);
    const { length: grown } = diffs.filter(({ grows }) => grows);
    const { screen } = run.terminal;
    return {
      result: { grows: grown > 0, plugins: diffs },
      text: findingText(flags.format, () => findingsOf(compared)) ?? [
        ...diffs.map((one) => formatDiff(one, screen)),
        `${
          formatCounts(diffs.length, "plugin", [
            [grown, "with more permissions"],
            [diffs.length - grown, "without"],
          ])
        }\n`,
      ].join("\n"),
      exitCode: grown > 0 ? 1 : 0,
    };
  }

  return new Command("diff")
    .summary("compare two versions of a plugin, or of a directory of plugins")
    .description(
      "Compares two versions of a plugin: permissions, hazards, required plugins, modules that it " +
        "brings, manifest and files, the worst first. Permissions are compared by what they permit, as if " +
        "both versions were in one place. Runs no plugin code, and prints no contents of files.\n\n" +
        "Exits with 1 if the new version declares more permissions, or requires what was optional.",
    )
    .argument("<old>", "a directory, a plugin.json, a jsr: or an npm: package")
    .argument("<new>", "the same, of the version to compare with")
    .option(
      "--data-directory <dir>",
      "the host's dataDirectory, for $DATA",
      DEFAULT_DATA_DIRECTORY,
    )
    .addOption(
      new Option("--format <format>", "the output format")
        .choices(FORMATS).default("text"),
    )
    .option("--json", "print the result as JSON, like --format=json")
    .action((old: string, now: string, flags: DiffFlags) =>
      run.run(
        "diff",
        flags.json === true || flags.format === "json",
        () => diff(old, now, flags),
      )
    );
}
