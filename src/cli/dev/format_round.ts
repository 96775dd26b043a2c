/** Shows a round to a person. */

import type { Screen } from "../../base/terminal_text.ts";
import { cut, escapeControls, onOneLine } from "../../base/text.ts";
import { formatProblems, INDENT, joinLines, wrapLine } from "../format.ts";
import { formatPluginCheck, hasFindings } from "../validate/plugin_check.ts";
import {
  compareRounds,
  liveText,
  type RoundChange,
  testText,
} from "./compare_rounds.ts";
import type { LiveNews } from "./live_plugin.ts";
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

function liveLines({ live }: Round, screen: Screen): readonly string[] {
  const { kind, problems } = live;
  const { green, red } = screen.paint;
  const color = kind === "started" || kind === "reloaded" ? green : red;
  return [
    INDENT + color(`running: ${liveText(live)}`),
    ...formatProblems(problems, screen).map((line) => INDENT + line),
  ];
}

function newsLines(news: LiveNews, screen: Screen): readonly string[] {
  const { dim, red } = screen.paint;
  if (news.kind === "tried") {
    const { message, remedy } = news.problem;
    return [
      ...wrapLine(`${INDENT}${red(escapeControls(message))}`, screen),
      ...wrapLine(INDENT.repeat(2) + escapeControls(remedy), screen),
    ];
  }
  const id = escapeControls(news.id);
  if (news.kind === "ended") {
    const reason = onOneLine(news.reason, MAX_TEXT);
    return wrapLine(`${INDENT}${red(`${id} ended`)}: ${reason}`, screen);
  }
  const message = onOneLine(news.message, MAX_TEXT);
  return [`${INDENT}${dim(`${id} ${news.level}:`)} ${message}`];
}

/** Formats what running plugins did. */
export function formatNews(
  news: readonly LiveNews[],
  screen: Screen,
): string {
  return joinLines(news.flatMap((one) => newsLines(one, screen)));
}

/** Tests if something has to be corrected. */
export function needsWork({ check, live, tests }: Round): boolean {
  const { status = "none" } = tests ?? {};
  return hasFindings(check, "high") || status === "failed" ||
    status === "late" || live.problems.length > 0;
}

/** Formats what changed since the round before, then all findings, then the tests. */
export function formatRound(
  before: Round | undefined,
  round: Round,
  news: readonly LiveNews[],
  screen: Screen,
): string {
  return joinLines(changeLines(before, round, screen)) +
    formatPluginCheck(round.check, needsWork(round), screen) +
    joinLines(liveLines(round, screen)) +
    formatNews(news, screen) +
    joinLines(testLines(round, screen));
}
