import { Command, Option } from "commander";
import {
  joinFilePath,
  MANIFEST_FILE,
  readFileBytes,
  resolvePath,
} from "../base/path.ts";
import { escapeControls, quote } from "../base/text.ts";
import { MAX_MANIFEST_BYTES } from "../manifest/manifest.ts";
import { decodeManifest, parseManifest } from "../manifest/parse_manifest.ts";
import type { ScannedDeclaration, ScanReport } from "../scan/judge_scan.ts";
import type { CommandRun, Outcome } from "./command_run.ts";
import { UsageError } from "./failure.ts";
import { FINDING_FORMATS, findingText } from "./findings/finding_formats.ts";
import { formatCount, formatCounts, joinLines, withTotal } from "./format.ts";
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

interface ReadDeclaration extends ScannedDeclaration {
  readonly id: string | undefined;
}

/** Reads what the manifest of a directory declares; without one, nothing. */
function readDeclaration(directory: string): ReadDeclaration {
  const nothing = { id: undefined, permissions: {}, optionalPermissions: {} };
  let bytes: Uint8Array | undefined;
  try {
    const path = joinFilePath(directory, MANIFEST_FILE);
    bytes = readFileBytes(path, MAX_MANIFEST_BYTES);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return nothing;
    throw thrown;
  }
  const decoded = decodeManifest(bytes ?? new Uint8Array());
  const parsed = decoded.ok ? parseManifest(decoded.value) : decoded;
  if (parsed.ok && "manifest" in parsed) return parsed.manifest;
  throw new UsageError(
    `Cannot scan ${quote(directory)}: its ${MANIFEST_FILE} is invalid`,
    `Run semantik-plugin validate ${directory} to see every problem`,
  );
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
      const { id, ...declaration } = readDeclaration(directory);
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
