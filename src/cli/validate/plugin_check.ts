import type { LocatedProblem } from "../findings/finding.ts";
import { escapeControls } from "../../base/text.ts";
import type { Health } from "../../events/lifecycle_event.ts";
import { formatFlags } from "../../permissions/permission_flags.ts";
import {
  type Hazard,
  HAZARD_LEVELS,
  type HazardLevel,
} from "../../permissions/path_hazards.ts";
import {
  formatCount,
  formatCounts,
  formatHazards,
  formatProblems,
  formatTable,
  INDENT,
  withTotal,
} from "../format.ts";
import { formatAside, formatImports } from "../plugin_overview.ts";
import type { ScanFinding } from "../../scan/judge_scan.ts";
import { formatScan } from "../scan_overview.ts";
import type { Screen } from "../../base/terminal_text.ts";

export interface Findings {
  readonly problems: readonly LocatedProblem[];
  /** Remarks that are not problems. */
  readonly notes: readonly string[];
}

/** The result of running a plugin. */
export interface RunCheck {
  /** The flags of its process. */
  readonly flags: readonly string[];
  readonly health: Health | undefined;
  readonly methods: readonly string[];
}

/** All findings about one plugin. */
export interface PluginCheck extends Findings {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly version: string | undefined;
  readonly source: string;
  /** The hazards of its permissions, the worst first. */
  readonly hazards: readonly Hazard[];
  /** What its code does beside its manifest, without notes. */
  readonly scan: readonly ScanFinding[];
  /** The packages and remote modules that it brings, if they are known. */
  readonly imports: readonly string[] | undefined;
  readonly run: RunCheck | undefined;
}

export function mergeFindings(...all: readonly Findings[]): Findings {
  return {
    problems: all.flatMap(({ problems }) => problems),
    notes: all.flatMap(({ notes }) => notes),
  };
}

/** Tests if there is a problem, an undeclared use, or a hazard of at least a level. */
export function hasFindings(
  { problems, hazards, scan }: PluginCheck,
  least: HazardLevel | "none",
): boolean {
  const limit = least === "none" ? -1 : HAZARD_LEVELS.indexOf(least);
  return problems.length > 0 ||
    scan.some(({ severity }) => severity === "error") ||
    hazards.some(({ level }) => HAZARD_LEVELS.indexOf(level) <= limit);
}

function runLines({ run }: PluginCheck): readonly string[] {
  if (run === undefined) return [];
  const { health, methods, flags } = run;
  const message = health?.message === undefined ? "" : `: ${health.message}`;
  return [
    `ran with ${formatFlags(flags)}`,
    `methods: ${methods.length === 0 ? "none" : methods.join(", ")}`,
    ...health === undefined ? [] : [`health: ${health.status}${message}`],
  ];
}

function formatFindings(check: PluginCheck, screen: Screen): readonly string[] {
  const { id, problems, hazards, scan, notes, imports } = check;
  const narrow = { ...screen, columns: screen.columns - INDENT.length };
  const formatNote = (line: string) =>
    formatAside(screen.paint.dim(escapeControls(line)), screen);
  return [
    ...formatProblems(problems, screen),
    ...formatHazards(
      hazards.map((hazard) => ({ id, hazard })),
      narrow,
    ).map((line) => INDENT + line),
    ...formatScan(scan, narrow).map((line) => INDENT + line),
    ...notes.flatMap(formatNote),
    ...formatImports(imports, screen),
    ...runLines(check).flatMap(formatNote),
  ];
}

/** Orders checks, the worst first: those with findings, then by hazards and problems. */
function worstFirst(
  checks: readonly PluginCheck[],
  isFinding: (check: PluginCheck) => boolean,
): readonly PluginCheck[] {
  const rank = (check: PluginCheck) => {
    const [worst] = check.hazards;
    const level = worst === undefined
      ? HAZARD_LEVELS.length
      : HAZARD_LEVELS.indexOf(worst.level);
    const isProblem = check.problems.length > 0;
    return [isFinding(check) ? 0 : 1, isProblem ? 0 : 1, level];
  };
  return checks.map((check) => ({ check, rank: rank(check) }))
    .toSorted((one, other) =>
      one.rank.map((value, index) => value - (other.rank[index] ?? 0))
        .find((difference) => difference !== 0) ?? 0
    )
    .map(({ check }) => check);
}

function rowOf(check: PluginCheck, isFinding: boolean, screen: Screen) {
  const { id, type = "", version = "", source } = check;
  const { paint } = screen;
  return {
    cells: [
      isFinding
        ? { text: "findings", paint: paint.red }
        : { text: "ok", paint: paint.green },
      ...id === undefined ? [source] : [id, type, version],
    ],
    below: formatFindings(check, screen),
  };
}

/** Formats the check of one plugin. */
export function formatPluginCheck(
  check: PluginCheck,
  isFinding: boolean,
  screen: Screen,
): string {
  return formatTable([], [rowOf(check, isFinding, screen)], screen);
}

/** Formats checks, the worst first, and how many there are. */
export function formatPluginChecks(
  checks: readonly PluginCheck[],
  isFinding: (check: PluginCheck) => boolean,
  screen: Screen,
): string {
  const rows = worstFirst(checks, isFinding)
    .map((check) => rowOf(check, isFinding(check), screen));
  const found = checks.filter(isFinding).length;
  const critical = checks.flatMap(({ hazards }) => hazards)
    .filter(({ level }) => level === "critical").length;
  const problems = checks.flatMap((check) => check.problems).length;
  const total = formatCounts(checks.length, "plugin", [
    [found, "with findings"],
    [checks.length - found, "ok"],
  ]);
  const kinds = [
    ...problems === 0 ? [] : [formatCount(problems, "problem")],
    ...critical === 0 ? [] : [formatCount(critical, "critical hazard")],
  ];
  return withTotal(
    formatTable([], rows, screen),
    [total, ...kinds].join("; "),
    screen,
  );
}
