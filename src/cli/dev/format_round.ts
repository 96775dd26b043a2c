/** Shows a round to a person. */

import type { Screen } from "../../base/terminal_text.ts";
import { cut, escapeControls } from "../../base/text.ts";
import { INDENT, joinLines, wrapLine } from "../format.ts";
import { formatPluginCheck, hasFindings } from "../validate/plugin_check.ts";
import { compareRounds, type RoundChange, testText } from "./compare_rounds.ts";
import type { Round } from "./round.ts";

const LABEL_WIDTH = "narrowed".length;
const MAX_TEXT = 400;

function formatChange(
  { label, text, tone }: RoundChange,
  screen: Screen,
): readonly string[] {
  const { green, red, yellow } = screen.paint;
  const color = { good: green, bad: red, neutral: yellow }[tone];
  const hanging = " ".repeat(LABEL_WIDTH + 2 * INDENT.length);
  const shown = escapeControls(cut(text, MAX_TEXT));
  return wrapLine(
    `${INDENT}${color(label.padEnd(LABEL_WIDTH))}${INDENT}${shown}`,
    screen,
    hanging,
  );
}

function changeLines(
  before: Round | undefined,
  round: Round,
  screen: Screen,
): readonly string[] {
  if (before === undefined) return [];
  const changes = compareRounds(before, round);
  return changes.length === 0
    ? [INDENT + screen.paint.dim("No finding changed")]
    : changes.flatMap((one) => formatChange(one, screen));
}

function testLines({ tests }: Round, { paint }: Screen): readonly string[] {
  if (tests === undefined) return [];
  const { output, status } = tests;
  const color = status === "passed"
    ? paint.green
    : status === "none"
    ? paint.dim
    : paint.red;
  return [
    INDENT + color(`tests: ${escapeControls(testText(tests))}`),
    // Its lines are those of the plugin's own tests.
    ...output.map((line) => INDENT.repeat(3) + escapeControls(line)),
  ];
}

/** Tests if something has to be corrected. */
export function needsWork({ check, tests }: Round): boolean {
  const { status = "none" } = tests ?? {};
  return hasFindings(check, "high") || status === "failed" || status === "late";
}

/** Formats what changed since the round before, then all findings. */
export function formatRound(
  before: Round | undefined,
  round: Round,
  screen: Screen,
): string {
  return joinLines(changeLines(before, round, screen)) +
    formatPluginCheck(round.check, needsWork(round), screen) +
    joinLines(testLines(round, screen));
}
