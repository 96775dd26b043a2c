import { Command, Option } from "commander";
import { resolvePath } from "../base/path.ts";
import { escapeControls, quote } from "../base/text.ts";
import type { ScanReport } from "../scan/judge_scan.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { FINDING_FORMATS, findingText } from "./findings/finding_formats.ts";
import { formatCount, formatCounts, joinLines, withTotal } from "./format.ts";
import { readManifest } from "./read_manifest.ts";
import { formatScan, scanFindings } from "./scan_overview.ts";

const FORMATS = ["text", "json", ...FINDING_FORMATS] as const;

interface ScanFlags {
  readonly json?: true;
  readonly format: (typeof FORMATS)[number];
}

/** A directory, and what was found in it. */
interface ScannedDirectory {
  readonly id: string | undefined;
  readonly directory: string;
  readonly report: ScanReport;
}

const SEVERITIES = ["error", "warning", "note"] as const;

function formatDirectory(
  { id, directory, report }: ScannedDirectory,
  run: CommandRun,
): string {
  const { findings, declared } = report;
  const counts = SEVERITIES.map((severity) => {
    const count = findings.filter((one) => one.severity === severity).length;
    return [count, severity] as const;
  });
  const { screen } = run.terminal;
  const total = `${id ?? escapeControls(directory)}: ${
    formatCounts(findings.length, "finding", counts)
  }, and ${formatCount(declared.length, "use")} that the manifest declares`;
  return withTotal(
    joinLines(formatScan(findings, screen)),
    total,
    screen,
  );
}

export function scanCommand(run: CommandRun): Command {
  async function scan(
    directories: readonly string[],
    { format }: ScanFlags,
  ): Promise<Outcome> {
    // Only a scan loads the parser.
    const { scanDirectory } = await import("../scan/scan_directory.ts");
    const scanned = directories.map((given): ScannedDirectory => {
      const directory = resolvePath(given, Deno.cwd());
      if (!Deno.statSync(directory).isDirectory) {
        throw new UsageError(
          `Cannot scan ${quote(given)}: it is not a directory`,
          "Give the directory of a plugin",
        );
      }
      const manifest = readManifest(directory, "scan");
      const id = manifest?.id;
      const declaration = {
        permissions: manifest?.permissions ?? {},
        optionalPermissions: manifest?.optionalPermissions ?? {},
      };
      const report = scanDirectory(directory, declaration);
      return { id, directory, report };
    });
    const all = scanned.flatMap(({ report }) => report.findings);
    const hasProblems = all.some(({ severity }) => severity !== "note");
    return {
      result: {
        plugins: scanned.map(({ id, directory, report }) => ({
          ...id === undefined ? {} : { id },
          directory,
          ...report,
        })),
      },
      text: findingText(
        format,
        () =>
          scanned.flatMap(({ id, directory, report }) =>
            scanFindings(id, directory, report.findings)
          ),
      ) ??
        scanned.map((one) => formatDirectory(one, run)).join("\n"),
      exitCode: hasProblems ? 1 : 0,
    };
  }

  return new Command("scan")
    .summary("compare what the code does with what it declares")
    .description(
      "Reads the code of plugins, runs none of it, and compares what it uses, may use and hides with the " +
        "manifest. Looks into every file: no comment and no folder is left out. What it cannot know, it says.",
    )
    .argument("<directory...>", "the directories of plugins")
    .addOption(
      new Option("--format <format>", "how the findings are printed")
        .choices(FORMATS).default("text"),
    )
    .option("--json", "print the result as JSON")
    .action((directories: readonly string[], flags: ScanFlags) =>
      run.run(
        "scan",
        flags.json ?? (flags.format === "json" ? true : undefined),
        () => scan(directories, flags),
      )
    );
}
