import type { LocatedProblem } from "../findings/finding.ts";
import { escapeControls } from "../../base/text.ts";
import type { Health } from "../../events/lifecycle_event.ts";
import {
  type Hazard,
  HAZARD_LEVELS,
  type HazardLevel,
} from "../../permissions/path_hazards.ts";
import { formatHazards, formatProblems, INDENT, joinLines } from "../format.ts";
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

/** Tests if there is a problem, or a hazard of at least a level. */
export function hasFindings(
  { problems, hazards }: PluginCheck,
  least: HazardLevel | "none",
): boolean {
  const limit = least === "none" ? -1 : HAZARD_LEVELS.indexOf(least);
  return problems.length > 0 ||
    hazards.some(({ level }) => HAZARD_LEVELS.indexOf(level) <= limit);
}

function runLines({ run }: PluginCheck): readonly string[] {
  if (run === undefined) return [];
  const { health, methods, flags } = run;
  const message = health?.message === undefined ? "" : `: ${health.message}`;
  return [
    `ran with ${flags.join(" ")}`,
    `methods: ${methods.length === 0 ? "none" : methods.join(", ")}`,
    ...health === undefined ? [] : [`health: ${health.status}${message}`],
  ];
}

export function formatPluginCheck(
  check: PluginCheck,
  isFinding: boolean,
  screen: Screen,
): string {
  const { id, type, version, source, problems, hazards, notes, imports = [] } =
    check;
  const subject = id === undefined
    ? source
    : [id, type, version].filter((part) => part !== undefined).join(" ");
  const { paint } = screen;
  const verdict = isFinding ? paint.red("findings") : paint.green("ok      ");
  return joinLines([
    `${verdict}  ${escapeControls(subject)}`,
    ...formatProblems(problems, screen),
    ...formatHazards(hazards.map((hazard) => ({ id, hazard })), screen)
      .map((line) => INDENT + line),
    ...[
      ...notes,
      ...imports.length === 0 ? [] : [`brings ${imports.join(", ")}`],
      ...runLines(check),
    ]
      .map((line) => INDENT + paint.dim(escapeControls(line))),
  ]);
}
